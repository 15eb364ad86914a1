"""What the chargeports app writes into a station's history."""

from django.utils.translation import gettext_lazy as _

from stations.history import HistoryEvent

# A port by its number, the whole station by 0.
_PLACES = {"0": _("the whole station")}

LOCKED = HistoryEvent("chargeports.locked", _("Locked permanently. Charge port: %(port)s."), _PLACES)
UNLOCKED = HistoryEvent("chargeports.unlocked", _("Unlocked permanently. Charge port: %(port)s."), _PLACES)
WINDOW_OPENED = HistoryEvent(
    "chargeports.window_opened", _("A maintenance window began. Charge port: %(port)s. %(comment)s"), _PLACES
)
WINDOW_CLOSED = HistoryEvent(
    "chargeports.window_closed", _("A maintenance window ended. Charge port: %(port)s. %(comment)s"), _PLACES
)

HISTORY_EVENTS = (LOCKED, UNLOCKED, WINDOW_OPENED, WINDOW_CLOSED)
