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

CERTIFICATE_REFUSED = HistoryEvent(
    "chargeports.certificate_refused",
    _("The station asked for a certificate and got none; the tab Security says why."),
)
CERTIFICATE_REVOKED = HistoryEvent(
    "chargeports.certificate_revoked", _("The station's certificate %(serial_number)s was revoked. %(reason)s")
)

HISTORY_EVENTS = (LOCKED, UNLOCKED, WINDOW_OPENED, WINDOW_CLOSED, CERTIFICATE_REFUSED, CERTIFICATE_REVOKED)
