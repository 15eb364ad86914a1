"""Contracts and id tokens from CSV files: the dry run, what is wrong by line and column, all or nothing."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope

from accounts.models import AuditEntry
from charging.models import Contract, IdToken
from charging.services.importing import CONTRACTS, TOKENS, check_entries, import_entries
from common.actor import SYSTEM
from tests import factories


def lines(*texts: str) -> bytes:
    return "\n".join(texts).encode()


@pytest.fixture
def of(network):
    with scope(organisation=network):
        yield network


def wrong(kind, of, *texts):
    return [(problem.line, problem.column) for problem in check_entries(kind, of, lines(*texts)).problems]


def test_contracts_are_made_and_changed_by_their_emaid(of):
    factories.contract(of, "DE8AACA2B3C4D5L", holder="Old", email="keep@customer.example")
    file = lines(
        "EMAID;Holder;Status;Valid until",
        "de-8aa-ca2b3c4d5-l;Ida Horn;blocked;31.12.2027 18:00",
        "DE-8AA-CA2B3C4D6;New One;;",
    )
    plan = check_entries(CONTRACTS, of, file)
    assert (plan.problems, plan.new, plan.changed) == ([], ["DE-8AA-CA2B3C4D6"], ["DE8AACA2B3C4D5L"])
    assert Contract.objects.count() == 1
    import_entries(CONTRACTS, SYSTEM, of, file)
    first, second = Contract.objects.order_by("pk")
    assert (first.holder, first.status, first.email) == ("Ida Horn", "blocked", "keep@customer.example")
    assert first.valid_until.isoformat() == "2027-12-31T17:00:00+00:00"
    assert (second.emaid_key, second.holder, second.status) == ("DE8AACA2B3C4D6", "New One", "active")
    assert AuditEntry.objects.filter(action="charging.imported").count() == 2
    assert import_entries(CONTRACTS, SYSTEM, of, file).unchanged_count == 2


def test_tokens_find_their_group_and_contract(of):
    group, contract = factories.token_group(of, "FAMILY"), factories.contract(of, "DE8AACA2B3C4D5L")
    factories.token(of, "CARD1", label="Blue", group=group)
    header = "token,kind,group,contract,concurrent_sessions,expires_at"
    file = lines(header, "card1,,,de*8aa*ca2b3c4d5*l,yes,", "CARD2,vehicle,family,,no,2027-01-31")
    import_entries(TOKENS, SYSTEM, of, file)
    first, second = IdToken.objects.order_by("pk")
    assert (first.token, first.label, first.group, first.contract) == ("CARD1", "Blue", None, contract)
    assert first.concurrent_sessions
    assert (second.kind, second.group, second.contract, second.concurrent_sessions) == ("vehicle", group, None, False)


@pytest.mark.parametrize(
    "kind, row, column",
    [
        (CONTRACTS, ("emaid", "nonsense"), "emaid"),
        (CONTRACTS, ("holder,emaid", "Ida,"), "emaid"),
        (CONTRACTS, ("emaid,email", "DE8AACA2B3C4D5L,nobody"), "email"),
        (CONTRACTS, ("emaid,status", "DE8AACA2B3C4D5L,gone"), "status"),
        (CONTRACTS, ("emaid,valid_from", "DE8AACA2B3C4D5L,soon"), "valid_from"),
        (CONTRACTS, ("emaid,valid_from,valid_until", "DE8AACA2B3C4D5L,2027-01-02,2027-01-01"), "valid_until"),
        (TOKENS, ("token", "A" * 21), "token"),
        (TOKENS, ("token,group", "CARD1,NOBODY"), "group"),
        (TOKENS, ("token,contract", "CARD1,DE8AACA2B3C4D5L"), "contract"),
        (TOKENS, ("token,kind", "CARD1,once"), "kind"),
        (TOKENS, ("token,concurrent_sessions", "CARD1,perhaps"), "concurrent_sessions"),
        (TOKENS, ("token,label", f"CARD1,{'x' * 81}"), "label"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(of, kind, row, column):
    header, line = row
    assert wrong(kind, of, header, line) == [(2, column)]


def test_one_wrong_row_keeps_all_from_being_imported(of):
    file = lines("token,kind", "CARD1,rfid", "card1,rfid", "CARD2,banana")
    plan = import_entries(TOKENS, SYSTEM, of, file)
    assert [(one.line, one.column) for one in plan.problems] == [(3, "token"), (4, "kind")]
    assert not IdToken.objects.exists()


def test_groups_and_contracts_of_others_are_not_found(of):
    stranger = factories.organisation()
    with scope(organisation=stranger):
        factories.token_group(stranger, "FAMILY")
        factories.token(stranger, "CARD1", holder="Stranger")
    assert wrong(TOKENS, of, "token,group", "CARD1,FAMILY") == [(2, "group")]
    assert check_entries(TOKENS, of, lines("token", "CARD1")).new == ["CARD1"]


def test_many_rows_take_as_many_queries_as_few(of, django_assert_max_num_queries, django_assert_num_queries):
    def file(prefix: str, count: int) -> bytes:
        return lines("token,label", *(f"{prefix}{number},Card" for number in range(count)))

    with django_assert_max_num_queries(12) as queries:
        import_entries(TOKENS, SYSTEM, of, file("A", 1))
    with django_assert_num_queries(len(queries)):
        import_entries(TOKENS, SYSTEM, of, file("B", 500))


# --- In the browser -----------------------------------------------------------------------------------------------
@pytest.fixture
def page(client, owner, organisation) -> Iterator[Client]:
    client.force_login(owner)
    with scope(organisation=organisation):
        yield client


def upload(page, address, file):
    return page.post(address, {"file": SimpleUploadedFile("entries.csv", file)})


@pytest.mark.parametrize(
    "address, file, model",
    [("contracts", b"emaid\nDE8AACA2B3C4D5L", Contract), ("id-tokens", b"token\nCARD1", IdToken)],
)
def test_a_file_is_checked_and_then_imported(page, address, file, model):
    checked = upload(page, f"/{address}/import/", file)
    assert (checked.status_code, len(checked.context["plan"].new), model.objects.count()) == (200, 1, 0)
    answer = page.post(f"/{address}/import/apply/", {"key": checked.context["key"]})
    assert (answer.url, model.objects.count()) == (f"/{address}/", 1)


def test_what_is_wrong_with_a_file_stands_in_a_table(page):
    checked = upload(page, "/id-tokens/import/", b"token,kind\nCARD1,banana")
    assert checked.status_code == 422
    assert "banana" in checked.content.decode()
    assert upload(page, "/contracts/import/", b"").status_code == 422
    assert page.get("/contracts/import/").status_code == 200


def test_many_are_blocked_and_let_go_again_at_once(page, organisation):
    tokens = [factories.token(organisation) for _ in range(3)]
    page.post("/id-tokens/block/", {"selected": [token.pk for token in tokens[:2]]})
    assert [token.status for token in IdToken.objects.order_by("pk")] == ["blocked", "blocked", "active"]
    assert AuditEntry.objects.filter(action="charging.token_blocked").count() == 2
    page.post("/id-tokens/unblock/?status=blocked", {"selected_all": "1", "selected": [tokens[0].pk]})
    assert IdToken.objects.get(pk=tokens[0].pk).status == "active"
    contract = factories.contract(organisation)
    page.post("/contracts/block/", {"selected": [contract.pk]})
    assert Contract.objects.get().status == "blocked"
    page.post("/contracts/unblock/", {"selected": [contract.pk]})
    assert Contract.objects.get().status == "active"


def test_a_token_group_is_changed(page, organisation):
    group, other = factories.token_group(organisation, "FAMILY"), factories.token_group(organisation, "FLEET")
    assert page.post(f"/token-groups/{group.pk}/", {"parent_id": "fleet", "name": "x"}).status_code == 422
    page.post(f"/token-groups/{group.pk}/", {"parent_id": "HOUSE", "name": "Number 7"})
    group.refresh_from_db()
    assert (group.parent_id, group.name, other.parent_id) == ("HOUSE", "Number 7", "FLEET")
