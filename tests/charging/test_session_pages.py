"""Charge logs and the page of one session."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.services import create_token
from chargeports.models import Command
from chargeports.rights import CONTROL_CHARGING
from charging.choices import SessionFlag, SessionState
from charging.curves import charts_of
from charging.rights import EXPORT_SESSIONS, VIEW_SESSIONS
from common.actor import SYSTEM
from stations.rights import VIEW_STATIONS
from stations.services import index_stations
from tests import factories
from tests.accounts.conftest import streamed

URL = "/charge-logs/"
TAB = "/stations/BER-1/charge-logs/"


@pytest.fixture
def station(organisation):
    made = factories.station(organisation, identity="BER-1", ports=2)
    index_stations([made.pk])
    return made


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def signed_in(organisation, *rights) -> Client:
    client = Client()
    client.force_login(factories.member(organisation, *rights))
    return client


def shown(answer) -> list[int]:
    return [row.object.pk for row in answer.context["table"].rows]


# --- Lists --------------------------------------------------------------------------------------------------------
def test_everybody_sees_the_sessions_of_the_own_organisation_only(page, station, stranger, other_organisation):
    mine = factories.session(station)
    theirs = factories.session(factories.station(other_organisation))
    assert shown(page.get(URL)) == [mine.pk]
    page.force_login(stranger)
    assert shown(page.get(URL)) == [theirs.pk]


@pytest.fixture
def logged(organisation, station):
    elsewhere = factories.station(organisation, identity="HAM-1")
    index_stations([elsewhere.pk])
    card = factories.token(organisation, "04A1B2C3", holder="Ida Horn")
    now = timezone.now()
    return {
        "known": factories.session(station, token=card, id_tag="04A1B2C3", port_number=2),
        "old": factories.session(station, started_at=now - timedelta(days=40), stop_reason="EVDisconnected"),
        "odd": factories.session(station, id_tag="STRAY", flags=[SessionFlag.CLOCK]),
        "running": factories.session(elsewhere, state=SessionState.RUNNING),
    }


@pytest.mark.parametrize(
    "query, wanted",
    [
        ({"token": "a1b2"}, {"known"}),
        ({"token": "ida"}, {"known"}),
        ({"token": "stray"}, {"odd"}),
        ({"state": "running"}, {"running"}),
        ({"state": ["running", "ended"]}, {"known", "old", "odd", "running"}),
        ({"port_number": "2"}, {"known"}),
        ({"remarks": "clock"}, {"odd"}),
        ({"stop_reason": "ev"}, {"old"}),
        ({"q": "ham"}, {"running"}),
        ({"token": "nobody"}, set()),
    ],
)
def test_the_log_is_filtered_as_its_address_says(page, logged, query, wanted):
    assert set(shown(page.get(URL, query))) == {logged[name].pk for name in wanted}


def test_the_log_is_filtered_by_period(page, logged):
    recent = timezone.localdate() - timedelta(days=7)
    found = shown(page.get(URL, {"started_at_after": recent.isoformat()}))
    assert logged["old"].pk not in found
    assert len(found) == 3
    assert shown(page.get(URL, {"started_at_before": recent.isoformat()})) == [logged["old"].pk]


@pytest.mark.parametrize(
    "query",
    [
        "port_number=x",
        "port_number=99999999999",
        "started_at_after=yesterday",
        "state=nothing",
        "after=%00",
        "token=%00",
    ],
)
def test_bad_input_is_no_error_of_ours(page, logged, query):
    assert page.get(f"{URL}?{query}").status_code == 200
    assert page.get(f"{TAB}?{query}").status_code == 200


def test_pages_hold_every_session_once(page, station):
    now = timezone.now()
    made = {factories.session(station, started_at=now - timedelta(minutes=age // 2)).pk for age in range(120)}
    seen, url = [], URL
    while url:
        answer = page.get(url)
        seen += shown(answer)
        url = answer.context["table"].next_url
    assert len(seen) == 120
    assert set(seen) == made


def test_the_list_costs_the_same_for_many_as_for_few(page, station, django_assert_max_num_queries):
    for number in range(30):
        factories.session(station, state=SessionState.RUNNING if number % 2 else SessionState.ENDED)
    page.get(URL)
    with django_assert_max_num_queries(12):
        page.get(URL)
    with django_assert_max_num_queries(12):
        page.get(TAB)


def test_times_are_those_of_the_station(page, organisation):
    here = factories.station(organisation, identity="LIS-1", time_zone="Europe/Lisbon")
    factories.session(here, started_at=datetime(2026, 1, 10, 23, 30, tzinfo=UTC))
    assert "Jan. 10, 2026, 23:30" in page.get(URL).content.decode()


def test_csv_needs_its_own_right(organisation, station):
    factories.session(station)
    reader = signed_in(organisation, VIEW_SESSIONS)
    assert reader.get(URL, {"format": "csv"}).status_code == 403
    exporter = signed_in(organisation, VIEW_SESSIONS, EXPORT_SESSIONS)
    text = streamed(exporter.get(URL, {"format": "csv"}))
    assert b",BER-1,1," in text
    assert b",3600,10," in text


def test_programs_read_the_csv_with_a_token(client, organisation, station):
    factories.session(station)
    _token, secret = create_token(SYSTEM, organisation, "Reports", {VIEW_SESSIONS.code, EXPORT_SESSIONS.code})
    answer = client.get(URL, {"format": "csv"}, headers={"Authorization": f"Bearer {secret}"})
    assert b",BER-1,1," in streamed(answer)


# --- The station's tab --------------------------------------------------------------------------------------------
def test_the_tab_shows_the_stations_own_sessions_and_what_runs(page, organisation, station):
    running = factories.session(station, state=SessionState.RUNNING, power_w=11_000)
    factories.session(factories.station(organisation))
    answer = page.get(TAB)
    assert shown(answer) == [running.pk]
    assert "11.0 kW" in answer.content.decode()


def test_only_who_may_control_is_offered_to_stop(organisation, station):
    running = factories.session(station, state=SessionState.RUNNING)
    stop = f"/sessions/{running.pk}/stop/"
    rights = (VIEW_STATIONS, VIEW_SESSIONS)
    assert stop not in signed_in(organisation, *rights).get(TAB).content.decode()
    assert stop in signed_in(organisation, *rights, CONTROL_CHARGING).get(TAB).content.decode()


def test_a_session_is_stopped_from_the_log(page, station):
    running = factories.session(station, state=SessionState.RUNNING)
    page.post("/commands/new/stop-charging/BER-1/", {"session_id": running.pk})
    assert Command.objects.get().parameters == {"session_id": running.pk}


def test_the_information_shows_what_was_charged(page, station):
    factories.session(station, state=SessionState.RUNNING, power_w=7_400)
    answer = page.get("/stations/BER-1/information/").content.decode()
    assert "7.4 kW" in answer
    assert "/stations/BER-1/charge-logs/?state=running" in answer


def test_a_session_without_values_yet_is_starting_and_takes_no_power_of_zero(page, station):
    running = factories.session(station, state=SessionState.RUNNING)
    places = (
        "/stations/BER-1/information/",
        "/stations/BER-1/charge-logs/",
        "/charge-logs/",
        f"/sessions/{running.pk}/",
    )
    for place in places:
        text = page.get(place).content.decode()
        assert "starting" in text
        assert "0.0 kW<" not in text
    factories.session(station, state=SessionState.RUNNING, power_w=0)
    assert "0.0 kW<" in page.get("/charge-logs/").content.decode()


# --- One session --------------------------------------------------------------------------------------------------
def test_a_session_shows_its_figures_and_explains_its_remarks(page, station):
    session = factories.session(station, flags=[SessionFlag.REGISTER_RESET])
    factories.meter_value(session, 5, energy_wh=3000, power_w=11_000, samples=[{"measurand": "X.Y", "value": "3"}])
    answer = page.get(f"/sessions/{session.pk}/")
    text = answer.content.decode()
    assert "10.000 kWh" in text
    assert str(SessionFlag.REGISTER_RESET.meaning) in text
    assert "X.Y" in text


def test_every_remark_is_explained():
    assert all(str(flag.meaning) for flag in SessionFlag)


def test_a_session_of_others_is_not_found(page, other_organisation):
    theirs = factories.session(factories.station(other_organisation))
    assert page.get(f"/sessions/{theirs.pk}/").status_code == 404


@pytest.mark.parametrize("pk", ["0", "2147483648", "99999999999999999999"])
def test_a_session_that_never_was_is_not_found(page, organisation, pk):
    assert page.get(f"/sessions/{pk}/").status_code == 404


def test_curves_show_what_the_charger_told_and_nothing_else(station):
    session = factories.session(station)
    for minutes in range(0, 60, 10):
        factories.meter_value(session, minutes, energy_wh=1000 + 100 * minutes, power_w=None)
        factories.meter_value(session, minutes, soc_percent=20 + minutes)
    charts = {chart.name: chart for chart in charts_of(session)}
    assert set(charts) == {"energy", "soc"}
    assert charts["energy"].series[0].values == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert charts["soc"].series[0].values[0] == 20


def test_a_long_session_makes_no_long_curve(station):
    session = factories.session(station)
    for minute in range(400):
        factories.meter_value(session, minute, power_w=minute)
    (chart,) = charts_of(session)
    assert len(chart.labels) <= 300
    assert chart.series[0].values[-1] == pytest.approx(0.399)


def test_meter_values_are_paged(page, station):
    session = factories.session(station)
    for minute in range(70):
        factories.meter_value(session, minute, power_w=1000)
    first = page.get(f"/sessions/{session.pk}/")
    assert len(first.context["table"].rows) == 50
    second = page.get(first.context["table"].next_url)
    assert len(second.context["table"].rows) == 20


def test_the_page_of_a_session_takes_few_queries(page, station, django_assert_max_num_queries):
    session = factories.session(station, state=SessionState.RUNNING)
    for minute in range(70):
        factories.meter_value(session, minute, power_w=1000)
    page.get(f"/sessions/{session.pk}/")
    with django_assert_max_num_queries(14):
        page.get(f"/sessions/{session.pk}/")
