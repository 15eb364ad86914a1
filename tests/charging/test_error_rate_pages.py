"""The error rate of a port, a station and the fleet: its figures come from the rollups and lead to their sessions."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Job
from accounts.services import jobs
from charging.choices import Fault, SessionState
from charging.faults import LIMITS
from charging.models import FaultRules
from charging.services import classify_closed, recount
from stations.models import StationGroup
from tests import factories
from tests.accounts.conftest import streamed

TODAY = timezone.localdate()
PORT_TAB = "/charge-ports/BER-1/1/error-rate/"
STATION_TAB = "/stations/BER-1/error-rate/"
FLEET = "/error-rate/"
RULES = "/error-rate/rules/"


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", ports=2, vendor="Nordwatt", model="N1")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def charged(station):
    """At port 1 six sessions: two fine, one lost, two cancelled, one refused; at port 2 one fine."""
    lost = {"state": SessionState.SUPERSEDED}
    cancelled = {"stop_reason": "EVDisconnected", "energy_wh": 0}
    refused = {"authorization": "Invalid", "energy_wh": 0}
    for fields in ({}, {}, lost, cancelled, cancelled, refused, {"port_number": 2}):
        make(station, **fields)
    count(station)


def make(station, **fields):
    begun = timezone.now() - timedelta(hours=2)
    minutes = 1 if fields.get("energy_wh") == 0 else 60
    values = {"started_at": begun, "ended_at": begun + timedelta(minutes=minutes), "meter_stop_wh": 11_000}
    return factories.session(station, **(values | fields))


def count(*stations) -> None:
    with scopes_disabled():
        recount([station.pk for station in stations])
        classify_closed(timezone.now())


def shown(answer) -> tuple:
    rate = answer.context["total"]
    return rate.ended, rate.successful, rate.faulty, rate.percent, rate.percent_without_cancelled


def test_a_ports_rate_is_that_of_its_own_sessions_without_failed_authorisations(page, charged):
    assert shown(page.get(PORT_TAB)) == (5, 2, 3, 60, pytest.approx(100 / 3))
    assert shown(page.get(STATION_TAB)) == (6, 3, 3, 50, 25)
    assert shown(page.get(FLEET)) == (6, 3, 3, 50, 25)


def test_the_pictures_hold_the_figures(page, charged):
    answer = page.get(PORT_TAB)
    over_time, by_type = answer.context["over_time"], answer.context["by_type"]
    assert [list(series.values) for series in over_time.series] == [[2], [3]]
    assert dict(zip(map(str, by_type.labels), by_type.series[0].values, strict=True)) == {
        str(Fault.NO_RECORD.label): 1,
        str(Fault.CANCELLED.label): 2,
    }


@pytest.mark.parametrize("url", [PORT_TAB, STATION_TAB, FLEET])
def test_each_type_leads_to_exactly_its_sessions(page, charged, url):
    for one, number, address in page.get(url).context["types"]:
        if number:
            rows = page.get(address).context["table"].rows
            assert [row.object.fault for row in rows] == [one.fault] * number


def test_the_period_limits_what_is_counted(page, station, charged):
    with scopes_disabled():
        make(station, started_at=timezone.now() - timedelta(days=40), ended_at=timezone.now() - timedelta(days=39))
    count(station)
    assert shown(page.get(PORT_TAB))[0] == 5
    assert shown(page.get(f"{PORT_TAB}?start={TODAY - timedelta(days=41)}"))[0] == 6
    empty = page.get(f"{PORT_TAB}?start=2020-01-01&end=2020-01-31")
    assert "No session ended in this period" in empty.content.decode()


@pytest.mark.parametrize("query", ["start=2026-02-30", "start=2026-03-02&end=2026-03-01", "start=2020-01-01", "end=x"])
def test_a_bad_period_is_told_beside_its_field_and_keeps_what_was_typed(page, station, query):
    answer = page.get(f"{PORT_TAB}?{query}")
    assert answer.context["form"].errors
    assert "total" not in answer.context
    assert query.rpartition("=")[2] in answer.content.decode()


# --- The ranking --------------------------------------------------------------------------------------------------
def test_the_ranking_is_exported_with_both_rates(page, charged):
    rows = streamed(page.get(FLEET, {"format": "csv"})).decode().splitlines()
    assert rows[0].startswith("What,Name,Error rate (%)")
    assert [row.split(",")[0:1] + row.split(",")[2:7] for row in rows[1:]] == [
        ["BER-1 · 1", "33.33", "1", "3", "2", "60.0"]
    ]


def titles(answer) -> list[str]:
    return [entry["title"] for entry in answer.context["lines"]]


@pytest.fixture
def two_bad_stations(organisation, station):
    """BER-1 with one faulty session out of one, HAM-1 with six out of eight."""
    other = factories.station(organisation, identity="HAM-1", vendor="Südwatt", model="S9")
    make(station, state=SessionState.SUPERSEDED)
    for number in range(8):
        make(other, state=SessionState.SUPERSEDED if number < 6 else SessionState.ENDED)
    count(station, other)
    return other


def test_many_proven_errors_stand_above_a_single_one(page, two_bad_stations):
    assert titles(page.get(FLEET)) == ["HAM-1 · 1", "BER-1 · 1"]
    assert titles(page.get(f"{FLEET}?by=stations")) == ["HAM-1", "BER-1"]
    assert titles(page.get(f"{FLEET}?by=models")) == ["Südwatt S9", "Nordwatt N1"]


def test_cancelled_sessions_need_no_technician(page, station):
    make(station, stop_reason="EVDisconnected", energy_wh=0)
    count(station)
    assert titles(page.get(FLEET)) == []


def test_groups_and_models_are_ranked_and_looked_at_alone(page, organisation, station, two_bad_stations):
    with scope(organisation=organisation):
        group = StationGroup.objects.create(organisation=organisation, name="North")
        two_bad_stations.groups.add(group)
    assert titles(page.get(f"{FLEET}?by=groups")) == ["North"]
    assert shown(page.get(f"{FLEET}?group={group.pk}"))[0] == 8
    assert titles(page.get(f"{FLEET}?vendor=Nordwatt&model=N1")) == ["BER-1 · 1"]


def test_another_organisations_sessions_are_not_seen(client, stranger, charged):
    client.force_login(stranger)
    answer = client.get(FLEET)
    assert (shown(answer)[0], titles(answer)) == (0, [])


@pytest.mark.parametrize("url", [PORT_TAB, STATION_TAB, FLEET])
def test_the_pages_take_few_queries(page, charged, url, django_assert_max_num_queries):
    page.get(url)
    with django_assert_max_num_queries(12):
        page.get(url)


# --- Rules --------------------------------------------------------------------------------------------------------
def rules(**changed) -> dict:
    limits = {name: ",".join(one.default) if one.is_words else one.default for name, one in LIMITS.items()}
    return limits | {f"counts_{fault}": "on" for fault in Fault if fault} | changed


def test_changed_rules_judge_the_sessions_in_the_background(page, organisation, charged):
    sent = rules()
    del sent["counts_1"]
    assert page.post(RULES, sent).status_code == 302
    with scopes_disabled():
        job = Job.objects.get()
        assert FaultRules.objects.get().left_out == [1]
    jobs.run_job(job.pk)
    assert shown(page.get(PORT_TAB))[:3] == (5, 3, 2)


@pytest.mark.parametrize(("name", "value"), [("power_percent", "1001"), ("future_s", "-1"), ("late_days", "x")])
def test_a_bad_limit_changes_nothing(page, station, name, value):
    answer = page.post(RULES, rules(**{name: value}))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {name}
    with scopes_disabled():
        assert not FaultRules.objects.exists()
