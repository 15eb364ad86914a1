"""Signed meter values: read from what chargers send, checked beforehand, and handed on as transparency XML.

This is a pre-check: what counts is the transparency software, which reads the same XML. `pyocmf` does the arithmetic
and stands behind this module alone. Values travel (1) as JSON of OCA's white paper with `signedMeterData`, or in a
variant `signedMeterValue`, both base64, with the key beside them; (2) as the signed text itself.
"""

import base64
import binascii
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from django.utils.translation import gettext_lazy as _
from pyocmf import OCMF, PublicKey, PyOCMFError, SpecWarning
from pyocmf.exceptions import SignatureVerificationError

from charging.choices import SignedVerdict
from common.identifiers import key as plain_key
from common.rights import Text

SIGNED = "SignedData"
# How signed texts begin that chargers send without saying so.
SIGNED_STARTS = ("OCMF|", "AP;")
TOLERANCE_WH = 100
_CURVES: dict[str, ec.EllipticCurve] = {
    curve.name: curve
    for curve in (
        ec.SECP192R1(),
        ec.SECP256R1(),
        ec.SECP256K1(),
        ec.SECP384R1(),
        ec.BrainpoolP256R1(),
        ec.BrainpoolP384R1(),
    )
}
_BEGINS, _ENDS = {"B"}, {"E", "L", "R", "A", "P"}
_WH = {"Wh": 1, "kWh": 1000}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Chargers deviate from the format in many ways that do not matter to the check.
warnings.filterwarnings("ignore", category=SpecWarning)


# --- As received --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Received:
    """What a sampled value holds: the signed text, how it was wrapped, and the key beside it as it was written."""

    data: str
    encoding: str
    public_key: str = ""


def received(raw: str) -> Received:
    """Unwrap a sampled value; what is no wrapping that we know is the signed text itself."""
    try:
        wrapped = orjson.loads(raw)
    except orjson.JSONDecodeError:
        wrapped = None
    if not isinstance(wrapped, dict):
        return Received(raw, "plain")
    signed = next((wrapped[name] for name in ("signedMeterData", "signedMeterValue") if wrapped.get(name)), None)
    if not isinstance(signed, str):
        return Received(raw, "plain")
    public_key = wrapped.get("publicKey")
    return Received(_unwrapped(signed), "base64", public_key if isinstance(public_key, str) else "")


def _unwrapped(signed: str) -> str:
    """The text in base64; where it is none, as it stands."""
    try:
        return base64.b64decode(signed, validate=True).decode()
    except (binascii.Error, ValueError):
        return signed


def key_text(written: str) -> str:
    """A public key as hexadecimal DER or raw point, from what chargers write: base64 of `oca:base16:asn1:…`, that text
    itself, hexadecimal or base64; empty where there is none.
    """
    text = "".join(written.split())
    inner = _unwrapped(text)
    if inner.startswith("oca:"):
        text = inner
    if text.startswith("oca:"):
        text = text.rsplit(":", 1)[-1]
    if re.fullmatch(r"(?:[0-9a-fA-F]{2})+", text):
        return text.lower()
    try:
        return base64.b64decode(text, validate=True).hex()
    except (binascii.Error, ValueError):
        return ""


OCMF_FORMAT = "OCMF"
# The formats of the transparency software's container by their names there.
FORMATS = {OCMF_FORMAT: "OCMF", "ALFEN": "ALFEN", "EDL_40_P": "EDL40 (SML)", "EDL_40_MENNEKES": "EDL40 (Mennekes)"}


# --- The check ----------------------------------------------------------------------------------------------------
CHECKS: dict[str, Text] = {
    "format": _("Format"),
    "key": _("Key"),
    "signature": _("Signature"),
    "meter": _("Same meter"),
    "pages": _("Complete sequence"),
    "begin_end": _("Begin and end"),
    "register": _("Register does not fall"),
    "status": _("Meter's own status"),
    "token": _("Token"),
    "energy": _("Energy"),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `passed` None where it cannot be told."""

    name: str
    passed: bool | None
    reason: Text

    @property
    def label(self) -> Text:
        return CHECKS[self.name]


@dataclass(frozen=True)
class Record:
    """A signed text with the key of its port (`own_key`) and the one that came along, both as `key_text` gives them."""

    data: str
    own_key: str = ""
    sent_key: str = ""

    @property
    def key(self) -> str:
        """The key that the check uses."""
        return self.own_key or self.sent_key

    @cached_property
    def ocmf(self) -> OCMF | None:
        """The record read as OCMF; None for another format or where it cannot be read."""
        try:
            return OCMF.from_string(self.data)
        except (PyOCMFError, ValueError, TypeError, RecursionError, ArithmeticError):
            return None

    @property
    def readings(self) -> list[Any]:
        return list(self.ocmf.payload.RD) if self.ocmf else []

    def checks(self) -> list[Check]:
        if self.ocmf is None:
            return [Check("format", None, _unreadable(self.data))]
        readable = Check("format", True, _("OCMF %(version)s") % {"version": self.ocmf.payload.FV or "–"})
        return [readable, self._key(), self._signature(self.ocmf)]

    def _key(self) -> Check:
        if self.own_key and self.sent_key and _point(self.own_key) != _point(self.sent_key):
            return Check("key", False, _("The key that came along is not the one of the charge port."))
        if self.own_key:
            return Check("key", True, _("The key of the charge port"))
        if self.sent_key:
            return Check("key", None, _("Only the key that came along; compare it with the one at the device."))
        return Check("key", None, _("No key is known: neither the charger nor the record told one."))

    def _signature(self, ocmf: OCMF) -> Check:
        if not self.key:
            return Check("signature", None, _("Cannot be checked without a key."))
        try:
            fits = _verify(ocmf, self.key)
        except SignatureVerificationError as error:
            if "mismatch" in str(error):
                return Check("signature", False, _("The key is of another kind than the signature."))
            return Check("signature", None, _("Cannot be checked: %(reason)s") % {"reason": str(error)[:200]})
        except (PyOCMFError, ValueError, TypeError, AssertionError) as error:
            return Check("signature", None, _("Cannot be checked: %(reason)s") % {"reason": str(error)[:200]})
        method = ocmf.signature.SA
        if fits:
            return Check("signature", True, _("It fits the values (%(method)s).") % {"method": method})
        return Check("signature", False, _("It does not fit: the values or the key are not those that were signed."))


def _unreadable(data: str) -> Text:
    known = format_of(data)
    if known == OCMF_FORMAT:
        return _("Not readable as OCMF; use the transparency software.")
    return _("%(format)s is not checked here; use the transparency software.") % {"format": FORMATS[known]}


def verdict_of(checks: Iterable[Check]) -> SignedVerdict:
    """Invalid as soon as anything failed; valid only where every signature stood the check."""
    found = list(checks)
    if any(check.passed is False for check in found):
        return SignedVerdict.INVALID
    signatures = [check.passed for check in found if check.name in ("signature", "format")]
    return SignedVerdict.VALID if signatures and all(signatures) else SignedVerdict.UNCHECKED


def _verify(ocmf: OCMF, key: str) -> bool:
    """Some meters write key and signature as bare numbers, without the DER around them."""
    curve = _CURVES.get(getattr(ocmf.signature.SA, "curve", "") or "")
    if curve is not None:
        size = (curve.key_size + 7) // 8
        key = _der_key(key, curve, size)
        ocmf = _with_der_signature(ocmf, size)
    return ocmf.verify_signature(PublicKey.from_string(key))


def _der_key(key: str, curve: ec.EllipticCurve, size: int) -> str:
    point = bytes.fromhex(key)
    if len(point) == 2 * size:
        point = b"\x04" + point
    if len(point) != 2 * size + 1 or point[0] != 4:
        return key
    made = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    return made.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo).hex()


def _with_der_signature(ocmf: OCMF, size: int) -> OCMF:
    try:
        bare = bytes.fromhex(ocmf.signature.SD)
    except ValueError:
        return ocmf
    if len(bare) != 2 * size:
        return ocmf
    r, s = int.from_bytes(bare[:size], "big"), int.from_bytes(bare[size:], "big")
    wrapped = ocmf.model_copy()
    wrapped.signature = ocmf.signature.model_copy(update={"SD": utils.encode_dss_signature(r, s).hex()})
    return wrapped


def _point(key: str) -> str:
    """The key without what DER puts around it, so that both ways of writing compare."""
    return key[-96:] if len(key) > 96 else key


# --- A session's records together -----------------------------------------------------------------------------------
def session_checks(records: Sequence[Record], id_tag: str, energy_wh: int) -> list[Check]:
    """What the records of one session say together, in their order of time."""
    payloads = [record.ocmf.payload for record in records if record.ocmf]
    readings = [reading for record in records for reading in record.readings]
    if not readings or len(payloads) < len(records):
        return []
    found = [_same_meter(payloads), _pages(payloads), _begin_end(readings), _register(readings), _status(readings)]
    return [*found, _token(payloads, id_tag), _energy(readings, energy_wh)]


def _same_meter(payloads: Sequence[Any]) -> Check:
    meters = {payload.MS or payload.GS or "" for payload in payloads}
    names = ", ".join(sorted(meters))
    if len(meters) == 1:
        return Check("meter", True, names)
    return Check("meter", False, _("The records are of several meters: %(meters)s") % {"meters": names})


def _pages(payloads: Sequence[Any]) -> Check:
    pages = [payload.PG or "" for payload in payloads]
    numbers = [int(page[1:]) for page in pages if page[1:].isdecimal()]
    if len(numbers) < len(pages):
        return Check("pages", None, _("The records are not numbered."))
    steps = {second - first for first, second in pairwise(numbers)}
    if steps <= {1}:
        return Check("pages", True, ", ".join(pages))
    return Check("pages", False, _("Numbers are missing or out of order: %(pages)s") % {"pages": ", ".join(pages)})


def _begin_end(readings: Sequence[Any]) -> Check:
    kinds = [str(reading.TX or "") for reading in readings]
    if kinds[0] in _BEGINS and kinds[-1] in _ENDS:
        return Check("begin_end", True, " → ".join((kinds[0], kinds[-1])))
    if not any(kinds):
        return Check("begin_end", None, _("The readings do not tell their occasion."))
    return Check("begin_end", False, _("The begin or the end of the transaction is missing."))


def _register(readings: Sequence[Any]) -> Check:
    by_register: dict[str, list[Decimal]] = {}
    for reading in readings:
        if reading.RV is not None:
            by_register.setdefault(str(reading.RI or ""), []).append(Decimal(reading.RV))
    if all(values == sorted(values) for values in by_register.values()):
        return Check("register", True, ", ".join(filter(None, by_register)))
    return Check("register", False, _("A later reading is lower than an earlier one."))


def _status(readings: Sequence[Any]) -> Check:
    odd = {str(reading.ST or "") for reading in readings} - {"G"}
    flags = {flag for reading in readings for flag in str(reading.EF or "")}
    if not odd and not flags:
        return Check("status", True, "G")
    told = ", ".join(sorted(odd | flags)) or "–"
    return Check("status", False, _("The meter marked its readings as unusable: %(flags)s") % {"flags": told})


def _token(payloads: Sequence[Any], id_tag: str) -> Check:
    """Meters are told tokens in many forms, so that another one proves nothing."""
    told = {plain_key(str(payload.ID)) for payload in payloads if payload.ID}
    if not told:
        return Check("token", None, _("The records name no token."))
    if told == {plain_key(id_tag)}:
        return Check("token", True, id_tag)
    return Check("token", None, _("The records name another token: %(token)s") % {"token": ", ".join(sorted(told))})


def _energy(readings: Sequence[Any], energy_wh: int) -> Check:
    """The signed difference beside the session's energy."""
    signed = signed_energy_wh(readings)
    if signed is None:
        return Check("energy", None, _("The readings have no unit of energy or no two values of one register."))
    words = {"signed": round(signed), "counted": energy_wh}
    if abs(signed - energy_wh) <= max(TOLERANCE_WH, energy_wh // 100):
        return Check("energy", True, _("%(signed)d Wh signed, %(counted)d Wh counted") % words)
    return Check("energy", False, _("%(signed)d Wh signed, but %(counted)d Wh counted") % words)


def signed_energy_wh(readings: Sequence[Any]) -> Decimal | None:
    first, last = readings[0], readings[-1]
    if len(readings) < 2 or first.RI != last.RI or first.RV is None or last.RV is None:
        return None
    factor = _WH.get(str(last.RU))
    return (Decimal(last.RV) - Decimal(first.RV)) * factor if factor and str(first.RU) == str(last.RU) else None


# --- Transparency XML -----------------------------------------------------------------------------------------------
def transparency_xml(session_id: int, values: Iterable[tuple[str, str, str]]) -> bytes:
    """The container that the transparency software reads, of (signed text, its context, hexadecimal key)."""
    root = ElementTree.Element("values")
    for data, context, key in values:
        value = ElementTree.SubElement(root, "value", transactionId=str(session_id), context=context)
        encoding = _encoding(data)
        about = {"format": format_of(data), "encoding": encoding or "base64"}
        signed = ElementTree.SubElement(value, "signedData", about | {"transactionId": str(session_id)})
        signed.text = data if encoding else base64.b64encode(data.encode()).decode()
        if key:
            ElementTree.SubElement(value, "publicKey", encoding="hex").text = key
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def format_of(data: str) -> str:
    """The container's name of the format, by how its data begin."""
    text = data.lstrip()
    if text.startswith("AP;"):
        return "ALFEN"
    if _sml(text):
        return "EDL_40_P"
    if text.startswith(("<?xml", "<signedMeterValue")):
        return "EDL_40_MENNEKES"
    return OCMF_FORMAT


def _encoding(data: str) -> str:
    """How the data are written; empty where XML cannot hold them as they are."""
    if _NOT_IN_XML.search(data):
        return ""
    return _sml(data.lstrip()) or "plain"


def _sml(text: str) -> str:
    """How a message of the Smart Message Language is written: its four times 1B in hexadecimal or base64."""
    return "hex" if text[:8].upper() == "1B1B1B1B" else "base64" if text.startswith("GxsbG") else ""
