"""The charger's own words for the outcome of a command (OCPP 1.6 §7), explained."""

import re

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.rights import Text

_MEANINGS: dict[str, Text] = {
    "Scheduled": _("The station does it as soon as the running session has ended."),
    "RebootRequired": _("The station took the value; it counts after a restart."),
    "NotSupported": _("The station does not know this."),
    "NotImplemented": _("The station does not know this kind of message."),
    "Occupied": _("A car stands there, or the charge port is reserved for somebody else."),
    "UnlockFailed": _("The plug could not be released: somebody has to look on site."),
    "UnknownVendorId": _("The station does not know this vendor id."),
    "UnknownMessageId": _("The station does not know this message id."),
    "No answer": _("Whether the station did it is not known: look at its status before you ask again."),
    "Connection lost before the answer": _(
        "Whether the station did it is not known: look at its status before you ask again."
    ),
    "Connection closed": _("The station cut the connection to restart, without an answer."),
    "Malformed answer": _("The station's answer did not follow OCPP; it stands under the answer as it came."),
    "Local list not supported": _(
        "It lacks the feature, or the list is switched off: see LocalAuthListEnabled in the tab Settings."
    ),
    "VersionMismatch": _("The station says that the list it has is as new, or newer."),
    "Not sent": _("The station's boot was accepted already: asking for it again confuses some chargers."),
}

# What the portal itself writes where a charger said nothing of its own.
_OURS: dict[str, Text] = {
    "No answer": _("No answer"),
    "Connection lost before the answer": _("Connection lost before the answer"),
    "Connection closed": _("Connection closed"),
    "Malformed answer": _("Malformed answer"),
    "Local list not supported": _("The station has no local list of tokens"),
    "Up to date": _("The list was up to date"),
    "Sent and verified": _("Sent and verified"),
    "Sent, but the station tells another version": _("Sent, but the station tells another version"),
    "No certificates": _("No certificates of this use"),
    "Nothing to send": _("The station has nothing to send"),
    "No way of transferring files in common": _(
        "The station and the portal have no way of transferring files in common"
    ),
    "Not sent: chargers that are accepted may restart endlessly": _("Not sent"),
}
_MALFORMED = "Malformed answer: "
_CERTIFICATES = re.compile(r"([0-9]+) certificates")
_KEYS = re.compile(r"([0-9]+) keys")


def outcome_label(outcome: str) -> Text:
    """The outcome for reading: the charger's own words as they are, the portal's in the reader's language."""
    if keys := _KEYS.fullmatch(outcome):
        count = int(keys[1])
        return ngettext("%(count)d setting", "%(count)d settings", count) % {"count": count}
    if certificates := _CERTIFICATES.fullmatch(outcome):
        count = int(certificates[1])
        return ngettext("%(count)d certificate", "%(count)d certificates", count) % {"count": count}
    if outcome.startswith(_MALFORMED):
        return _("Malformed answer: %(said)s") % {"said": outcome.removeprefix(_MALFORMED)}
    return _OURS.get(outcome, outcome)


def outcome_in_words(outcome: str) -> Text:
    """What a charger's word means; empty where it speaks for itself."""
    code = outcome.partition(":")[0]
    return _MEANINGS.get(code, "")
