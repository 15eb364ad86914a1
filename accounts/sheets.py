"""What the accounts app adds to pages: background jobs and the deliveries of webhooks, live."""

from accounts.rights import VIEW_WEBHOOKS
from accounts.services.webhook_delivery import webhook_topics
from accounts.views import jobs, webhooks
from common.live import Fragment, load_organisation

FRAGMENTS = (
    *jobs.fragments(),
    Fragment(
        "accounts.webhooks-now",
        VIEW_WEBHOOKS,
        lambda organisation: webhook_topics(organisation.pk),
        load_organisation,
        "accounts/webhooks_now.html",
        webhooks.webhooks_now,
        pause_s=2,
    ),
    Fragment(
        "accounts.webhook-delivery",
        VIEW_WEBHOOKS,
        lambda delivery: webhook_topics(delivery.organisation_id),
        webhooks.load_delivery,
        "accounts/delivery_card.html",
        webhooks.delivery_itself,
    ),
)
