"""The tab Logs: exchanges as sentences, why they came out so, and where to go from there."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from chargeports.choices import CommandKind
from chargeports.models import EquipmentError
from chargeports.services import request_command
from charging.choices import ContractStatus, TokenStatus
from charging.models import ChargingSession, Contract, IdToken
from common.actor import Actor, task_actor
from common.tables import SHEET_PAGE_SIZE
from ocpp_gateway import exchanges, telling
from ocpp_gateway.choices import Direction
from ocpp_gateway.codec import V16
from ocpp_gateway.exchanges import Row
from ocpp_gateway.models import Exchange
from ocpp_gateway.rights import VIEW_LOG
from ocpp_gateway.v16.sentences import TELLINGS
from stations.models import Station
from stations.rights import VIEW_STATIONS
from tests import factories
from tests.accounts.conftest import streamed
from tests.gateway.pipeline_kit import ask, peer

LOGS = "/stations/BER-1/logs/"
TAG = "04A2B3C4D5E6F1"


@pytest.fixture
def station(organisation) -> Station:
    cache.clear()
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def say(of: Station, action: str, payload: dict, at=None) -> None:
    """A charger's call, as the gateway handles and logs it."""
    with scopes_disabled():
        ask(of, action, payload, at)


def log(of: Station, request: str, *, age_s: int = 5, direction=Direction.IN, **fields) -> None:
    exchanges.write([Row(peer(of), timezone.now() - timedelta(seconds=age_s), direction, request, **fields)])


def sentences(page, **query) -> list[str]:
    return [row.line.sentence for row in page.get(LOGS, query).context["table"].page.rows]


# --- Sentences ----------------------------------------------------------------------------------------------------
def test_every_message_of_the_version_has_a_sentence():
    assert set(TELLINGS) == set(V16.requests)


@pytest.mark.parametrize("action", sorted(V16.requests))
@pytest.mark.parametrize(
    "payload", ["{}", "[]", "7", '{"connectorId":"x","idTag":[],"meterValue":[1,{"sampledValue":1}]}']
)
def test_whatever_stands_in_a_frame_is_told(action, payload):
    for direction in (Direction.IN, Direction.OUT):
        for response in (None, "[3]", '[3,"1",{"idTagInfo":7,"status":[]}]', '[4,"1"]', "no json"):
            exchange = Exchange(
                received_at=timezone.now(),
                direction=direction,
                action=action,
                request=f'[2,"1","{action}",{payload}]',
                response=response,
            )
            assert telling.tell(TELLINGS, telling.take_apart(exchange))


def test_a_refused_card_says_why(page, station, organisation):
    with scope(organisation=organisation):
        contract = Contract.objects.create(
            organisation=organisation,
            emaid="DE-8AA-CA2B3C4D5-1",
            emaid_key="DE8AACA2B3C4D51",
            status=ContractStatus.BLOCKED,
        )
        IdToken.objects.create(organisation=organisation, token=TAG, contract=contract)
    say(station, "Authorize", {"idTag": TAG.lower()})
    answer = page.get(LOGS)
    (row,) = answer.context["table"].page.rows
    assert row.line.sentence == "RFID card 04a2…f1 was refused: the contract is blocked."
    assert row.line.is_bad
    assert "Roaming" in answer.text
    assert "DE-8AA-CA2B3C4D5-1, Blocked" in answer.text


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": TokenStatus.BLOCKED}, "the token is blocked"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "the token has expired"),
    ],
)
def test_the_reason_is_that_of_the_token(page, station, organisation, fields, why):
    with scope(organisation=organisation):
        IdToken.objects.create(organisation=organisation, token=TAG, **fields)
    say(station, "Authorize", {"idTag": TAG})
    assert sentences(page) == [f"RFID card 04A2…F1 was refused: {why}."]


def test_a_token_that_was_let_in_since_is_not_called_unknown(page, station, organisation):
    say(station, "Authorize", {"idTag": TAG})
    assert sentences(page) == ["Token 04A2…F1 was refused: the token is not known."]
    with scope(organisation=organisation):
        IdToken.objects.create(organisation=organisation, token=TAG)
    assert sentences(page) == ["RFID card 04A2…F1 was refused: the token was not known then."]


def test_a_card_without_a_tag_id_could_not_be_checked(page, station):
    say(station, "Authorize", {"idTag": ""})
    answer = page.get(LOGS).text
    assert "A token without an id was refused: no tag id was given." in answer
    assert "nobody could check" in answer


def test_what_the_station_left_out_is_named(page, station):
    say(station, "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
    (row,) = page.get(LOGS).context["table"].page.rows
    assert row.line.not_sent == ["info", "timestamp", "vendorErrorCode", "vendorId"]
    assert row.line.sentence == "Charge port 1: Available."


def test_what_is_unreadable_and_what_failed_is_told_too(page, station):
    log(station, "hello", direction=Direction.INVALID, mended=("not-json",))
    error = '[4,"7","NotImplemented","No",{}]'
    log(station, '[2,"7","Reset",{"type":"Soft"}]', age_s=6, direction=Direction.OUT, action="Reset", response=error)
    log(station, '[2,"8","Reset",{"type":"Hard"}]', age_s=900, direction=Direction.OUT, action="Reset")
    log(station, '[2,"9","Something",{}]', age_s=901, action="Something", response='[3,"9",{}]')
    assert sentences(page) == [
        "The station sent something that is no JSON.",
        "The portal asked the station to restart (Soft). The station answered with the error NotImplemented: No",
        "The portal asked the station to restart (Hard). No answer came.",
        "The station sent the message Something.",
    ]


def test_meter_values_are_told_in_the_units_of_people(page, station):
    samples = [
        {"value": "11040", "measurand": "Power.Active.Import", "unit": "W"},
        {"value": "3680", "measurand": "Power.Active.Import", "unit": "W", "phase": "L1"},
        {"value": "12.5", "unit": "kWh"},
    ]
    values = {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": samples}]}
    say(station, "MeterValues", values)
    assert sentences(page) == ["Charge port 1 sent 3 meter values: 11.0 kW, 12.5 kWh."]


# --- Where to go from there ---------------------------------------------------------------------------------------
def test_lines_lead_to_session_command_and_error(page, station, organisation):
    with scope(organisation=organisation):
        author = Actor(kind="user", label="Olga Operator", id=1)
        command = request_command(author, station, CommandKind.RESET, {"type": "soft"})
    log(station, '[2,"7","Reset",{"type":"Soft"}]', age_s=1, direction=Direction.OUT, action="Reset",
        command_id=command.pk, response='[3,"7",{"status":"Accepted"}]')  # fmt: skip
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    say(station, "StartTransaction", {"connectorId": 1, "idTag": TAG, "meterStart": 5, "timestamp": now})
    say(station, "StatusNotification", {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted"})
    with scope(organisation=organisation):
        session, error = ChargingSession.objects.get(), EquipmentError.objects.get()
    answer = page.get(LOGS)
    urls = [link.url for row in answer.context["table"].page.rows for link in row.line.links]
    assert set(urls) == {f"/sessions/{session.pk}/", f"/commands/{command.pk}/", f"/errors/{error.pk}/"}
    assert "Olga Operator asked the station to restart (Soft). The station accepted." in answer.text


def test_moments_in_a_sentence_are_those_of_the_station_and_a_task_is_the_portal(page, station, organisation):
    with scope(organisation=organisation):
        command = request_command(task_actor("some_task"), station, CommandKind.CLEAR_CACHE, {})
    frame = '[2,"7","ReserveNow",{"connectorId":1,"expiryDate":"%s","idTag":"A","reservationId":4}]'
    for until in ("2026-11-21T13:24:00Z", "tomorrow"):
        log(station, frame % until, direction=Direction.OUT, action="ReserveNow", command_id=command.pk)
    odd, told = sorted(sentences(page), key=lambda text: "tomorrow" not in text)
    assert "until tomorrow" in odd
    assert told.startswith("The portal reserved for Token A until Nov. 21, 2026, 14:24: Charge port 1.")
    assert "some_task" not in page.get("/stations/BER-1/commands/").content.decode()


def test_without_the_rights_nothing_leads_elsewhere(client, station, organisation):
    with scope(organisation=organisation):
        person = factories.member(organisation, VIEW_STATIONS, VIEW_LOG)
    now = timezone.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    say(station, "StartTransaction", {"connectorId": 1, "idTag": TAG, "meterStart": 5, "timestamp": now})
    client.force_login(person)
    (row,) = client.get(LOGS).context["table"].page.rows
    assert row.line.links == []


def test_nothing_of_another_organisation_is_looked_up(page, station, organisation, other_organisation):
    with scopes_disabled():
        elsewhere = factories.station(other_organisation)
        session = factories.session(elsewhere)
    log(station, f'[2,"7","StopTransaction",{{"transactionId":{session.pk}}}]', action="StopTransaction")
    (row,) = page.get(LOGS).context["table"].page.rows
    assert row.line.links == []


def test_a_full_page_takes_as_many_queries_as_a_short_one(page, station, organisation, django_assert_max_num_queries):
    with scope(organisation=organisation):
        command = request_command(Actor(kind="user", label="O", id=1), station, CommandKind.CLEAR_CACHE, {})
    for number in range(60):
        tag = f'[2,"{number}","Authorize",{{"idTag":"T{number}"}}]'
        log(station, tag, action="Authorize", response='[3,"1",{"idTagInfo":{"status":"Invalid"}}]')
        log(
            station,
            f'[2,"{number}","ClearCache",{{}}]',
            direction=Direction.OUT,
            command_id=command.pk,
            action="ClearCache",
        )
        log(
            station,
            '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"GroundFailure"}]',
            action="StatusNotification",
        )
        log(station, f'[2,"1","StopTransaction",{{"transactionId":{number + 1}}}]', action="StopTransaction")
    page.get(LOGS)
    with django_assert_max_num_queries(12):
        assert len(sentences(page)) == SHEET_PAGE_SIZE


# --- Filters, pages, and what is new ------------------------------------------------------------------------------
def test_the_log_is_filtered_by_several_messages_and_by_text(page, station, organisation):
    with scope(organisation=organisation):
        IdToken.objects.create(organisation=organisation, token=TAG, holder="Anna Berg")
    say(station, "Heartbeat", {})
    say(station, "Authorize", {"idTag": TAG})
    say(station, "Authorize", {"idTag": "OTHER"})
    say(station, "SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": "2026-01-01T00:00:00Z"})
    assert len(sentences(page, action=["Heartbeat", "Authorize"])) == 3
    assert sentences(page, q="tamper") == ["The station reports for its security: TamperDetectionActivated."]
    assert sentences(page, q="sign of life") == ["The station showed a sign of life."]
    assert sentences(page, q="anna") == ["RFID card 04A2…F1 may charge."]
    assert sentences(page, q="100%") == []


def test_text_is_looked_for_within_a_month(page, station):
    log(station, '[2,"7","Heartbeat",{}]', age_s=40 * 86_400, action="Heartbeat")
    start = (timezone.localtime() - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M")
    assert len(sentences(page, start=start)) == 1
    assert sentences(page, start=start, q="heartbeat") == []


def test_a_bad_filter_is_said_and_changes_nothing(page, station):
    say(station, "Heartbeat", {})
    answer = page.get(LOGS, {"start": "soon", "action": "Nonsense"})
    assert answer.status_code == 200
    assert answer.context["filters"].form.errors.keys() >= {"start", "action"}


def test_the_log_is_paged_by_key(page, station):
    for age in range(10, 60):
        log(station, '[2,"7","Heartbeat",{}]', age_s=age, action="Heartbeat")
    first = page.get(LOGS)
    second = page.get(first.context["table"].next_url)
    assert second.context["newest"] == ""
    seen = {row.id for answer in (first, second) for row in answer.context["table"].page.rows}
    assert len(seen) == 50


def test_new_lines_come_in_above(page, station):
    log(station, '[2,"7","Heartbeat",{}]', age_s=60, action="Heartbeat")
    newest = page.get(LOGS).context["newest"]
    assert page.get(LOGS, {"newer": newest}).context["rows"] == []
    log(station, '[2,"8","Authorize",{"idTag":"X"}]', age_s=30, action="Authorize")
    answer = page.get(LOGS, {"newer": newest})
    assert 'hx-swap-oob="afterbegin:#table-logs tbody"' in answer.text
    assert [row.object.action for row in answer.context["rows"]] == ["Authorize"]
    assert page.get(LOGS, {"newer": answer.context["newest"]}).context["rows"] == []
    assert page.get(LOGS, {"newer": newest, "action": "Reset"}).context["rows"] == []
    assert page.get(LOGS, {"newer": "nonsense"}).status_code == 404


def test_an_empty_page_is_drawn_anew_with_its_first_line(page, station):
    newest = page.get(LOGS).context["newest"]
    log(station, '[2,"7","Heartbeat",{}]', age_s=-1, action="Heartbeat")
    assert page.get(LOGS, {"newer": newest, "empty": "1"})["HX-Refresh"] == "true"


def test_csv_holds_the_sentences(page, station):
    say(station, "Heartbeat", {})
    answer = page.get(LOGS, {"format": "csv"})
    assert "The station showed a sign of life." in streamed(answer).decode()
