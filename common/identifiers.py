"""EVSE IDs and EMAIDs: the identifiers of charge ports and of contracts, in the forms of ISO 15118 and DIN SPEC 91286.

The form decides whether an identifier is taken. Check digits are often wrong or missing in the field, so they only
ever make a remark (`check_digit_remark`).
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.rights import Text

_EVSE_ISO = re.compile(r"[A-Z]{2}\*?[A-Z0-9]{3}\*?E[A-Z0-9*]{1,30}", re.ASCII)
_EVSE_DIN = re.compile(r"\+?[0-9]{1,3}\*[0-9]{3}\*[0-9*]{1,32}", re.ASCII)
_EMAID_ISO = re.compile(r"[A-Z]{2}-?[A-Z0-9]{3}-?[A-Z0-9]{9}(-?[A-Z0-9])?", re.ASCII)
_EMAID_DIN = re.compile(r"[A-Z]{2}([*-]?)[A-Z0-9]{3}\1[A-Z0-9]{6}(\1[0-9X])?", re.ASCII)
_SEPARATORS = re.compile(r"[\s*+-]")

Pair = tuple[int, int]
Matrix = tuple[Pair, Pair]

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ISO_LENGTH, _DIN_LENGTH = 14, 11
_ISO_MATRICES = (((0, 1), (1, 1)), 2), (((0, 1), (1, 2)), 3)


def normalise(text: str) -> str:
    """The identifier as it is kept and shown: in upper case, without blanks around it; separators stay."""
    return text.strip().upper()


def key(text: str) -> str:
    """What is compared: upper case, without separators (`*`, `-`, `+`, blanks)."""
    return _SEPARATORS.sub("", text.upper())


def evse_id_key(text: str) -> str:
    """The key of an EVSE ID; the empty text has the empty key."""
    return key(text)


def validate_evse_id(text: str) -> None:
    """Raise ValidationError unless `text` has the form of an EVSE ID: ISO DE*AB7*E840*6487 or DIN +49*810*000*438."""
    plain = normalise(text)
    if not (_EVSE_ISO.fullmatch(plain) or _EVSE_DIN.fullmatch(plain)):
        raise ValidationError(_("Not an EVSE ID: expected e.g. DE*AB7*E840*6487 or +49*810*000*438."), code="evse_id")


def validate_emaid(text: str) -> None:
    """Raise ValidationError unless `text` has the form of an EMAID, ISO (14 or 15 characters) or DIN (11 or 12)."""
    plain = normalise(text)
    if not (_EMAID_ISO.fullmatch(plain) or _EMAID_DIN.fullmatch(plain)):
        raise ValidationError(_("Not an EMAID: expected e.g. DE-8AA-CA2B3C4D5-L or NL-TNM-012204-5."), code="emaid")


def check_digit_remark(emaid: str) -> Text | None:
    """What is odd about the check digit of a well-formed EMAID; None where it is right or left out."""
    plain = key(emaid)
    rules = {_ISO_LENGTH + 1: iso_check_digit, _DIN_LENGTH + 1: din_check_digit}
    rule = rules.get(len(plain))
    if rule is None or rule(plain[:-1]) == plain[-1]:
        return None
    return _("The check digit should be %(digit)s.") % {"digit": rule(plain[:-1])}


def din_check_digit(contract: str) -> str:
    """The check digit of the 11 characters before it (DIN SPEC 91286): weights are powers of 2, modulo 11, 10 is X."""
    digits = "".join(str(int(character, 36)) for character in contract)
    total = sum(int(digit) << position for position, digit in enumerate(digits)) % 11
    return "X" if total == 10 else str(total)


def iso_check_digit(contract: str) -> str:
    """The check digit of the 14 characters before it (ISO 15118-1 Annex H): a vector sum over GF(2) and one over GF(3).

    Each character stands for one pair of bits and one pair of base-3 digits. The check digit is the character that
    makes both sums of (pair · matrix^position) vanish over all 15 positions.
    """
    for candidate in _ALPHABET:
        if all(_vanishes(contract + candidate, part, *_ISO_MATRICES[part]) for part in (0, 1)):
            return candidate
    raise ValueError(f"{contract!r} is not made of the digits and letters of an EMAID.")


def _vanishes(text: str, part: int, matrix: Matrix, modulus: int) -> bool:
    """Whether the sum is zero, by Horner's scheme from the last position to the first."""
    total = (0, 0)
    for character in reversed(text):
        pair = _pairs(character)[part]
        total = _times((total[0] + pair[0], total[1] + pair[1]), matrix, modulus)
    return total == (0, 0)


def _pairs(character: str) -> tuple[Pair, Pair]:
    number = _ALPHABET.index(character)
    return (number // 9 // 2, number // 9 % 2), (number % 9 // 3, number % 3)


def _times(row: Pair, matrix: Matrix, modulus: int) -> Pair:
    return (
        (row[0] * matrix[0][0] + row[1] * matrix[1][0]) % modulus,
        (row[0] * matrix[0][1] + row[1] * matrix[1][1]) % modulus,
    )


def validate_iccid(text: str) -> None:
    """Raise ValidationError unless `text` is empty or has the form of a SIM card's ICCID (ITU-T E.118)."""
    if text and not re.fullmatch(r"[0-9]{18,22}", key(text), re.ASCII):
        raise ValidationError(_("Not an ICCID: expected are 18 to 22 digits."), code="iccid")


def validate_imei(text: str) -> None:
    """Raise ValidationError unless `text` is empty or has the form of a modem's IMEI (3GPP TS 23.003)."""
    if text and not re.fullmatch(r"[0-9]{15}", key(text), re.ASCII):
        raise ValidationError(_("Not an IMEI: expected are 15 digits."), code="imei")


def validate_imsi(text: str) -> None:
    """Raise ValidationError unless `text` is empty or has the form of a subscriber's IMSI (3GPP TS 23.003)."""
    if text and not re.fullmatch(r"[0-9]{15}", key(text), re.ASCII):
        raise ValidationError(_("Not an IMSI: expected are 15 digits."), code="imsi")


# Countries whose networks have codes of three digits (ITU-T E.212: North America and the Caribbean, India partly).
_LONG_MNC = re.compile(r"30[2]|31[0-6]|33[048]|34[2468]|35[2-8]|36[46]|37[46]|405|70[248]|722|732")


def imsi_parts(imsi: str) -> tuple[str, str, str] | None:
    """Country (MCC), network (MNC) and subscriber (MSIN) of an IMSI; None for what is none."""
    digits = key(imsi)
    if not re.fullmatch(r"[0-9]{15}", digits, re.ASCII):
        return None
    end = 6 if _LONG_MNC.match(digits) else 5
    return digits[:3], digits[3:end], digits[end:]


def validate_metering_point(text: str) -> None:
    """Raise ValidationError unless `text` is empty or has the form of a metering point's id: 33 characters that begin
    with the country in Germany and Austria, 18 digits (EAN) elsewhere, 11 digits for a German market location.
    """
    if text and not re.fullmatch(r"[A-Z]{2}[0-9]{11}[A-Z0-9]{20}|[0-9]{18}|[0-9]{11}", key(text), re.ASCII):
        raise ValidationError(
            _("Not a metering point id: expected are 33 characters like DE00056266802AO6G56M11SN51G21M24S."),
            code="metering_point",
        )


def validate_meter_server_id(text: str) -> None:
    """Raise ValidationError unless `text` is empty or has the form of a meter's server id (DIN 43863-5): printed like
    1EMH0012345678, or its ten bytes in hexadecimal digits.
    """
    if text and not re.fullmatch(
        r"[0-9A-F][A-Z]{3}[0-9]{10}|([0-9A-F]{2}[ :-]?){9}[0-9A-F]{2}", normalise(text), re.ASCII
    ):
        raise ValidationError(
            _("Not a meter's server id: expected e.g. 1EMH0012345678 or 0A 01 45 4D 48 00 00 BC 61 4E."),
            code="server_id",
        )


def validate_public_key(text: str) -> None:
    """Raise ValidationError unless `text` is empty or could be a public key: hexadecimal or Base64, 24 bytes and up."""
    plain = "".join(text.split())
    if not plain or re.fullmatch(r"([0-9A-Fa-f]{2}){24,}", plain, re.ASCII):
        return
    if not re.fullmatch(r"(oca:[a-z0-9]+:asn1:)?[A-Za-z0-9+/_-]{32,}={0,2}", plain, re.ASCII):
        raise ValidationError(_("Not a public key: expected are hexadecimal digits or Base64."), code="public_key")


def luhn_remark(text: str) -> Text | None:
    """What is odd about the last digit of an ICCID or IMEI, which both check by Luhn's formula; None where it is right,
    or where the text holds more than digits. An ICCID of 18 digits has none.
    """
    digits = key(text)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) == 18 or _luhn_sum(digits) % 10 == 0:
        return None
    return _("The check digit should be %(digit)s.") % {"digit": with_luhn_digit(digits[:-1])[-1]}


def with_luhn_digit(digits: str) -> str:
    """The digits with their check digit behind."""
    return f"{digits}{-_luhn_sum(digits + '0') % 10}"


def _luhn_sum(digits: str) -> int:
    """Every second digit from the right is doubled, and its own digits added."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled)
