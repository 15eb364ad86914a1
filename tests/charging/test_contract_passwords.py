"""Passwords of contracts: the customer chooses one by a link that works once; nobody else ever sees it."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django_scopes import scope

from accounts.models import AuditEntry
from charging.models import Contract
from cpms.celery import app
from tests import factories

WORDS = {"password": "harbour lantern seven", "repeated": "harbour lantern seven"}


@pytest.fixture(autouse=True)
def _tasks_at_once():
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def contract(organisation):
    with scope(organisation=organisation):
        return factories.contract(organisation, email="ida@customer.example")


@pytest.fixture
def ask(client, owner, contract, django_capture_on_commit_callbacks):
    client.force_login(owner)

    def asked() -> str:
        with django_capture_on_commit_callbacks(execute=True):
            client.post(f"/contracts/{contract.pk}/password-link/")
        found = re.search(r"https?://\S+", mail.outbox[-1].body)
        assert found
        return found[0].removeprefix(settings.PUBLIC_URL)

    return asked


def stored(contract) -> str:
    with scope(organisation=contract.organisation):
        return Contract.objects.get(pk=contract.pk).password


def test_the_customer_chooses_a_password_once(ask, contract):
    link, customer = ask(), Client()
    assert mail.outbox[-1].to == ["ida@customer.example"]
    assert customer.post(link, WORDS).status_code == 200
    password = stored(contract)
    assert password
    assert WORDS["password"] not in password
    assert customer.post(link, {"password": "another secret 12", "repeated": "another secret 12"}).status_code == 404
    assert stored(contract) == password
    assert not any("harbour" in str(entry.after) for entry in AuditEntry.objects.all())


def test_a_newer_link_makes_the_older_one_void(ask, contract):
    older, newer = ask(), ask()
    assert Client().get(older).status_code == 404
    assert Client().get(newer).status_code == 200


@pytest.mark.parametrize(
    "given, field",
    [({"password": "short", "repeated": "short"}, "password"), ({**WORDS, "repeated": "something else 1"}, "repeated")],
)
def test_what_is_no_password_is_not_set(ask, contract, given, field):
    answer = Client().post(ask(), given)
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {field})
    assert stored(contract) == ""


def test_a_link_that_somebody_made_up_leads_nowhere(contract):
    assert Client().get("/contracts/password/abc:def/").status_code == 404


def test_without_an_address_no_link_is_sent(client, owner, organisation):
    with scope(organisation=organisation):
        contract = factories.contract(organisation)
    client.force_login(owner)
    assert "enter it first" in client.post(f"/contracts/{contract.pk}/password-link/", follow=True).content.decode()
    assert not mail.outbox
