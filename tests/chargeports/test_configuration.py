"""What stations report of their configuration (C02, C03, C07, Q43), and what is known of the keys."""

from datetime import UTC, datetime, timedelta

import pytest

from chargeports import services
from chargeports.configuration import BLANK, CATALOGUE, blank_secrets, is_secret, known_key
from chargeports.models import ChargePort, ConfigurationChange, ConfigurationValue, PortState
from chargeports.services import ReportedKey
from stations.models import Station, StationState
from tests import factories

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def record(station: Station, *keys: tuple, minute: int = 0, command_id: int | None = None) -> None:
    reported = [ReportedKey(key, value, readonly) for key, value, readonly in keys]
    at = NOON + timedelta(minutes=minute)
    services.record_configuration(station.pk, station.organisation_id, reported, at, command_id)


def test_C02_the_first_reading_is_kept_and_is_no_change(topics):
    station = factories.station()
    record(station, ("HeartbeatInterval", "300", False), ("Vendor.Key", None, True))
    values = dict(ConfigurationValue.objects.values_list("key", "value"))
    assert values == {"HeartbeatInterval": "300", "Vendor.Key": None}
    assert not ConfigurationChange.objects.exists()
    assert StationState.objects.get().configuration_read_at == NOON
    assert topics() == {f"station.{station.pk}"}


def test_C03_a_partial_reading_leaves_the_other_keys_alone():
    station = factories.station()
    record(station, ("A", "1", False), ("B", "2", False))
    record(station, ("B", "3", False))
    record(station)
    assert dict(ConfigurationValue.objects.values_list("key", "value")) == {"A": "1", "B": "3"}


def test_a_value_that_differs_is_a_change_and_the_same_value_is_none():
    station = factories.station()
    record(station, ("A", "1", False), ("B", "2", False))
    record(station, ("A", "1", False), ("B", "5", False), minute=1)
    record(station, ("A", "1", True), ("B", "5", False), minute=2)
    change = ConfigurationChange.objects.get()
    assert (change.key, change.before, change.after, change.at) == ("B", "2", "5", NOON + timedelta(minutes=1))
    rows = {row.key: row for row in ConfigurationValue.objects.all()}
    assert (rows["A"].readonly, rows["A"].changed_at) == (True, NOON)
    assert (rows["B"].first_read_at, rows["B"].changed_at) == (NOON, NOON + timedelta(minutes=1))


def test_an_unchanged_reading_writes_no_row_of_the_configuration(django_assert_max_num_queries):
    station = factories.station()
    keys = [(f"Key{number}", str(number), False) for number in range(80)]
    record(station, *keys)
    with django_assert_max_num_queries(4) as queries:
        record(station, *keys, minute=1)
    assert not [
        one for one in queries if one["sql"].startswith(("INSERT", "UPDATE")) and "configuration" in one["sql"][:45]
    ]


def test_a_change_names_the_command_that_asked_for_it():
    station = factories.station()
    record(station, ("A", "1", False))
    command = factories.command(station)
    record(station, ("A", "2", False), command_id=command.pk)
    assert ConfigurationChange.objects.get().command == command


@pytest.mark.parametrize(
    "key",
    [
        "AuthorizationKey",
        "authorizationkey",
        "Acme.WifiPassword",
        "SimPin",
        "api_key",
        "WPA2-Key",
        "ModemPSK",
        "ApnPwd",
    ],
)
def test_the_value_of_a_secret_is_never_stored(key):
    station = factories.station()
    for value in ("hush", "hush again"):
        record(station, (key, value, False))
    assert ConfigurationValue.objects.get().value is None
    assert not ConfigurationChange.objects.exists()


@pytest.mark.parametrize(
    "key",
    ["HeartbeatInterval", "MeterPublicKey1", "AuthorizationCacheEnabled", "StopTransactionOnInvalidId", "AuthBypass"],
)
def test_an_ordinary_key_is_no_secret(key):
    assert not is_secret(key)


def test_secrets_are_blanked_wherever_they_stand_in_a_message():
    message = {"configurationKey": [{"key": "Password", "value": "hush"}, {"key": "A", "value": "1"}], "unknownKey": []}
    assert blank_secrets(message) == {
        "configurationKey": [{"key": "Password", "value": BLANK}, {"key": "A", "value": "1"}],
        "unknownKey": [],
    }
    assert blank_secrets({"key": "AuthorizationKey", "value": "hush"})["value"] == BLANK


def test_Q43_a_value_longer_than_the_standard_allows_is_kept():
    station = factories.station()
    record(station, ("Wallbox", "x" * 551, True))
    assert len(ConfigurationValue.objects.get().value) == 551


def test_what_no_database_stores_is_dropped_and_a_key_told_twice_counts_once():
    station = factories.station()
    record(station, ("K\x00ey", "a\x00b", False), ("Key", "last", False), ("K" * 300, "1", False))
    assert dict(ConfigurationValue.objects.values_list("key", "value")) == {"Key": "last", "K" * 120: "1"}


@pytest.mark.parametrize("text, ports", [("3", 3), ("0", 1), ("many", 1), ("", 1), (None, 1), ("100000", 99)])
def test_the_ports_that_the_station_counts_are_made(text, ports):
    station = factories.station(ports=1)
    record(station, ("NumberOfConnectors", text, True))
    assert ChargePort.objects.filter(station=station).count() == PortState.objects.count() == ports


def test_the_catalogue_is_complete_and_consistent():
    keys = [known.key for known in CATALOGUE]
    assert len(keys) == len(set(keys))
    assert known_key("heartbeatinterval").unit == "s"
    assert known_key("Acme.Own") is None
    for known in CATALOGUE:
        assert str(known.meaning).endswith(".")
        assert known.recommended is None or (not known.readonly and known.remark_on(known.recommended) is None)


@pytest.mark.parametrize(
    "key, value, wrong",
    [
        ("AuthorizationCacheEnabled", "true", False),
        ("AuthorizationCacheEnabled", "TRUE", False),
        ("AuthorizationCacheEnabled", "1", True),
        ("HeartbeatInterval", "300", False),
        ("HeartbeatInterval", "5 min", True),
        ("HeartbeatInterval", "-5", True),
        ("SecurityProfile", "4", True),
        ("MeterValuesSampledData", "Voltage,Acme.Own", False),
    ],
)
def test_a_value_is_judged_by_its_key(key, value, wrong):
    assert bool(known_key(key).remark_on(value)) is wrong


def test_a_value_that_deviates_from_the_advice_is_marked():
    assert known_key("LocalPreAuthorize").deviates("true")
    assert not known_key("LocalPreAuthorize").deviates("False")
    assert not known_key("LocalPreAuthorize").deviates(None)
    assert not known_key("CpoName").deviates("anything")
