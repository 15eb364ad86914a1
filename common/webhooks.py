"""What webhooks can tell of: each app lists its own events in `webhooks.py` as the tuple `WEBHOOK_EVENTS`."""

from dataclasses import dataclass

from common.declarations import declared
from common.rights import Text


@dataclass(frozen=True)
class WebhookEvent:
    """`name` is what a body says, e.g. `session.ended`. One that cannot be `chosen` is sent only when a person asks."""

    name: str
    label: Text
    chosen: bool = True


def all_events() -> tuple[WebhookEvent, ...]:
    return declared("webhooks", "WEBHOOK_EVENTS")


def label_of(name: str) -> Text:
    """The event's label; its name where no version declares it any more."""
    return next((event.label for event in all_events() if event.name == name), name)
