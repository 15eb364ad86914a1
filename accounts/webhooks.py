"""What webhooks can be told of by the accounts app itself: a test."""

from django.utils.translation import gettext_lazy as _

from common.webhooks import WebhookEvent

TEST = WebhookEvent("webhook.test", _("Test"), chosen=False)

WEBHOOK_EVENTS = (TEST,)
