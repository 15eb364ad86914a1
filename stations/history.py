"""The system events of a station's history: what the portal noticed, as sentences in the reader's language.

Every app declares its own as `HISTORY_EVENTS` in its `history.py` and hands them to `stations.services.record_event`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.declarations import declared
from common.rights import Text
from stations.choices import LifeCycle

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d)", re.ASCII)


@dataclass(frozen=True)
class HistoryEvent:
    """`code` is `<app>.<what happened>`; `sentence` may name values, as `%(before)s`, that are kept with the event.

    `words` gives, for a value that is a code, the label of each code.
    """

    code: str
    sentence: Text
    words: Mapping[str, Text] | None = None


CREATED = HistoryEvent("stations.created", _("The station was created."))
ADOPTED = HistoryEvent("stations.adopted", _("The charger called and was adopted."))
LIFE_CYCLE_CHANGED = HistoryEvent(
    "stations.life_cycle_changed",
    _("The life cycle changed from “%(before)s” to “%(after)s”."),
    {stage.value: stage.label for stage in LifeCycle},
)
FIRMWARE_CHANGED = HistoryEvent(
    "stations.firmware_changed", _("The charger reports firmware %(after)s; before it was %(before)s.")
)
OTHER_HARDWARE = HistoryEvent("stations.other_hardware", _("Another device answered under this station id: %(what)s"))
HARDWARE_CONFIRMED = HistoryEvent("stations.hardware_confirmed", _("The other device was confirmed as the right one."))
PACKAGE_BOOKED = HistoryEvent("stations.package_booked", _("%(package)s was activated from %(since)s on."))
PACKAGE_CHANGED = HistoryEvent(
    "stations.package_changed", _("%(package)s was changed: it is active from %(since)s to %(until)s.")
)
COMPONENT_INSTALLED = HistoryEvent("stations.component_installed", _("Component installed: %(what)s"))
COMPONENT_REMOVED = HistoryEvent("stations.component_removed", _("Component removed: %(what)s"))
COMPONENT_REPLACED = HistoryEvent("stations.component_replaced", _("Component replaced: %(old)s by %(new)s"))

HISTORY_EVENTS = (
    COMPONENT_INSTALLED,
    COMPONENT_REMOVED,
    COMPONENT_REPLACED,
    CREATED,
    ADOPTED,
    LIFE_CYCLE_CHANGED,
    FIRMWARE_CHANGED,
    OTHER_HARDWARE,
    HARDWARE_CONFIRMED,
    PACKAGE_BOOKED,
    PACKAGE_CHANGED,
)


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """The event in words; its code where no version declares it any more."""
    event = next((one for one in declared("history", "HISTORY_EVENTS") if one.code == code), None)
    return _filled(event, values) if event else code


def _filled(event: HistoryEvent, values: Mapping[str, Any]) -> str:
    words = event.words or {}
    try:
        return str(event.sentence) % {name: words.get(value, _shown(value)) for name, value in values.items()}
    except KeyError:
        return str(event.sentence)


def _shown(value: Any) -> Any:
    """Days are kept as ISO 8601 and shown as the reader writes them."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date_format(date.fromisoformat(value), "DATE_FORMAT")
    return value
