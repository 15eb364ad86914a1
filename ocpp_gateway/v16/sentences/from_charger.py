"""What chargers tell of themselves (OCPP 1.6 §4)."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from chargeports.choices import PortStatus
from common.numbers import in_figures
from ocpp_gateway.telling import ErrorKey, Said, Telling, as_text
from ocpp_gateway.v16.sentences.tokens import is_refused, token_facts, token_named, why_refused

_NO_ERROR = "NoError"
_SHOWN = {
    "Power.Active.Import": "kW",
    "Energy.Active.Import.Register": "kWh",
    "SoC": "%",
}
_BASE_UNITS = ("W", "Wh", "")


def authorize(said: Said) -> str:
    token = token_named(said)
    if is_refused(said):
        return _("%(token)s was refused: %(why)s.") % {"token": token, "why": why_refused(said)}
    if said.answer is None:
        return _("%(token)s was shown.") % {"token": token}
    return _("%(token)s may charge.") % {"token": token}


def boot_notification(said: Said) -> str:
    product = " ".join(filter(None, [said.text("chargePointVendor"), said.text("chargePointModel")]))
    values = {"product": product or "?", "version": said.text("firmwareVersion")}
    if values["version"]:
        return _("The station started: %(product)s with firmware %(version)s.") % values
    return _("The station started: %(product)s.") % values


def boot_outcome(said: Said) -> str:
    words = {
        "Accepted": _("It was accepted."),
        "Pending": _("It has to wait."),
        "Rejected": _("It was not accepted yet."),
    }
    return words.get(said.status, "")


def data_transfer(said: Said) -> str:
    vendor = " ".join(filter(None, [said.text("vendorId"), said.text("messageId")])) or "?"
    if said.is_ours:
        return _("%(who)s sent a message of the vendor: %(vendor)s.") % {"who": said.who, "vendor": vendor}
    return _("The station sent a message of its vendor: %(vendor)s.") % {"vendor": vendor}


def data_transfer_outcome(said: Said) -> str:
    if said.is_ours:
        return _("The station answered: %(status)s.") % {"status": said.status or "?"}
    return _("The portal answered: %(status)s.") % {"status": said.status or "?"}


def heartbeat(said: Said) -> str:
    return _("The station showed a sign of life.")


def meter_values(said: Said) -> str:
    samples = _samples(said)
    values = {"place": said.place, "count": len(samples), "values": ", ".join(_shown(samples))}
    text = ngettext("%(place)s sent %(count)d meter value", "%(place)s sent %(count)d meter values", len(samples))
    return (text % values) + (f": {values['values']}." if values["values"] else ".")


def _samples(said: Said) -> list[dict[str, Any]]:
    moments = said.call.get("meterValue")
    found = [one.get("sampledValue") for one in moments if isinstance(one, dict)] if isinstance(moments, list) else []
    return [sample for samples in found if isinstance(samples, list) for sample in samples if isinstance(sample, dict)]


def _shown(samples: list[dict[str, Any]]) -> list[str]:
    """The newest power, energy and state of charge of all phases together, in the units that people use."""
    whole = {
        as_text(one.get("measurand")) or "Energy.Active.Import.Register": one for one in samples if not one.get("phase")
    }
    return [text for measurand, unit in _SHOWN.items() if (text := _quantity(whole.get(measurand), unit))]


def _quantity(sample: dict[str, Any] | None, unit: str) -> str:
    try:
        value = Decimal(as_text((sample or {}).get("value")))
    except InvalidOperation:
        return ""
    if unit != "%" and as_text((sample or {}).get("unit")) in _BASE_UNITS:
        value /= 1000
    return f"{in_figures(value, 1)} {unit}" if value.is_finite() else ""


def start_transaction(said: Said) -> str:
    values = {"place": said.place, "token": token_named(said), "session": said.exchange.session_id or "?"}
    if not is_refused(said):
        return _("%(place)s: session #%(session)s began with %(token)s.") % values
    values["why"] = why_refused(said)
    return _("%(place)s: session #%(session)s began, but %(token)s was refused: %(why)s.") % values


def status_notification(said: Said) -> str:
    status = said.text("status")
    shown = PortStatus(status).label if status in PortStatus.values else status
    values = {"place": said.place, "status": shown, "error": _error(said)}
    if values["error"]:
        return _("%(place)s: %(status)s, error %(error)s.") % values
    return _("%(place)s: %(status)s.") % values


def error_told(said: Said) -> ErrorKey | None:
    if not _error(said) and said.text("status") != PortStatus.FAULTED:
        return None
    return said.number("connectorId"), said.text("errorCode"), said.text("vendorErrorCode")


def _is_error(said: Said) -> bool:
    return error_told(said) is not None


def _error(said: Said) -> str:
    code = said.text("errorCode")
    told = ("" if code == _NO_ERROR else code, said.text("vendorErrorCode"), said.text("info"))
    return " · ".join(filter(None, told)) if told[0] or told[1] else ""


def stop_transaction(said: Said) -> str:
    values = {"session": said.text("transactionId") or "?", "reason": said.text("reason") or "Local"}
    return _("Session #%(session)s ended: %(reason)s.") % values


FROM_CHARGER = {
    "Authorize": Telling(lazy("Token shown"), authorize, token_facts, refused=is_refused),
    "BootNotification": Telling(lazy("Station started"), boot_notification, outcome=boot_outcome),
    "DataTransfer": Telling(lazy("Vendor message"), data_transfer, outcome=data_transfer_outcome),
    "Heartbeat": Telling(lazy("Sign of life"), heartbeat),
    "MeterValues": Telling(lazy("Meter values"), meter_values),
    "StartTransaction": Telling(lazy("Session began"), start_transaction, token_facts, refused=is_refused),
    "StatusNotification": Telling(lazy("Status"), status_notification, refused=_is_error, error=error_told),
    "StopTransaction": Telling(lazy("Session ended"), stop_transaction),
}
