"""What the portal asks of chargers (OCPP 1.6 §5)."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from common.rights import Text
from ocpp_gateway.telling import Said, Sentence, Telling, as_text
from ocpp_gateway.v16.sentences.tokens import token_facts, token_named


def asked(text: Text, **values: Callable[[Said], Any]) -> Sentence:
    """A sentence of who asked what; `values` fill in what the call says."""

    def sentence(said: Said) -> str:
        return str(text) % {"who": said.who, "place": said.place, **{name: of(said) for name, of in values.items()}}

    return sentence


def value(name: str) -> Callable[[Said], str]:
    return lambda said: said.text(name) or "?"


def keys_asked(said: Said) -> str:
    keys = said.call.get("key")
    if not isinstance(keys, list) or not keys:
        return _("%(who)s asked for all settings.") % {"who": said.who}
    named = ", ".join(as_text(key) for key in keys[:5]) + (" …" if len(keys) > 5 else "")
    return _("%(who)s asked for the settings %(keys)s.") % {"who": said.who, "keys": named}


def keys_answered(said: Said) -> str:
    known, unknown = (_length(said, name) for name in ("configurationKey", "unknownKey"))
    text = ngettext("The station told %(count)d setting.", "The station told %(count)d settings.", known)
    if not unknown:
        return text % {"count": known}
    more = ngettext("%(count)d is not known to it.", "%(count)d are not known to it.", unknown)
    return f"{text % {'count': known}} {more % {'count': unknown}}"


def _length(said: Said, name: str) -> int:
    found = (said.answer or {}).get(name)
    return len(found) if isinstance(found, list) else 0


def availability(said: Said) -> str:
    values = {"who": said.who, "place": said.place}
    if said.text("type") == "Inoperative":
        return _("%(who)s put out of operation: %(place)s.") % values
    return _("%(who)s put into operation: %(place)s.") % values


def list_version(said: Said) -> str:
    version = as_text((said.answer or {}).get("listVersion"))
    if version == "-1":
        return _("The station has no local list.")
    return _("It is %(version)s.") % {"version": version or "?"}


def profile(name: str) -> Callable[[Said], str]:
    def of(said: Said) -> str:
        found = said.call.get("csChargingProfiles")
        return as_text(found.get(name)) if isinstance(found, dict) else "?"

    return of


TO_CHARGER = {
    "CancelReservation": Telling(
        lazy("Reservation cancelled"),
        asked(lazy("%(who)s cancelled the reservation %(id)s."), id=value("reservationId")),
    ),
    "ChangeAvailability": Telling(lazy("Availability"), availability),
    "ChangeConfiguration": Telling(
        lazy("Setting changed"),
        asked(lazy("%(who)s set %(key)s to “%(value)s”."), key=value("key"), value=lambda said: said.text("value")),
    ),
    "ClearCache": Telling(
        lazy("Cache cleared"), asked(lazy("%(who)s asked the station to forget the tokens it knows."))
    ),
    "ClearChargingProfile": Telling(
        lazy("Charging profile removed"), asked(lazy("%(who)s removed charging profiles: %(place)s."))
    ),
    "GetCompositeSchedule": Telling(
        lazy("Charging schedule"), asked(lazy("%(who)s asked how much may be charged: %(place)s."))
    ),
    "GetConfiguration": Telling(lazy("Settings read"), keys_asked, outcome=keys_answered),
    "GetLocalListVersion": Telling(
        lazy("Version of the local list"),
        asked(lazy("%(who)s asked for the version of the local list.")),
        outcome=list_version,
    ),
    "RemoteStartTransaction": Telling(
        lazy("Start charging"),
        asked(lazy("%(who)s asked for a start with %(token)s: %(place)s."), token=token_named),
        token_facts,
    ),
    "RemoteStopTransaction": Telling(
        lazy("Stop charging"),
        asked(lazy("%(who)s asked to end the session #%(session)s."), session=value("transactionId")),
    ),
    "ReserveNow": Telling(
        lazy("Reservation"),
        asked(
            lazy("%(who)s reserved for %(token)s until %(until)s: %(place)s."),
            token=token_named,
            until=lambda said: said.moment("expiryDate") or "?",
        ),
        token_facts,
    ),
    "Reset": Telling(
        lazy("Restart"), asked(lazy("%(who)s asked the station to restart (%(type)s)."), type=value("type"))
    ),
    "SendLocalList": Telling(
        lazy("Local list"),
        asked(lazy("%(who)s sent the local list, version %(version)s."), version=value("listVersion")),
    ),
    "SetChargingProfile": Telling(
        lazy("Charging profile"),
        asked(
            lazy("%(who)s set a charging profile (%(purpose)s, level %(level)s): %(place)s."),
            purpose=profile("chargingProfilePurpose"),
            level=profile("stackLevel"),
        ),
    ),
    "TriggerMessage": Telling(
        lazy("Message requested"),
        asked(lazy("%(who)s asked for the message %(message)s: %(place)s."), message=value("requestedMessage")),
    ),
    "UnlockConnector": Telling(lazy("Plug unlocked"), asked(lazy("%(who)s asked to release the plug: %(place)s."))),
}
