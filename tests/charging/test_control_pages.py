"""The tab Control in the browser: start by contract, goodwill and voucher, stop, restart; activations and vouchers."""

from decimal import Decimal

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from chargeports.choices import CommandKind, PortStatus
from chargeports.models import Command, PortState
from charging.choices import RebootState, SessionState
from charging.models import Activation, ChargingSession, PendingReboot, PortalStart, Voucher
from charging.services import (
    AuthorizeRequest,
    assign_tariff,
    authorize,
    reckon_costs,
    send_due_reboots,
    start_sessions,
)
from charging.services.starts import StartRequest
from common.actor import SYSTEM
from tests import factories
from tests.accounts.conftest import streamed

START = "/commands/new/start-charging/BER-1/"
GOODWILL = {"method": "goodwill", "customer": "Ida Horn", "problem": "App is down", "duration_min": 60}


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation):
    with scope(organisation=organisation):
        return factories.station(organisation, identity="BER-1", ports=2)


@pytest.fixture(autouse=True)
def _in_scope(organisation):
    with scope(organisation=organisation):
        yield


def text(answer) -> str:
    return answer.content.decode()


def shown(answer) -> list[str]:
    return [str(row.object) for row in answer.context["table"].rows]


# --- Starting -----------------------------------------------------------------------------------------------------
def test_a_goodwill_start_shows_its_way(page, station):
    answer = page.post(START, {**GOODWILL, "port_number": 1}, follow=True)
    assert "Ida Horn" not in text(answer) or answer.status_code == 200
    command = Command.objects.get()
    Command.objects.update(state="accepted", sent_at=timezone.now(), ended_at=timezone.now())
    shows = text(page.get(f"/commands/{command.pk}/"))
    assert "Waiting for the plug" in shows
    assert "Goodwill" in shows
    now = timezone.now()
    start_sessions([StartRequest(station.pk, station.organisation_id, 1, command.parameters["id_tag"], 0, now, now)])
    assert "No session began" not in text(page.get(f"/commands/{command.pk}/"))
    assert PortalStart.objects.get().session is not None


def test_what_is_missing_stands_beside_its_field_and_nothing_typed_is_lost(page, station):
    answer = page.post(START, {"method": "goodwill", "customer": "Ida Horn", "duration_min": 60, "port_number": 1})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"problem"}
    assert "Ida Horn" in text(answer)


def test_a_password_is_never_sent_back_and_a_wrong_check_digit_is_remarked_upon(page, station):
    given = {"method": "contract", "emaid": "DE-8AA-CA2B3C4D5-X", "password": "secret words", "duration_min": 60}
    answer = page.post(START, {**given, "port_number": 1})
    assert "secret words" not in text(answer)
    assert "The check digit should be L." in str(answer.context["form"].errors["password"])


def test_a_contract_with_a_wrong_check_digit_starts_all_the_same(page, station, organisation):
    factories.contract(organisation, "DE8AACA2B3C4D5X", password=make_password("secret words"))
    given = {"method": "contract", "emaid": "de-8aa-ca2b3c4d5-x", "password": "secret words", "duration_min": 60}
    assert page.post(START, {**given, "port_number": 1}).status_code == 302
    assert PortalStart.objects.get().contract.emaid == "DE8AACA2B3C4D5X"


def test_what_is_no_emaid_costs_no_try(page, station):
    given = {"method": "contract", "emaid": "nonsense", "password": "x", "duration_min": 60, "port_number": 1}
    assert set(page.post(START, given).context["form"].errors) == {"emaid"}
    assert not Activation.objects.exists()


# --- Stopping -----------------------------------------------------------------------------------------------------
def test_a_session_is_stopped_or_ended_by_force(page, station):
    session = factories.session(station, state=SessionState.RUNNING)
    address = f"/sessions/{session.pk}/stop/"
    assert "Force stop" in text(page.get(address))
    page.post(address, {"how": "stop"})
    assert Command.objects.get().parameters == {"session_id": session.pk}
    page.post(address, {"how": "force"})
    session.refresh_from_db()
    assert (session.state, session.stop_reason) == (SessionState.ENDED_WITHOUT_STOP, "ForcedByPortal")
    assert Command.objects.count() == 2
    assert page.post(address, {"how": "stop"}).status_code == 422


def test_a_session_that_only_the_charger_knows_is_stopped_by_its_transaction_id(page, station):
    PortState.objects.filter(port__station=station, port__number=1).update(status=PortStatus.CHARGING)
    assert "knows of no session here" in text(page.get("/charge-ports/BER-1/1/control/"))
    ways = [value for value, _ in page.get("/port-stop/BER-1/1/").context["form"].fields["way"].choices]
    assert ways == ["unlock", "soft", "hard"]
    factories.session(station, state=SessionState.ORPHAN, ended_at=None, charger_transaction_id=4711)
    ChargingSession.objects.update(ended_at=None)
    page.post("/port-stop/BER-1/1/", {"way": "transaction.4711"})
    assert Command.objects.get().parameters == {"session_id": 4711}
    Command.objects.update(state="rejected", outcome="Rejected")
    page.post("/port-stop/BER-1/1/", {"way": "unlock"})
    answer = text(page.get("/port-stop/BER-1/1/"))
    assert "Tried already" in answer
    assert "Unlock plug" in answer


def test_the_port_leads_to_the_session_that_runs(page, station):
    session = factories.session(station, state=SessionState.RUNNING)
    assert page.get("/port-stop/BER-1/1/").url == f"/sessions/{session.pk}/stop/"


# --- Restarting ---------------------------------------------------------------------------------------------------
def test_a_soft_restart_waits_until_nobody_charges(page, station):
    session = factories.session(station, state=SessionState.RUNNING)
    assert "ends 1 running session" in text(page.get("/controller-reboot/BER-1/"))
    page.post("/controller-reboot/BER-1/?port_number=1", {"when": "soft"})
    assert "The controller restarts as soon as nobody charges" in text(page.get("/charge-ports/BER-1/1/control/"))
    assert page.post("/controller-reboot/BER-1/", {"when": "soft"}).status_code == 422
    assert send_due_reboots(timezone.now()) == 0
    ChargingSession.objects.filter(pk=session.pk).update(state=SessionState.ENDED)
    assert send_due_reboots(timezone.now()) == 1
    assert send_due_reboots(timezone.now()) == 0
    assert Command.objects.get().parameters == {"type": "soft"}


def test_a_restart_that_waits_is_cancelled(page, station):
    factories.session(station, state=SessionState.RUNNING)
    page.post("/controller-reboot/BER-1/", {"when": "soft"})
    planned = PendingReboot.objects.get()
    page.post(f"/pending-reboots/{planned.pk}/cancel/")
    planned.refresh_from_db()
    assert planned.state == RebootState.CANCELLED
    assert "The controller restarts" not in text(page.get("/charge-ports/BER-1/1/control/"))


def test_a_hard_restart_goes_out_at_once_and_a_refresh_reads_the_settings(page, station):
    page.post("/controller-reboot/BER-1/", {"when": "hard"})
    answer = page.post("/port-refresh/BER-1/1/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/charge-ports/BER-1/1/")
    asked = list(Command.objects.order_by("pk").values_list("kind", flat=True))
    assert asked == [CommandKind.RESET, CommandKind.READ_CONFIGURATION]


# --- Lists --------------------------------------------------------------------------------------------------------
def test_the_control_tab_leads_to_the_lists_of_its_port(page, station):
    found = page.get("/charge-ports/BER-1/1/control/")
    assert "/activations/?station=BER-1&amp;port_number=1&amp;received_at_after=" in text(found)
    assert "/charge-logs/?station=BER-1&amp;port_number=1&amp;started_at_after=" in text(found)


@pytest.mark.parametrize(
    "query, wanted",
    [
        ({}, 4),
        ({"station": "BER-1", "port_number": 1}, 4),
        ({"station": "BER-1", "port_number": 2}, 2),
        ({"station": "BER-2"}, 0),
        ({"outcome": "Invalid"}, 1),
        ({"reason": "unknown"}, 1),
        ({"method": "goodwill"}, 1),
        ({"occasion": "start"}, 1),
        ({"text": "horn"}, 3),
        ({"received_at_after": "2020-01-01", "received_at_before": "2020-01-02"}, 0),
        ({"port_number": "x", "received_at_after": "nonsense"}, 4),
    ],
)
def test_activations_are_listed_and_filtered(page, station, organisation, query, wanted):
    factories.token(organisation, "CARD1", holder="Ida Horn")
    now = timezone.now()
    authorize([AuthorizeRequest(station.pk, organisation.pk, tag, now) for tag in ("CARD1", "STRANGER")])
    start_sessions([StartRequest(station.pk, organisation.pk, 1, "CARD1", 0, now, now)])
    page.post(START, {**GOODWILL, "port_number": 1})
    assert len(page.get("/activations/", query).context["table"].rows) == wanted


def test_the_overview_takes_few_queries(page, station, organisation, django_assert_max_num_queries):
    now = timezone.now()
    authorize([AuthorizeRequest(station.pk, organisation.pk, f"CARD{number}", now) for number in range(60)])
    with django_assert_max_num_queries(12):
        page.get("/activations/")
    assert streamed(page.get("/activations/", {"format": "csv"})).count(b"CARD") == 60


def test_goodwill_starts_are_reviewed_with_their_cost(page, station, organisation):
    page.post(START, {**GOODWILL, "port_number": 1})
    start = PortalStart.objects.get()
    session = factories.session(station, method="goodwill", energy_wh=10_000)
    PortalStart.objects.update(session=session)
    assign_tariff(SYSTEM, factories.tariff(organisation))
    reckon_costs(timezone.now())
    shows = text(page.get("/goodwill-starts/", {"reviewed": "false"}))
    assert "App is down" in shows
    assert "5.00" in shows
    assert "not billed" in shows
    details = text(page.get(f"/sessions/{session.pk}/"))
    assert "Not billed: Goodwill" in details
    assert "It would have cost:" in details
    page.post("/goodwill-starts/review/", {"selected": [start.pk]})
    start.refresh_from_db()
    assert start.reviewed_by
    assert shown(page.get("/goodwill-starts/", {"reviewed": "false"})) == []


# --- Vouchers -----------------------------------------------------------------------------------------------------
def test_vouchers_are_made_listed_printed_and_revoked(page, station, organisation):
    fields = {
        "name": "Opening day",
        "count": 3,
        "energy_kwh": "20",
        "minutes": "90",
        "limit_amount": "12.50",
        "ports": "BER-1/2",
    }
    assert page.post("/vouchers/create/", fields).status_code == 302
    vouchers = list(Voucher.objects.order_by("-pk"))
    batch = vouchers[0].batch
    assert (batch.limit_energy_wh, batch.limit_duration_s, batch.limit_amount) == (20_000, 5400, Decimal("12.50"))
    assert batch.ports.get().number == 2
    assert shown(page.get("/vouchers/")) == [voucher.code for voucher in vouchers]
    assert shown(page.get("/vouchers/", {"q": vouchers[1].code.replace("-", "").lower()})) == [vouchers[1].code]
    assert page.get("/vouchers/codes/").content.startswith(b"%PDF")
    assert vouchers[0].code in streamed(page.get("/vouchers/", {"format": "csv"})).decode()
    page.post("/vouchers/revoke/", {"selected": [vouchers[0].pk]})
    assert shown(page.get("/vouchers/", {"state": "revoked"})) == [vouchers[0].code]
    assert len(shown(page.get("/vouchers/", {"state": "open"}))) == 2


def test_vouchers_that_cannot_be_are_not_made(page, station):
    fields = {"name": "", "count": 0, "energy_kwh": "-1", "ports": "BER-9/1"}
    answer = page.post("/vouchers/create/", fields)
    assert set(answer.context["form"].errors) == {"name", "count", "energy_kwh", "ports"}
    assert not Voucher.objects.exists()


def test_codes_are_not_guessed(organisation):
    codes = [voucher.code for voucher in factories.vouchers(organisation, 200)]
    assert len(set(codes)) == 200
    assert all(len(code) == 14 for code in codes)
