"""The pages of webhooks: what people see and do."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from accounts import services
from accounts.models import AuditEntry, WebhookDelivery, WebhookTarget
from accounts.services import News
from accounts.webhooks import TEST
from common.actor import SYSTEM
from common.webhooks import WebhookEvent

FORM = {"name": "Billing", "url": "https://93.184.215.14/in", "events": ["port.status", "error.opened"], "active": "on"}


@pytest.fixture
def target(organisation) -> WebhookTarget:
    with scope(organisation=organisation):
        return services.create_target(SYSTEM, organisation, "Billing", FORM["url"], FORM["events"])[0]


@pytest.fixture
def delivery(organisation, target) -> WebhookDelivery:
    news = News(organisation.pk, timezone.now(), "CP-7", {"note": "<b>bold</b>"})
    services.tell(WebhookEvent("port.status", ""), [news])
    with scope(organisation=organisation):
        return WebhookDelivery.objects.get()


def test_a_webhook_is_made_and_its_secret_shown_once(client, owner, organisation):
    client.force_login(owner)
    shown = client.post(reverse("webhook-create"), FORM)
    assert b"whsec_" in shown.content
    assert "no-store" in shown["Cache-Control"]
    listed = client.get(reverse("webhooks")).content.decode()
    assert FORM["url"] in listed
    assert "whsec_" not in listed
    assert AuditEntry.objects.filter(action="accounts.webhook_created").exists()


def test_a_private_address_is_refused_beside_its_field_and_nothing_is_lost(client, owner):
    client.force_login(owner)
    answer = client.post(reverse("webhook-create"), {**FORM, "url": "https://10.0.0.7/in"})
    assert answer.status_code == 422
    assert "private network" in str(answer.context["form"].errors["url"])
    assert 'value="Billing"' in answer.content.decode()


def test_the_secret_is_renewed_after_a_question(client, owner, target, organisation):
    client.force_login(owner)
    before = target.secret
    assert client.get(reverse("webhook-renew", args=[target.pk])).status_code == 200
    assert b"whsec_" in client.post(reverse("webhook-renew", args=[target.pk]), {"confirmed": "1"}).content
    with scope(organisation=organisation):
        assert WebhookTarget.objects.get().secret != before


def test_a_test_leads_to_its_delivery(client, owner, target):
    client.force_login(owner)
    page = client.post(reverse("webhook-test", args=[target.pk]), follow=True)
    assert TEST.name in page.content.decode()


def test_changes_are_kept_and_recorded(client, owner, target, organisation):
    client.force_login(owner)
    client.post(reverse("webhook-edit", args=[target.pk]), {**FORM, "events": ["session.ended"], "active": ""})
    with scope(organisation=organisation):
        changed = WebhookTarget.objects.get()
    assert (changed.events, changed.active) == (["session.ended"], False)
    assert AuditEntry.objects.get(action="accounts.webhook_changed").after["events"] == ["session.ended"]


def test_a_deleted_webhook_takes_its_deliveries_along(client, owner, target, delivery, organisation):
    client.force_login(owner)
    client.post(reverse("webhook-delete", args=[target.pk]), {"confirmed": "1"})
    with scope(organisation=organisation):
        assert not WebhookTarget.objects.exists()
        assert not WebhookDelivery.objects.exists()


def test_deliveries_are_listed_filtered_and_looked_at(client, owner, delivery, django_assert_max_num_queries):
    client.force_login(owner)
    client.get(reverse("webhooks"))
    with django_assert_max_num_queries(12):
        listed = client.get(reverse("webhook-deliveries"), {"subject": "CP-7", "state": "waiting"})
    assert "CP-7" in listed.content.decode()
    assert "CP-7" not in client.get(reverse("webhook-deliveries"), {"state": "given_up"}).content.decode()
    page = client.get(reverse("webhook-delivery", args=[delivery.pk])).content.decode()
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page
