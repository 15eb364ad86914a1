"""What all operations of the REST API have in common: problems, pages, keys of writes, limits, the document."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import programs
from accounts.models import AuditEntry, StoredAnswer
from accounts.tasks import forget_answers
from charging.choices import SessionState
from common import rate_limits
from stations.models import Station
from stations.rights import CHANGE_STATIONS, VIEW_STATIONS
from tests import factories
from tests.programs import Program

KEY = "Idempotency-Key"


@pytest.fixture
def program(organisation) -> Program:
    return Program(organisation)


def problem(answer, status: int) -> dict:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    return answer.json()


def stations() -> int:
    with scopes_disabled():
        return Station.objects.count()


# --- Problems -----------------------------------------------------------------------------------------------------
def test_every_error_is_a_problem_document(program, organisation):
    assert problem(program("GET", "/stations/NOBODY"), 404)["title"] == "Not Found"
    assert problem(program("GET", "/nothing-here"), 404)
    assert program("PUT", "/stations")["Allow"]
    assert problem(program("PUT", "/stations"), 405)
    assert problem(program("GET", "/stations/%00"), 400)
    assert problem(program("POST", "/stations", {"identity": "A\0B"}), 400)
    told = problem(Program(organisation, {VIEW_STATIONS.code})("POST", "/stations", {"identity": "A"}), 403)
    assert str(CHANGE_STATIONS.label) in told["detail"]


def test_what_is_wrong_is_told_by_field(program):
    told = problem(program("POST", "/stations", {"identity": "A", "protocol": "ocpp0.1"}), 422)
    assert [error["field"] for error in told["errors"]] == ["protocol"]
    told = problem(program("POST", "/stations", {"identity": "A/B", "country": "Germany"}), 422)
    assert {error["field"] for error in told["errors"]} == {"identity", "country"}
    told = problem(program("GET", "/stations?limit=0&cursor=!"), 422)
    assert [error["field"] for error in told["errors"]] == ["limit"]
    assert problem(program("GET", "/stations?cursor=!"), 422)["errors"][0]["field"] == "cursor"
    assert not stations()


def test_what_cannot_be_done_now_is_a_conflict(program, organisation):
    factories.station(organisation, identity="AWAY", online=False)
    asked = program("POST", "/stations/AWAY/commands", {"command": "reset", "parameters": {"type": "Soft"}})
    assert "offline" in problem(asked, 409)["detail"]
    ended = factories.session(factories.station(organisation, online=True), state=SessionState.ENDED)
    assert "ended already" in problem(program("POST", f"/sessions/{ended.pk}/stop", {}), 409)["detail"]


def test_a_failure_of_ours_tells_nothing_of_the_inside(program, monkeypatch):
    monkeypatch.setattr("stations.services.create_station", lambda *_values: 1 / 0)
    told = problem(program("POST", "/stations", {"identity": "A"}), 500)
    assert "division" not in str(told)


# --- Pages --------------------------------------------------------------------------------------------------------
def test_a_list_is_read_page_by_page(program, organisation):
    wanted = [factories.station(organisation, identity=f"P-{number}").identity for number in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        page = program("GET", f"/stations?limit=2&cursor={cursor}").json()
        found += [one["identity"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert found == wanted


def test_a_page_takes_the_same_queries_for_any_number_of_rows(program, organisation, django_assert_max_num_queries):
    for _number in range(5):
        factories.station(organisation)
    with django_assert_max_num_queries(6):
        assert len(program("GET", "/stations").json()["items"]) == 5


# --- Writes -------------------------------------------------------------------------------------------------------
def test_a_write_names_the_token_in_the_audit_log(program):
    assert program("POST", "/stations", {"identity": "NEW", "city": "Bonn"}).status_code == 201
    row = AuditEntry.objects.get(action="stations.created")
    assert (row.actor_kind, row.actor_label) == ("token", "Program")
    changed = program("PATCH", "/stations/NEW", {"name": "Newer"}).json()
    assert (changed["name"], changed["city"]) == ("Newer", "Bonn")


def test_a_repeated_write_is_done_once(program):
    first, second = (program("POST", "/stations", {"identity": "ONCE"}, **{KEY: "a"}) for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert stations() == 1


def test_a_key_belongs_to_one_request(program, organisation):
    assert program("POST", "/stations", {"identity": "ONE"}, **{KEY: "a"}).status_code == 201
    problem(program("POST", "/stations", {"identity": "TWO"}, **{KEY: "a"}), 409)
    assert program("POST", "/stations", {"identity": "TWO"}, **{KEY: "b"}).status_code == 201
    assert Program(organisation)("POST", "/stations", {"identity": "THREE"}, **{KEY: "a"}).status_code == 201
    problem(program("POST", "/stations", {"identity": "FOUR"}, **{KEY: "a" * 256}), 400)
    assert stations() == 3


def test_what_was_refused_may_be_tried_again_with_the_same_key(program):
    problem(program("POST", "/stations", {"identity": "NO/NO"}, **{KEY: "a"}), 422)
    assert program("POST", "/stations", {"identity": "YES"}, **{KEY: "a"}).status_code == 201


def test_a_key_counts_for_a_day(program):
    program("POST", "/stations", {"identity": "ONE"}, **{KEY: "a"})
    with scopes_disabled():
        StoredAnswer.objects.update(created_at=timezone.now() - programs.KEPT - timedelta(seconds=1))
    assert program("POST", "/stations", {"identity": "TWO"}, **{KEY: "a"}).status_code == 201
    with scopes_disabled():
        StoredAnswer.objects.update(created_at=timezone.now() - programs.KEPT - timedelta(seconds=1))
        forget_answers()
        assert not StoredAnswer.objects.exists()


def test_a_write_that_fails_leaves_no_key(program, monkeypatch):
    with monkeypatch.context() as broken, transaction.atomic():
        broken.setattr("stations.services.create_station", lambda *_values: 1 / 0)
        problem(program("POST", "/stations", {"identity": "A"}, **{KEY: "a"}), 500)
    assert program("POST", "/stations", {"identity": "A"}, **{KEY: "a"}).status_code == 201


# --- Limits -------------------------------------------------------------------------------------------------------
@pytest.fixture
def one_minute(monkeypatch):
    """All within one window of time."""
    monkeypatch.setattr(rate_limits, "_key", lambda who, _window_s: f"rate.{who}.test")


def test_requests_are_counted_by_token(program, organisation, settings, one_minute):
    settings.API_REQUESTS_PER_MINUTE = 2
    left = [program("GET", "/stations")["RateLimit-Remaining"] for _time in range(2)]
    assert left == ["1", "0"]
    refused = program("GET", "/stations")
    problem(refused, 429)
    assert 0 < int(refused["Retry-After"]) <= 60
    assert (refused["RateLimit-Limit"], refused["RateLimit-Remaining"]) == ("2", "0")
    assert Program(organisation)("GET", "/stations").status_code == 200
