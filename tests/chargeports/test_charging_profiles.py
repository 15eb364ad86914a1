"""Charging profiles in the portal: the library, what a station takes, the tab Charging limit and its picture."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_scopes import scope

from accounts.models import AuditEntry
from chargeports import profiles, selectors, services
from chargeports.charging_schedules import limit_at, promised
from chargeports.choices import CommandKind, CommandState
from chargeports.forms.campaigns import form_for_many
from chargeports.forms.profiles import ClearChargingProfile, GetCompositeSchedule
from chargeports.models import ChargingProfile, Command, CompositeSchedule, InstalledProfile
from charging.forms.limits import LimitCharging
from charging.services import forget_session_profiles
from common.actor import SYSTEM
from common.charts import Steps
from common.errors import Refused
from stations.models import Station
from tests import factories

ASK = "/commands/new/set-charging-profile/BER-1/"
PROFILE = {"kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": 16}, {"start_s": 600, "limit": 8}]}
DEFAULT = {**PROFILE, "purpose": "session_default"}
NEW = {"name": "Nights", "kind": "recurring", "recurrency": "daily", "unit": "W", "periods": "00:00 11\n06:00 3,7 1\n"}
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture(autouse=True)
def _in_scope(organisation):
    with scope(organisation=organisation):
        yield


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", ports=2, time_zone="Europe/Berlin")


def text(answer) -> str:
    return answer.content.decode()


def ask(station, parameters, port_number=None):
    return services.request_command(SYSTEM, station, CommandKind.SET_CHARGING_PROFILE, parameters, port_number)


# --- What a station takes -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "key, value, parameters, field",
    [
        ("ChargeProfileMaxStackLevel", "3", {**DEFAULT, "stack_level": 4}, "stack_level"),
        ("ChargingScheduleMaxPeriods", "1", DEFAULT, "periods"),
        (
            "ConnectorSwitch3to1PhaseSupported",
            "false",
            {**DEFAULT, "periods": [{"start_s": 0, "limit": 16}, {"start_s": 60, "limit": 16, "phases": 1}]},
            "periods",
        ),
    ],
)
def test_P03_a_profile_is_checked_by_what_the_station_says_of_itself(station, key, value, parameters, field):
    factories.setting(station, key.upper(), value)
    with pytest.raises(ValidationError) as error:
        ask(station, parameters)
    assert set(error.value.message_dict) == {field}
    assert not Command.objects.exists()


def test_a_full_station_takes_only_what_replaces_something(station):
    factories.setting(station, "MaxChargingProfilesInstalled", "1")
    factories.installed_profile(station, 1)
    with pytest.raises(Refused):
        ask(station, DEFAULT, 2)
    ask(station, DEFAULT, 1)


def test_C18_a_station_without_smart_charging_is_doubted(page, station):
    factories.setting(station, "SupportedFeatureProfiles", "Core,Reservation")
    assert "lacks OCPP&#x27;s profile SmartCharging" in text(page.get(ASK))


# --- The library --------------------------------------------------------------------------------------------------
def test_a_profile_is_added_changed_and_deleted(page, organisation):
    assert page.post("/charging-profiles/add/", NEW).status_code == 302
    made = ChargingProfile.objects.get()
    assert made.periods == [{"start_s": 0, "limit": 11000.0}, {"start_s": 21600, "limit": 3700.0, "phases": 1}]
    assert "3.7 kW – 11 kW" in text(page.get("/charging-profiles/"))
    shown = text(page.get(f"/charging-profiles/{made.pk}/"))
    assert "00:00 11\n06:00 3.7 1" in shown
    page.post(f"/charging-profiles/{made.pk}/", {**NEW, "periods": "00:00 7.4", "duration_h": "2"})
    made.refresh_from_db()
    assert (made.periods, made.duration_s) == ([{"start_s": 0, "limit": 7400.0}], 7200)
    page.post(f"/charging-profiles/{made.pk}/delete/", {"confirmed": "1"})
    assert not ChargingProfile.objects.exists()
    asked = set(AuditEntry.objects.values_list("action", flat=True))
    assert {f"chargeports.profile_{done}" for done in ("created", "changed", "deleted")} <= asked


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"periods": "soon 16"}, "periods"),
        ({"periods": "01:00 16"}, "periods"),
        ({"periods": "00:00 16\n00:00 8"}, "periods"),
        ({"periods": "00:00 9999999"}, "periods"),
        ({"recurrency": ""}, "recurrency"),
        ({"name": ""}, "name"),
        ({"name": "Evenings"}, "name"),
        ({"valid_from": "2026-03-02T00:00", "valid_to": "2026-03-01T00:00"}, "valid_to"),
        ({"unit": "VA"}, "unit"),
    ],
)
def test_what_cannot_be_a_profile_stands_beside_its_field(page, organisation, wrong, field):
    factories.charging_profile(organisation)
    answer = page.post("/charging-profiles/add/", {**NEW, **wrong})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    assert ChargingProfile.objects.count() == 1


def test_a_profile_that_comes_again_begins_at_midnight_where_the_station_stands(organisation):
    made = factories.charging_profile(organisation, recurrency="weekly")
    assert profiles.schedule_of(made, "Europe/Berlin", NOON)["start_at"] == "2026-03-01T23:00:00+00:00"
    made.recurrency = "daily"
    assert profiles.schedule_of(made, "Europe/Berlin", NOON)["start_at"] == "2026-03-02T23:00:00+00:00"


# --- Limiting -----------------------------------------------------------------------------------------------------
def test_a_port_is_limited_until_a_time(page, station):
    given = {"port_number": 1, "purpose": "session_default", "limit": "11", "unit": "W", "until": "2099-01-01T00:00"}
    page.post(ASK, given)
    command = Command.objects.get()
    assert command.port_number == 1
    assert command.parameters == {
        "purpose": "session_default",
        "kind": "relative",
        "unit": "W",
        "periods": [{"start_s": 0, "limit": 11000.0}],
        "valid_to": "2098-12-31T23:00:00+00:00",
    }


def test_a_station_is_limited_by_a_profile_of_the_library(page, station, organisation):
    made = factories.charging_profile(organisation, stack_level=3)
    page.post(ASK, {"purpose": "station_maximum", "profile": made.pk})
    sent = Command.objects.get().parameters
    assert (sent["name"], sent["recurrency"], sent["stack_level"]) == ("Evenings", "daily", 3)
    assert sent["periods"] == made.periods


def test_a_limit_of_the_running_session_ends_with_it(page, station):
    assert "No session is running there" in text(page.post(ASK, {"purpose": "session", "limit": 6, "unit": "A"}))
    session = factories.session(station, state="running")
    page.post(ASK, {"purpose": "session", "limit": 6, "unit": "A", "until": "2099-01-01T00:00"})
    sent = Command.objects.get()
    assert (sent.port_number, sent.parameters["session_id"]) == (1, session.pk)
    assert sent.parameters["kind"] == "absolute"
    assert sent.parameters["duration_s"] > 86400
    assert "valid_to" not in sent.parameters


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"limit": ""}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"until": "2020-01-01T00:00"}, "until"),
        ({"purpose": "station_maximum", "port_number": 1}, "port_number"),
    ],
)
def test_a_limit_that_cannot_be_is_not_sent(page, station, wrong, field):
    answer = page.post(ASK, {"purpose": "session_default", "limit": "16", "unit": "A", **wrong})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    assert not Command.objects.exists()


def test_a_start_may_carry_a_profile_of_the_library(page, station, organisation):
    made = factories.charging_profile(organisation)
    goodwill = {"method": "goodwill", "customer": "Ida Horn", "problem": "App is down", "duration_min": 60}
    page.post("/commands/new/start-charging/BER-1/", {**goodwill, "port_number": 1, "profile": made.pk})
    assert Command.objects.get().parameters["profile"]["name"] == "Evenings"


@pytest.mark.parametrize(
    "form_class, given, is_valid",
    [
        (LimitCharging, {"purpose": "session_default", "limit": "16", "unit": "A"}, True),
        (LimitCharging, {"purpose": "session", "limit": "16", "unit": "A"}, False),
        (ClearChargingProfile, {"purpose": "session_default"}, True),
        (GetCompositeSchedule, {"duration_s": "3600"}, True),
    ],
)
def test_what_many_stations_may_be_asked_at_once(organisation, form_class, given, is_valid):
    assert form_for_many(form_class, given, organisation).is_valid() is is_valid


def test_one_profile_is_cleared_by_its_id(page, station):
    one = factories.installed_profile(station, 1, profile_id=99)
    shown = text(page.get("/charge-ports/BER-1/1/charging-limit/"))
    address = "/commands/new/clear-charging-profile/BER-1/?profile_id=99"
    assert address in shown
    assert page.get(address).context["form"]["profile_id"].value() == "99"
    page.post(address, {"profile_id": one.profile_id})
    assert Command.objects.get().parameters == {"profile_id": 99}


def test_Q51_Q53_a_charger_that_refuses_profiles_may_have_a_setting(page, station):
    Station.objects.filter(pk=station.pk).update(vendor="EVBox")
    command = factories.command(
        station, CommandKind.SET_CHARGING_PROFILE, parameters=DEFAULT, state=CommandState.REJECTED, outcome="Rejected"
    )
    assert "by a setting of their manufacturer" in text(page.get(f"/commands/{command.pk}/"))
    factories.setting(station, "evb_MaximumStationCurrent", "320")
    assert "key=evb_MaximumStationCurrent&amp;value=80" in text(page.get(f"/commands/{command.pk}/"))
    station.refresh_from_db()
    assert selectors.limiting_setting(station, 1, {**DEFAULT, "unit": "W", "periods": [{"limit": 11040}]}) == (
        "evb_MaximumStationCurrent",
        "160",
    )


# --- What is shown ------------------------------------------------------------------------------------------------
def composite(station, number=1, **fields):
    return CompositeSchedule.objects.create(
        organisation=station.organisation,
        station=station,
        port_number=number,
        **{
            "read_at": NOON,
            "starts_at": NOON,
            "duration_s": 86400,
            "unit": "A",
            "periods": [{"start_s": 0, "limit": 16.0}, {"start_s": 3600, "limit": 32.0}],
            **fields,
        },
    )


def test_the_tab_shows_what_is_installed_and_the_schedule_as_picture_and_figures(
    page, station, django_assert_max_num_queries
):
    assert "charges as much as it can" in text(page.get("/charge-ports/BER-1/1/charging-limit/"))
    factories.installed_profile(station, 0, purpose="station_maximum", schedule={**PROFILE, "name": "House"})
    factories.installed_profile(station, 2)
    composite(station)
    with django_assert_max_num_queries(12):
        shown = text(page.get("/charge-ports/BER-1/1/charging-limit/"))
    assert "House" in shown
    assert "<svg" in shown
    assert "16.0" in shown
    assert "#72" not in shown
    with django_assert_max_num_queries(12):
        whole = text(page.get("/stations/BER-1/charging-limit/"))
    assert "#72" in whole
    assert "is not known" in whole


def test_Q52_the_tab_says_that_a_charger_does_not_follow(page, station):
    factories.installed_profile(station, 1)
    composite(station, promised=16.0, periods=[{"start_s": 0, "limit": 32.0}])
    assert "more than the 16 A of the profiles" in text(page.get("/charge-ports/BER-1/1/charging-limit/"))


def test_Q52_a_session_that_draws_more_than_its_profiles_allow_is_marked(page, station):
    factories.installed_profile(station, 1)
    session = factories.session(station, state="running", power_w=11_000)
    assert "The running session draws" not in text(page.get("/charge-ports/BER-1/1/charging-limit/"))
    type(session).objects.update(power_w=22_000)
    assert "draws 22.0 kW, more than the 11.0 kW" in text(page.get("/charge-ports/BER-1/1/charging-limit/"))


def test_the_picture_of_steps():
    drawn = Steps("s", "Schedule", [(NOON, 16), (NOON + timedelta(hours=6), 32)], NOON + timedelta(days=1), zone="UTC")
    assert drawn.line == "M44.0 81.0H131.0V10.0H392"
    assert [mark[1] for mark in drawn.heights] == ["0.0", "16.0", "32.0"]
    assert [mark[1] for mark in drawn.times] == ["12:00", "18:00", "00:00", "06:00", "12:00"]
    assert drawn.rows[1] == (NOON + timedelta(hours=6), NOON + timedelta(days=1), "32.0")


# --- What profiles mean -------------------------------------------------------------------------------------------
DAILY = {
    "kind": "recurring",
    "recurrency": "daily",
    "start_at": "2026-03-01T23:00:00+00:00",
    "unit": "A",
    "periods": [{"start_s": 0, "limit": 16.0}, {"start_s": 6 * 3600, "limit": 8.0, "phases": 1}],
}


@pytest.mark.parametrize(
    "schedule, at, expected",
    [
        (DAILY, NOON, (8.0, 1)),
        (DAILY, NOON.replace(hour=23), (16.0, None)),
        ({**DAILY, "duration_s": 3600}, NOON, None),
        ({**DAILY, "valid_to": "2026-03-03T00:00:00+00:00"}, NOON, None),
        ({**DAILY, "valid_from": "2026-03-04T00:00:00+00:00"}, NOON, None),
        (PROFILE, NOON, (16, None)),
        ({**PROFILE, "kind": "absolute", "start_at": "2026-03-03T11:55:00+00:00"}, NOON, (16, None)),
        ({**PROFILE, "kind": "absolute", "start_at": "2026-03-03T13:00:00+00:00"}, NOON, None),
    ],
)
def test_the_limit_at_a_moment(schedule, at, expected):
    assert limit_at(schedule, at) == expected


def test_what_all_profiles_promise_together(station):
    for port, purpose, level, limit in (
        (0, "station_maximum", 1, 20.0),
        (0, "session_default", 5, 12.0),
        (1, "session_default", 1, 25.0),
        (1, "session_default", 2, 32.0),
        (2, "session", 1, 6.0),
    ):
        schedule = {"kind": "relative", "unit": "A", "periods": [{"start_s": 0, "limit": limit}]}
        number = InstalledProfile.objects.count() + 1
        factories.installed_profile(
            station, port, purpose=purpose, stack_level=level, profile_id=number, schedule=schedule
        )
    known = list(InstalledProfile.objects.all())
    assert [promised(known, port, NOON, "A") for port in (0, 1, 2, 3)] == [20.0, 20.0, 6.0, 12.0]
    assert promised(known, 2, NOON, "W") == 4140.0
    assert promised([], 1, NOON, "A") is None


def test_profiles_of_sessions_end_with_them(station):
    running, over = factories.session(station, state="running"), factories.session(station, port_number=2)
    long_ago = timezone.now() - timedelta(hours=1)
    for port, session, profile_id, at in (
        (1, running.pk, 1, long_ago),
        (2, over.pk, 2, long_ago),
        (2, None, 3, timezone.now()),
        (2, None, 4, long_ago),
    ):
        factories.installed_profile(
            station, port, purpose="session", session_id=session, profile_id=profile_id, stack_level=profile_id,
            installed_at=at,
        )  # fmt: skip
    forget_session_profiles(timezone.now())
    assert set(InstalledProfile.objects.values_list("profile_id", flat=True)) == {1, 3}
