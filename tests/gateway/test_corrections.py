"""Meters that tell wrong figures, put right by manufacturer, model and firmware (M08, Q87, Q88)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from charging.choices import SessionFlag
from charging.models import ChargingSession, MeterCorrection, MeterValue
from charging.services import corrections_of
from ocpp_gateway.models import Exchange
from stations.models import StationReport
from tests import factories
from tests.gateway.pipeline_kit import ask

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def _no_scopes():
    with scopes_disabled():
        yield


@pytest.fixture
def station(db):
    made = factories.station()
    factories.token(made.organisation, "TAG")
    said = {"vendor": "KEBA", "model": "P40", "firmware_version": "1.2"}
    StationReport.objects.create(station=made, reported_at=timezone.now(), **said)
    return made


def correct(station, vendor="Keba", **values):
    return MeterCorrection.objects.create(organisation=station.organisation, vendor=vendor, **values)


def at(minutes):
    return f"{NOW + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


def charged(station, begin, sampled, end):
    """A session of an hour with one reading in the middle."""
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": begin, "timestamp": at(-60)}
    number = ask(station, "StartTransaction", start).payload["transactionId"]
    values = {
        "connectorId": 1,
        "transactionId": number,
        "meterValue": [{"timestamp": at(-30), "sampledValue": sampled}],
    }
    ask(station, "MeterValues", values)
    live = ChargingSession.objects.get(pk=number)
    ask(station, "StopTransaction", {"transactionId": number, "meterStop": end, "timestamp": at(0)})
    return live, ChargingSession.objects.get(pk=number)


def test_M08_Q87_energy_that_is_told_ten_times_too_high_is_put_right_and_noted(station):
    correct(station, model="p40", energy_factor=Decimal("0.1"))
    sampled = [
        {"value": "150000", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"},
    ]
    live, ended = charged(station, 100_000, sampled, 174_000)
    assert (live.meter_start_wh, live.energy_wh, live.power_w) == (10_000, 5_000, 7_400)
    assert (ended.meter_stop_wh, ended.energy_wh, ended.flags) == (17_400, 7_400, [SessionFlag.OFFLINE])
    kept = MeterValue.objects.get()
    assert (kept.energy_wh, kept.samples[0]["value"]) == (15_000, "150000")
    noted = Exchange.objects.exclude(mended=[]).values_list("action", "mended")
    assert sorted(noted) == [
        (action, ["corrected:energy"]) for action in ("MeterValues", "StartTransaction", "StopTransaction")
    ]


def test_M08_Q88_kilowatt_hours_that_are_called_watt_hours(station):
    correct(station, energy_factor=1000, power_factor=Decimal("0.5"))
    sampled = [{"value": "105", "unit": "Wh"}, {"value": "10", "measurand": "Power.Active.Import", "unit": "kW"}]
    live, ended = charged(station, 100, sampled, 107)
    assert (live.energy_wh, live.power_w, ended.energy_wh) == (5_000, 5_000, 7_000)


@pytest.mark.parametrize(
    "described, factor",
    [
        ([{}], 2),
        ([{}, {"model": "P40"}], 3),
        ([{}, {"model": "P40"}, {"model": "P40", "firmware_version": "1.2"}], 4),
        ([{"model": "P30"}, {"firmware_version": "1.3"}], 1),
    ],
)
def test_M08_the_closest_description_counts(station, described, factor):
    for number, values in enumerate(described, 2):
        correct(station, energy_factor=number, **values)
    correct(station, "Other", energy_factor=9)
    found = corrections_of([(station.pk, station.organisation_id)])[station.pk]
    assert found.energy == factor


def test_M08_nobody_elses_correction_counts_and_none_costs_one_query(station, django_assert_num_queries):
    other = factories.station()
    with django_assert_num_queries(1):
        assert corrections_of([(station.pk, station.organisation_id)])[station.pk].energy == 1
    correct(other, energy_factor=9)
    assert corrections_of([(station.pk, station.organisation_id)])[station.pk].energy == 1
