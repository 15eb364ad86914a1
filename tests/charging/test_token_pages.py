"""Id tokens, their groups, and contracts in the browser."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from charging.choices import TokenStatus
from charging.models import Contract, IdToken, TokenGroup
from charging.rights import VIEW_TOKENS
from tests import factories

RIGHT, WRONG = "DE-8AA-CA2B3C4D5-L", "DE-8AA-CA2B3C4D5-X"


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def shown(answer) -> list[str]:
    return [str(row.object) for row in answer.context["table"].rows]


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


# --- Id tokens ----------------------------------------------------------------------------------------------------
@pytest.fixture
def cards(organisation):
    past = timezone.now() - timedelta(days=1)
    contract = factories.contract(organisation, "DEABCC00000001")
    group = factories.token_group(organisation)
    factories.token(organisation, "AAA1", holder="Ida Horn", contract=contract)
    factories.token(organisation, "BBB2", label="Pool car", group=group)
    factories.token(organisation, "ccc3", status=TokenStatus.BLOCKED)
    factories.token(organisation, "DDD4", expires_at=past)
    return group


@pytest.mark.parametrize(
    "query, wanted",
    [
        ({}, ["AAA1", "BBB2", "ccc3", "DDD4"]),
        ({"sort": "-token"}, ["DDD4", "ccc3", "BBB2", "AAA1"]),
        ({"q": "horn"}, ["AAA1"]),
        ({"q": "pool"}, ["BBB2"]),
        ({"status": "blocked"}, ["ccc3"]),
        ({"expired": "true"}, ["DDD4"]),
        ({"expired": "false"}, ["AAA1", "BBB2", "ccc3"]),
        ({"contract": "de-abc-c0000"}, ["AAA1"]),
        ({"q": "\0"}, ["AAA1", "BBB2", "ccc3", "DDD4"]),
    ],
)
def test_tokens_are_listed_and_filtered(page, cards, query, wanted):
    assert shown(page.get("/id-tokens/", query)) == wanted


def test_tokens_are_filtered_by_group(page, cards):
    assert shown(page.get("/id-tokens/", {"group": cards.pk})) == ["BBB2"]


def test_tokens_of_others_are_not_seen(page, other_organisation):
    theirs = factories.token(other_organisation)
    assert shown(page.get("/id-tokens/")) == []
    for address in ("", "block/", "unblock/"):
        assert page.post(f"/id-tokens/{theirs.pk}/{address}").status_code == 404


def test_a_token_is_created_with_contract_and_group(page, organisation):
    contract = factories.contract(organisation, "DEABCC00000001")
    group = factories.token_group(organisation)
    fields = {"token": " 04ab ", "kind": "rfid", "contract": "DE-ABC-C00000001", "group": group.pk}
    assert page.post("/id-tokens/create/", fields).status_code == 302
    made = IdToken.objects.get()
    assert (made.token, made.contract, made.group) == ("04ab", contract, group)
    assert AuditEntry.objects.filter(action="charging.token_created").exists()


@pytest.mark.parametrize(
    "fields, wrong",
    [
        ({"token": "", "kind": "rfid"}, "token"),
        ({"token": "ä", "kind": "rfid"}, "token"),
        ({"token": "X" * 21, "kind": "rfid"}, "token"),
        ({"token": "NEW", "kind": "magic"}, "kind"),
        ({"token": "NEW", "kind": "rfid", "contract": "DE-XXX-C00000009"}, "contract"),
        ({"token": "NEW", "kind": "rfid", "group": "99999"}, "group"),
        ({"token": "NEW", "kind": "rfid", "expires_at": "soon"}, "expires_at"),
        ({"token": "taken", "kind": "rfid"}, "__all__"),
    ],
)
def test_a_wrong_token_says_why_and_loses_nothing(page, organisation, fields, wrong):
    factories.token(organisation, "TAKEN")
    answer = page.post("/id-tokens/create/", {"label": "Keep me", **fields})
    assert answer.status_code == 422
    assert wrong in answer.context["form"].errors
    assert "Keep me" in answer.content.decode()
    assert IdToken.objects.count() == 1


def test_a_token_is_changed(page, organisation):
    card = factories.token(organisation, "AAA1", contract=factories.contract(organisation))
    fields = {"token": "AAA1", "kind": "vehicle", "holder": "Ida", "expires_at": "2030-01-01T12:00"}
    page.post(f"/id-tokens/{card.pk}/", fields)
    card.refresh_from_db()
    assert (card.kind, card.holder, card.contract) == ("vehicle", "Ida", None)
    assert card.expires_at.isoformat() == "2030-01-01T11:00:00+00:00"


def test_a_token_is_blocked_and_unblocked_from_its_row(page, organisation):
    card = factories.token(organisation, "AAA1")
    answer = page.post(f"/id-tokens/{card.pk}/block/?q=aaa")
    assert answer["Location"] == "/id-tokens/?q=aaa"
    card.refresh_from_db()
    assert card.status == TokenStatus.BLOCKED
    page.post(f"/id-tokens/{card.pk}/unblock/")
    card.refresh_from_db()
    assert card.status == TokenStatus.ACTIVE


def test_who_may_only_see_is_offered_no_change(organisation):
    card = factories.token(organisation, "AAA1")
    client = Client()
    client.force_login(factories.member(organisation, VIEW_TOKENS))
    answer = client.get("/id-tokens/").content.decode()
    assert "AAA1" in answer
    assert f"/id-tokens/{card.pk}/" not in answer
    assert "/id-tokens/create/" not in answer


def test_tokens_and_contracts_are_suggested_while_typing(page, organisation):
    factories.token(organisation, "04A1B2", holder="Ida Horn")
    factories.contract(organisation, "DEABCC00000001", holder="Fleet Ltd")
    assert "04A1B2" in page.get("/id-tokens/suggestions/", {"id_tag": "horn"}).content.decode()
    assert "DEABCC00000001" in page.get("/contracts/suggestions/", {"contract": "fleet"}).content.decode()
    assert "04A1B2" not in page.get("/id-tokens/suggestions/", {"id_tag": "h"}).content.decode()


def test_lists_take_few_queries(page, organisation, django_assert_max_num_queries):
    for _number in range(30):
        factories.token(organisation, contract=factories.contract(organisation))
    for url in ("/id-tokens/", "/contracts/", "/token-groups/"):
        page.get(url)
        with django_assert_max_num_queries(13):
            page.get(url)


# --- Groups of tokens ---------------------------------------------------------------------------------------------
def test_a_group_is_created_and_leads_to_its_tokens(page, organisation):
    page.post("/token-groups/create/", {"parent_id": "FAMILY1", "name": "Family"})
    group = TokenGroup.objects.get()
    factories.token(organisation, group=group)
    assert f"/id-tokens/?group={group.pk}" in page.get("/token-groups/").content.decode()


def test_a_group_twice_is_refused(page, organisation):
    factories.token_group(organisation, "FAMILY1")
    answer = page.post("/token-groups/create/", {"parent_id": "family1"})
    assert answer.status_code == 422


# --- Contracts ----------------------------------------------------------------------------------------------------
def test_a_wrong_check_digit_is_remarked_upon_not_refused(page, organisation):
    answer = page.post("/contracts/create/", {"emaid": WRONG, "holder": "Fleet"}, follow=True)
    assert Contract.objects.get().emaid == WRONG
    assert "check digit should be" in told(answer)
    assert "check digit should be" in answer.content.decode()


def test_a_right_check_digit_needs_no_remark(page, organisation):
    answer = page.post("/contracts/create/", {"emaid": RIGHT.lower()}, follow=True)
    assert Contract.objects.get().emaid == RIGHT
    assert "check digit" not in answer.content.decode()


@pytest.mark.parametrize("emaid", ["", "nonsense", "deabc-c0000000 1", "DEABCC00000001"])
def test_a_wrong_emaid_is_refused_and_kept_in_the_form(page, organisation, emaid):
    factories.contract(organisation, "DEABCC00000001")
    answer = page.post("/contracts/create/", {"emaid": emaid, "holder": "Keep me"})
    assert answer.status_code == 422
    assert "Keep me" in answer.content.decode()


def test_a_contract_is_changed_blocked_and_unblocked(page, organisation):
    contract = factories.contract(organisation, "DEABCC00000001")
    page.post(f"/contracts/{contract.pk}/", {"emaid": contract.emaid, "holder": "Fleet Ltd"})
    page.post(f"/contracts/{contract.pk}/block/")
    contract.refresh_from_db()
    assert (contract.holder, contract.status) == ("Fleet Ltd", "blocked")
    page.post(f"/contracts/{contract.pk}/unblock/")
    contract.refresh_from_db()
    assert contract.status == "active"


def test_contracts_are_found_however_they_are_written(page, organisation, other_organisation):
    factories.contract(organisation, "DEABCC00000001", holder="Fleet Ltd")
    factories.contract(organisation, "DEABCC00000002")
    factories.contract(other_organisation, "DEABCC00000003")
    assert shown(page.get("/contracts/", {"q": "de*abc-c00000001"})) == ["DEABCC00000001"]
    assert shown(page.get("/contracts/", {"q": "fleet"})) == ["DEABCC00000001"]
    assert len(shown(page.get("/contracts/"))) == 2
