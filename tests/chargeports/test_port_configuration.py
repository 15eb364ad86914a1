"""The port's tabs Configuration and Device details: what keys tell of ports, and the master data beside."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from chargeports import selectors, services
from chargeports.choices import MeterKeySource
from chargeports.models import ChargePort, ConfigurationKey, ConfigurationValue, MeterKey, PortDevice
from chargeports.port_fields import Rule, known_rules, rules_for, told_of_ports
from chargeports.rights import VIEW_PORT_CONFIGURATION, VIEW_PORTS
from chargeports.services import ReportedKey, SeenMeterKey, note_meter_keys
from common.actor import SYSTEM
from stations.models import Station
from tests import factories

READ = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
URL = "/charge-ports/BER-1/1/configuration/"
DEVICE = "/charge-ports/BER-1/1/device-details/"
KEY = "04" + "ab" * 64


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation) -> Station:
    made = factories.station(organisation, identity="BER-1", vendor="Alfen BV", ports=0)
    factories.port(made, 1, phases=1, max_current_a=16, max_power_w=22_000)
    factories.port(made, 2)
    return made


def report(station: Station, at: datetime = READ, **keys: str) -> None:
    reported = [ReportedKey(key.replace("__", "-"), value, readonly=False) for key, value in keys.items()]
    services.record_configuration(station.pk, station.organisation_id, reported, at)


def body(answer) -> str:
    return " ".join(answer.content.decode().split())


def told(station: Station, number: int = 1) -> dict:
    found = selectors.told_of_ports(station, [1, 2])[number]
    return {name: said.value for name, said in found.items()}


class TestWhatKeysTell:
    @pytest.mark.parametrize(
        "rule, text, wanted",
        [
            (Rule("K", "max_current_a", "number"), "32", 32),
            (Rule("K", "max_current_a", "number"), "-1", None),
            (Rule("K", "max_current_a", "number"), "NaN", None),
            (Rule("K", "max_current_a", "number"), "much", None),
            (Rule("K", "max_power_w", "number", factor=1000), "22.08", 22080),
            (Rule("K", "authentication_required", "yes_no"), "On", True),
            (Rule("K", "authentication_required", "no_yes"), "true", False),
            (Rule("K", "authentication_required", "no_yes"), "perhaps", None),
            (Rule("K", "calibration_law", "words", words={"sign": "ocmf"}), "SIGN", "ocmf"),
            (Rule("K", "calibration_law", "words", words={"sign": "ocmf"}), "other", None),
            (
                Rule("K", "authentication_types", "words", words={"card": "rfid", "app": "remote"}),
                "Card, App,X",
                ["rfid", "remote"],
            ),
            (Rule("K", "phases", "phase_rotation"), "0.RST,1.RTS,2.RST", 3),
            (Rule("K", "phases", "phase_rotation"), "1.Rxx", 1),
            (Rule("K", "phases", "phase_rotation"), "1.NotApplicable", None),
            (Rule("K", "phases", "phase_rotation"), "2.RST", None),
        ],
    )
    def test_a_value_is_read_by_its_rule(self, rule, text, wanted):
        value = ConfigurationValue(key="k", value=text, changed_at=READ)
        found = told_of_ports([rule], [value], [1])[1]
        assert (found[rule.tells].value if found else None) == wanted

    def test_a_key_of_one_port_tells_of_that_port_alone(self):
        value = ConfigurationValue(key="MeterPublicKey[2]", value=KEY, changed_at=READ)
        found = told_of_ports(known_rules(), [value], [1, 2])
        assert (found[1], found[2]["meter_public_key"].value) == ({}, KEY)

    def test_a_manufacturers_key_holds_for_its_chargers_only(self):
        assert any(rule.key == "GridCurrent" for rule in rules_for("DELTA Electronics", []))
        assert not any(rule.key == "GridCurrent" for rule in rules_for("Alfen BV", []))

    def test_the_organisations_own_description_comes_first(self, organisation, station):
        report(station, Station__MaxCurrent="32", Limit1="10")
        assert told(station)["max_current_a"] == 32
        services.create_key(
            SYSTEM,
            organisation,
            {
                "key": "Limit{port}",
                "vendor": "alfen",
                "meaning": "Limit.",
                "port_field": "max_current_a",
                "reading": "number",
            },
        )
        assert (told(station)["max_current_a"], told(station, 2)["max_current_a"]) == (10, 32)


class TestConfiguration:
    def test_each_value_has_its_source_and_both_are_kept(self, page, station):
        report(station, Station__MaxCurrent="32", ConnectorPhaseRotation="1.RST")
        text = body(page.get(URL))
        assert "<strong>32 A</strong>" in text
        assert "Master data say otherwise: 16 A" in text
        assert "<strong>22 kW</strong>" in text
        assert text.count("Charging station</span>") == 2
        assert ChargePort.objects.get(number=1).max_current_a == 16

    def test_the_time_is_of_the_last_change_not_of_the_last_reading(self, page, station):
        report(station, Station__MaxCurrent="32")
        report(station, READ + timedelta(days=3), Station__MaxCurrent="32")
        assert shown_time(page) == READ
        services.update_port(SYSTEM, ChargePort.objects.get(number=1), {"max_voltage_v": 400})
        assert shown_time(page) > READ + timedelta(days=3)

    def test_the_pen_changes_one_value(self, page, station):
        edit = f"{URL}edit/?field=calibration_law"
        form = body(page.get(edit))
        assert "calibration_law" in form
        assert "max_power_w" not in form
        page.post(edit, {"calibration_law": "ocmf"})
        assert ChargePort.objects.get(number=1).calibration_law == "ocmf"
        assert "are not billed" not in body(page.get(URL))

    def test_without_a_method_it_says_that_nothing_is_billed(self, page, station):
        assert "sessions at this charge port are not billed" in body(page.get(URL))

    def test_bad_input_stands_beside_its_field_and_changes_nothing(self, page, station):
        answer = page.post(f"{URL}edit/", {"calibration_law": "zks", "phases": "7", "max_power_w": "x", "evse_id": "1"})
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"calibration_law", "max_power_w"}
        answer = page.post(f"{URL}edit/", {"calibration_law": "ocmf", "phases": "7", "evse_id": "1"})
        assert set(answer.context["form"].errors) == {"phases", "evse_id"}
        assert ChargePort.objects.get(number=1).max_power_w == 22_000

    def test_phases_are_of_alternating_current_alone(self, page, station):
        ChargePort.objects.filter(number=1).update(current_type="DC")
        assert "Phases" not in body(page.get(URL))

    def test_takes_few_queries(self, page, station):
        report(station, **{f"Key{number}": "1" for number in range(80)})
        page.get(URL)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page.get(URL)
        assert len(queries) <= 12

    def test_a_planned_charger_has_no_parameters_and_is_not_asked(self, page, station):
        Station.objects.update(life_cycle="planned")
        assert page.get("/charge-ports/BER-1/1/ocpp-parameters/").status_code == 404
        assert "Retrieve configuration" not in body(page.get(URL))


def shown_time(page) -> datetime:
    found = page.get(URL)
    times = [context["changed_at"] for context in found.context if "changed_at" in context]
    return times[-1]


class TestDevice:
    def values(self, **changes) -> dict:
        return {"position": "left", "metering_point_id": "", "meter_number": "4711", "meter_server_id": "", **changes}

    def test_is_entered_and_audited_and_shown(self, page, station):
        page.post(
            f"{DEVICE}edit/", self.values(meter_server_id="1emh0012345678", meter_public_key=f" {KEY[:70]} {KEY[70:]}")
        )
        device = PortDevice.objects.get()
        assert (device.position, device.meter_number, device.meter_server_id) == ("left", "4711", "1EMH0012345678")
        text = body(page.get(DEVICE))
        assert "1EMH0012345678" in text
        assert KEY in text

    @pytest.mark.parametrize(
        "field, value",
        [
            ("metering_point_id", "DE12"),
            ("meter_server_id", "EMH12"),
            ("meter_public_key", "no key"),
            ("calibrated_until", "soon"),
        ],
    )
    def test_what_has_not_the_form_is_refused(self, page, station, field, value):
        answer = page.post(f"{DEVICE}edit/", self.values(**{field: value}))
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {field}
        assert not PortDevice.objects.exists()

    def test_keys_that_were_seen_stay_in_the_history(self, page, station):
        report(station, MeterPublicKey1=KEY)
        report(station, READ + timedelta(days=1), MeterPublicKey1="04" + "cd" * 64)
        keys = MeterKey.objects.filter(port__number=1)
        assert [key.public_key[:4] for key in keys] == ["04cd", "04ab"]
        assert not MeterKey.objects.filter(port__number=2).exists()
        port = ChargePort.objects.get(number=1)
        services.change_port_device(SYSTEM, port, {"meter_public_key": KEY})
        assert "another one than the key that was seen last" in body(page.get(DEVICE))

    def test_a_key_seen_again_only_moves_its_time(self, station):
        for day in (0, 2):
            at = READ + timedelta(days=day)
            note_meter_keys([SeenMeterKey(station.pk, 1, KEY, MeterKeySource.SIGNED_VALUE, at)])
        note_meter_keys([SeenMeterKey(station.pk, 1, "rubbish", MeterKeySource.SIGNED_VALUE, READ)])
        note_meter_keys([SeenMeterKey(station.pk, 9, KEY, MeterKeySource.SIGNED_VALUE, READ)])
        key = MeterKey.objects.get()
        assert (key.first_seen_at, key.last_seen_at) == (READ, READ + timedelta(days=2))

    def test_the_subscriber_identity_is_shown_in_its_parts(self, page, station):
        Station.objects.update(imsi="262011234567890", iccid="8949020000012345678")
        text = body(page.get(DEVICE))
        assert "262 01 1234567890" in text
        assert "The check digit should be" in text

    def test_meters_are_warned_of_ahead_and_listed(self, page, station):
        port = ChargePort.objects.get(number=1)
        services.change_port_device(SYSTEM, port, {"calibrated_until": date.today() + timedelta(days=30)})
        services.change_port_device(
            SYSTEM, ChargePort.objects.get(number=2), {"calibrated_until": date.today() + timedelta(days=900)}
        )
        assert "30 days are left" in body(page.get(DEVICE))
        assert "30 days" not in body(page.get("/charge-ports/BER-1/2/device-details/"))
        listed = page.get("/meters-due/?due=180").context["table"].rows
        assert [row.object.port for row in listed] == [port]
        assert len(page.get("/meters-due/").context["table"].rows) == 2
        assert "calibrated until" in body(page.get("/stations/BER-1/device-details/"))

    def test_takes_few_queries(self, page, station):
        report(station, MeterPublicKey1=KEY)
        page.get(DEVICE)
        with CaptureQueriesContext(connection) as queries:
            page.get(DEVICE)
        assert len(queries) <= 12


class TestDescribedKeys:
    def test_are_created_changed_and_deleted(self, page, organisation):
        values = {
            "key": "Acme.Limit",
            "meaning": "Limit.",
            "form": "integer",
            "reading": "text",
            "factor": "1",
            "recommended": "5",
        }
        page.post("/configuration-keys/new/", values)
        key = ConfigurationKey.objects.get()
        page.post(f"/configuration-keys/{key.pk}/", values | {"unit": "A"})
        assert ConfigurationKey.objects.get().unit == "A"
        assert "Acme.Limit" in body(page.get("/configuration-keys/?q=limit"))
        page.post(f"/configuration-keys/{key.pk}/delete/", {"confirmed": "1"})
        assert not ConfigurationKey.objects.exists()

    @pytest.mark.parametrize(
        "values, field",
        [
            ({"key": "AuthorizationKey", "recommended": "x"}, "key"),
            ({"form": "integer", "recommended": "five"}, "recommended"),
            ({"port_field": "calibration_law", "reading": "words", "words": "a = zks"}, "words"),
            ({"port_field": "calibration_law", "reading": "words"}, "words"),
            ({"factor": 0}, "factor"),
        ],
    )
    def test_nonsense_is_refused(self, organisation, values, field):
        with scope(organisation=organisation), pytest.raises(ValidationError) as refused:
            services.create_key(SYSTEM, organisation, {"key": "K", "meaning": "M.", **values})
        assert set(refused.value.message_dict) == {field}

    def test_say_what_a_setting_means_and_whether_it_deviates(self, page, organisation, station):
        report(station, **{"Acme.Limit": "7"})
        services.create_key(
            SYSTEM,
            organisation,
            {"key": "acme.limit", "meaning": "Upper limit.", "recommended": "5", "vendor": "Alfen"},
        )
        services.create_key(SYSTEM, organisation, {"key": "acme.limit", "meaning": "Of others.", "vendor": "Delta"})
        for address in (
            "/stations/BER-1/settings/?show=deviating",
            "/charge-ports/BER-1/1/ocpp-parameters/?show=deviating",
        ):
            text = body(page.get(address))
            assert "Upper limit." in text
            assert "Of others." not in text


def test_the_tab_has_a_right_of_its_own(client, organisation, station):
    client.force_login(factories.member(organisation, VIEW_PORTS))
    assert client.get(URL).status_code == 403
    client.force_login(factories.member(organisation, VIEW_PORTS, VIEW_PORT_CONFIGURATION))
    assert client.get(URL).status_code == 200
