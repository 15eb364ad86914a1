"""Webhooks: the targets, what was delivered to them, and what a person does about it."""

import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import services
from accounts.choices import DeliveryState
from accounts.filters import DeliveryFilter
from accounts.forms import WebhookForm
from accounts.models import WebhookDelivery, WebhookTarget
from accounts.rights import CHANGE_WEBHOOKS, VIEW_WEBHOOKS
from accounts.tables import DELIVERIES, WEBHOOKS
from common.access import Access, access_of
from common.confirming import ConfirmForm, confirm
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.live import by_pk
from common.views import page

_COUNTED = 1_000


# --- Targets ------------------------------------------------------------------------------------------------------
@page(VIEW_WEBHOOKS)
def webhooks(request: HttpRequest) -> HttpResponseBase:
    table = WEBHOOKS.bind(request, WebhookTarget.objects.all())
    context = {"table": table, "organisation": access_of(request).organisation}
    return table.response() or render(request, "accounts/webhooks.html", context)


@page(CHANGE_WEBHOOKS)
@never_cache
def create_webhook(request: HttpRequest) -> HttpResponseBase:
    """The answer to the form is the only page that ever shows the secret."""
    access = access_of(request)
    form = WebhookForm(posted(request))
    made: list[str] = []

    def create() -> None:
        made.append(services.create_target(access.actor, access.organisation, **form.cleaned_data)[1])

    if form.is_valid() and fits(form, create):
        return _show_secret(request, form.cleaned_data["name"], made[0])
    return form_page(request, form, title=_("New webhook"), submit=_("Create"), back=reverse("webhooks"))


@page(CHANGE_WEBHOOKS)
def edit_webhook(request: HttpRequest, pk: int) -> HttpResponseBase:
    target = get_object_or_404(WebhookTarget, pk=pk)
    initial = {"name": target.name, "url": target.url, "events": target.events, "active": target.active}
    form = WebhookForm(posted(request), initial=initial)
    if form.is_valid() and fits(form, services.change_target, access_of(request).actor, target, **form.cleaned_data):
        return done(request, reverse("webhooks"))
    title = _("Webhook %(name)s") % {"name": initial["name"]}
    return form_page(request, form, title=title, submit=_("Save"), back=reverse("webhooks"))


@page(CHANGE_WEBHOOKS)
@never_cache
def renew_secret(request: HttpRequest, pk: int) -> HttpResponseBase:
    target = get_object_or_404(WebhookTarget, pk=pk)
    form = ConfirmForm(posted(request))
    if form.is_valid():
        return _show_secret(request, target.name, services.renew_secret(access_of(request).actor, target))
    return form_page(
        request,
        form,
        title=_("Renew the secret of “%(name)s”?") % {"name": target},
        submit=_("Renew"),
        back=reverse("webhooks"),
        warning=_("The secret of now signs nothing any more. What the receiver refuses meanwhile is tried again."),
        danger=True,
    )


def _show_secret(request: HttpRequest, name: str, secret: str) -> HttpResponseBase:
    return render(request, "accounts/webhook_secret.html", {"name": name, "secret": secret})


@page(CHANGE_WEBHOOKS)
@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponseBase:
    target = get_object_or_404(WebhookTarget, pk=pk)
    if attempt(request, _("A test is on its way."), services.send_test, access_of(request).actor, target):
        return redirect("webhook-delivery", target.deliveries.latest("pk").pk)
    return redirect("webhooks")


@page(CHANGE_WEBHOOKS)
def delete_webhook(request: HttpRequest, pk: int) -> HttpResponseBase:
    target = get_object_or_404(WebhookTarget, pk=pk)
    return confirm(
        request,
        services.delete_target,
        target,
        title=_("Delete the webhook “%(name)s”?") % {"name": target},
        submit=_("Delete"),
        back=reverse("webhooks"),
        warning=_("Its deliveries go with it; what waits is not sent."),
        danger=True,
    )


# --- Deliveries ---------------------------------------------------------------------------------------------------
@page(VIEW_WEBHOOKS)
def deliveries(request: HttpRequest) -> HttpResponseBase:
    found = WebhookDelivery.objects.select_related("target").defer("body", "request", "answer")
    filters = DeliveryFilter(request.GET, found, request=request)
    table = DELIVERIES.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "organisation": access_of(request).organisation}
    return table.response() or render(request, "accounts/webhook_deliveries.html", context)


@page(VIEW_WEBHOOKS)
def delivery(request: HttpRequest, pk: int) -> HttpResponseBase:
    found: WebhookDelivery = get_object_or_404(WebhookDelivery.objects.select_related("target"), pk=pk)
    return render(request, "accounts/webhook_delivery.html", {"delivery": found})


@page(CHANGE_WEBHOOKS)
@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    found: WebhookDelivery = get_object_or_404(WebhookDelivery.objects.select_related("target"), pk=pk)
    attempt(request, _("The delivery is on its way again."), services.send_again, access_of(request).actor, found)
    return redirect("webhook-delivery", found.pk)


# --- Live parts ---------------------------------------------------------------------------------------------------
def webhooks_now(access: Access, organisation: Any) -> dict[str, Any]:
    """How many wait, and how many were given up within a day; both counted up to a bound."""
    mine = WebhookDelivery.objects.order_by()
    today = timezone.now() - timedelta(days=1)
    return {
        "waiting": mine.filter(state=DeliveryState.WAITING)[:_COUNTED].count(),
        "given_up": mine.filter(state=DeliveryState.GIVEN_UP, created_at__gte=today)[:_COUNTED].count(),
        "newest": mine.order_by("-pk").values_list("pk", flat=True).first(),
    }


def load_delivery(access: Access, key: str) -> WebhookDelivery | None:
    found = WebhookDelivery.objects.select_related("target")
    return by_pk(found, key)


def delivery_itself(access: Access, delivery: WebhookDelivery) -> dict[str, Any]:
    return {"delivery": delivery, "body": json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False)}
