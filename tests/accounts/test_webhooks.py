"""Webhooks: who is told, how it is signed and sent, what happens when nobody answers."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts import services
from accounts.choices import DeliveryState
from accounts.models import AuditEntry, WebhookDelivery, WebhookTarget
from accounts.services import News, webhook_delivery
from accounts.services.webhook_events import tell_target
from common.actor import SYSTEM
from common.errors import Refused
from common.webhooks import WebhookEvent
from tests.accounts.receiver import Receiver, running_receiver

STATUS = WebhookEvent("port.status", "Status")
ENDED = WebhookEvent("session.ended", "Session ends")


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    with running_receiver() as running:
        yield running


@pytest.fixture
def made(organisation, receiver) -> tuple[WebhookTarget, str]:
    with scope(organisation=organisation):
        return services.create_target(SYSTEM, organisation, "Billing", receiver.url, ["port.status"])


@pytest.fixture
def target(made) -> WebhookTarget:
    return made[0]


def tell(organisation, event=STATUS, count=1) -> None:
    now = timezone.now()
    services.tell(event, [News(organisation.pk, now, f"CP-{n}", {"number": n}) for n in range(count)])


def deliver(after: timedelta = timedelta(0)) -> None:
    with scopes_disabled():
        webhook_delivery.deliver(timezone.now() + after)


def deliveries() -> list[WebhookDelivery]:
    with scopes_disabled():
        return list(WebhookDelivery.objects.order_by("pk"))


def reread(target: WebhookTarget) -> WebhookTarget:
    with scopes_disabled():
        return WebhookTarget.objects.get(pk=target.pk)


def due_now(**fields) -> None:
    """As if the pause were over."""
    with scopes_disabled():
        WebhookTarget.objects.update(retry_at=None)
        WebhookDelivery.objects.filter(state=DeliveryState.WAITING).update(due_at=timezone.now(), **fields)


# --- What is sent -------------------------------------------------------------------------------------------------
def test_the_signature_proves_sender_time_and_body(made, receiver, organisation):
    tell(organisation)
    deliver()
    [got] = receiver.got
    signed = b".".join([got.headers["Webhook-Id"].encode(), got.headers["Webhook-Timestamp"].encode(), got.body])
    key = base64.b64decode(made[1].removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert got.headers["Webhook-Signature"] == f"v1,{wanted}"
    assert abs(int(got.headers["Webhook-Timestamp"]) - timezone.now().timestamp()) < 300
    body = json.loads(got.body)
    assert (body["type"], body["data"], body["id"]) == ("port.status", {"number": 0}, got.headers["Webhook-Id"])
    assert (got.path, got.headers["Host"]) == ("/hook", receiver.url.split("/")[2])
    [delivery] = deliveries()
    assert (delivery.state, delivery.status_code, delivery.tries) == (DeliveryState.DELIVERED, 204, 1)
    assert reread(made[0]).delivered_at is not None


def test_only_who_listens_is_told(target, organisation, other_organisation, django_assert_num_queries):
    tell(organisation, ENDED)
    tell(other_organisation)
    assert not deliveries()
    assert services.listeners(STATUS) == {organisation.pk}
    with django_assert_num_queries(0):
        assert services.listeners(ENDED) == frozenset()


def test_many_events_are_one_statement(target, organisation, django_assert_num_queries):
    with django_assert_num_queries(1):
        tell(organisation, count=200)
    assert [one.subject for one in deliveries()] == [f"CP-{n}" for n in range(200)]


def test_order_is_kept(target, organisation, receiver):
    tell(organisation, count=5)
    deliver()
    assert [json.loads(got.body)["data"]["number"] for got in receiver.got] == [0, 1, 2, 3, 4]


def test_a_target_is_served_by_one_at_a_time(target, organisation, receiver):
    tell(organisation)
    with scopes_disabled():
        held = webhook_delivery._claim(timezone.now())
        assert held
        assert not webhook_delivery.deliver(timezone.now())
        assert not receiver.got
        webhook_delivery._release(held[0])
    deliver(timedelta(seconds=1))
    assert len(receiver.got) == 1


def test_who_lost_the_target_sends_no_more(target, organisation):
    tell(organisation)
    with scopes_disabled():
        [late] = webhook_delivery._claim(timezone.now())
        webhook_delivery._claim(timezone.now() + timedelta(hours=1))
        assert webhook_delivery._next(late) is None


# --- What goes wrong ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [500, 503, 429, 0])
def test_a_target_that_is_down_pauses_and_keeps_its_order(target, organisation, receiver, status):
    receiver.answer(status)
    tell(organisation, count=2)
    deliver()
    assert len(receiver.got) == 1
    failing = reread(target)
    assert failing.problem
    assert failing.failing_since
    assert timedelta(seconds=5) < failing.retry_at - timezone.now() <= timedelta(seconds=10)
    deliver()
    assert len(receiver.got) == 1
    due_now()
    deliver()
    assert [json.loads(got.body)["data"]["number"] for got in receiver.got] == [0, 0, 1]
    assert receiver.got[0].headers["Webhook-Id"] == receiver.got[1].headers["Webhook-Id"]
    well = reread(target)
    assert (well.failures, well.failing_since, well.problem) == (0, None, "")


def test_pauses_grow_and_end():
    pauses = [webhook_delivery.back_off(tries) for tries in range(1, 12)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=10)
    assert pauses[-1] == timedelta(hours=1)


def test_one_refused_delivery_lets_the_others_pass(target, organisation, receiver):
    receiver.answer(422, {}, b"unknown station")
    tell(organisation, count=2)
    deliver()
    refused, passed = deliveries()
    assert (refused.state, refused.status_code, refused.answer) == (DeliveryState.WAITING, 422, "unknown station")
    assert passed.state == DeliveryState.DELIVERED
    assert refused.due_at > timezone.now()


def test_what_was_tried_too_long_is_given_up(target, organisation, receiver):
    receiver.answer(500)
    tell(organisation, count=2)
    due_now(give_up_at=timezone.now())
    deliver()
    with scopes_disabled():
        assert webhook_delivery.give_up(timezone.now()) == 1
    tried, waited = deliveries()
    assert {tried.state, waited.state} == {DeliveryState.GIVEN_UP}
    assert "500" in tried.problem
    assert waited.problem
    assert waited.tries == 0


def test_a_dead_target_blocks_no_other(target, organisation, receiver):
    with scope(organisation=organisation):
        services.create_target(SYSTEM, organisation, "Dead", "http://127.0.0.1:1/", ["port.status"])
    tell(organisation)
    deliver()
    assert len(receiver.got) == 1
    assert sorted(one.state for one in deliveries()) == [DeliveryState.DELIVERED, DeliveryState.WAITING]


def test_redirects_are_not_followed(target, organisation, receiver):
    receiver.answer(302, {"Location": receiver.url})
    tell(organisation)
    deliver()
    [delivery] = deliveries()
    assert len(receiver.got) == 1
    assert (delivery.status_code, delivery.state) == (302, DeliveryState.WAITING)


def test_answers_are_cut(target, organisation, receiver):
    receiver.answer(200, {}, b"\x00\xff" * 100_000)
    tell(organisation)
    deliver()
    [delivery] = deliveries()
    assert delivery.state == DeliveryState.DELIVERED
    assert 0 < len(delivery.answer) <= 2_048


def test_the_address_is_judged_at_every_delivery(target, organisation, receiver, settings):
    """A name that leads into a private network by now gets nothing."""
    settings.WEBHOOK_NETWORKS = []
    tell(organisation)
    deliver()
    assert not receiver.got
    [delivery] = deliveries()
    assert "127.0.0.1" in delivery.problem


def test_old_deliveries_go(target, organisation, settings):
    tell(organisation, count=2)
    with scopes_disabled():
        oldest = WebhookDelivery.objects.order_by("pk").first()
        long_ago = timezone.now() - timedelta(days=settings.WEBHOOK_DAYS + 1)
        WebhookDelivery.objects.filter(pk=oldest.pk).update(created_at=long_ago)
        assert webhook_delivery.prune(timezone.now()) == 1
    assert [one.subject for one in deliveries()] == ["CP-1"]


# --- What people do -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://169.254.169.254/latest/",
        "http://93.184.215.14/",
        "ftp://93.184.215.14/",
        "https://user:secret@93.184.215.14/",
        "https://93.184.215.14:99999/",
        "https:///",
        "javascript:alert(1)",
    ],
)
def test_addresses_that_are_refused(organisation, url):
    with scope(organisation=organisation), pytest.raises(ValidationError) as refused:
        services.create_target(SYSTEM, organisation, "Wrong", url, ["port.status"])
    assert "url" in refused.value.message_dict


def test_names_and_events_are_checked(organisation, target, receiver):
    with scope(organisation=organisation):
        for name, event in (("billing", "port.status"), ("New", "no.such"), ("New", "webhook.test")):
            with pytest.raises(ValidationError):
                services.create_target(SYSTEM, organisation, name, receiver.url, [event])


def test_the_secret_is_kept_sealed_and_can_be_renewed(made, organisation, receiver):
    target, secret = made
    with scope(organisation=organisation):
        renewed = services.renew_secret(SYSTEM, target)
    kept = str(reread(target).__dict__) + str(list(AuditEntry.objects.values()))
    assert secret not in kept
    assert renewed not in kept
    assert renewed != secret


def test_a_test_goes_out_although_nothing_listens_to_it(made, organisation, receiver):
    with scope(organisation=organisation):
        services.send_test(SYSTEM, made[0])
    deliver()
    assert json.loads(receiver.got[0].body)["type"] == "webhook.test"


def test_a_delivery_is_sent_again_under_its_id(target, organisation, receiver):
    tell(organisation)
    deliver()
    with scope(organisation=organisation):
        delivery = WebhookDelivery.objects.select_related("target").get()
        services.send_again(SYSTEM, delivery)
        with pytest.raises(Refused):
            services.send_again(SYSTEM, delivery)
    deliver(timedelta(seconds=1))
    first, again = receiver.got
    assert first.headers["Webhook-Id"] == again.headers["Webhook-Id"]
    assert first.body == again.body


def test_switched_off_is_told_nothing(target, organisation, receiver):
    with scope(organisation=organisation):
        services.change_target(SYSTEM, target, target.name, target.url, target.events, False)
        tell(organisation)
        with pytest.raises(Refused):
            services.send_test(SYSTEM, target)
    deliver()
    assert not receiver.got


def test_test_events_reach_only_their_target(target, organisation, receiver):
    with scope(organisation=organisation):
        services.create_target(SYSTEM, organisation, "Second", receiver.url, ["port.status"])
    tell_target(STATUS, target, News(organisation.pk, timezone.now(), "", {}))
    assert [one.target_id for one in deliveries()] == [target.pk]
