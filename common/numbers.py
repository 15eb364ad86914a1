"""Numbers as people read them, and as addresses, forms and chargers give them."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format

_LONGEST = 18


def in_figures(value: Decimal | float, decimals: int) -> str:
    """The number, rounded half up to `decimals`, with the marks of the reader's language (Django's own would cut)."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return number_format(rounded, decimals, force_grouping=True)


def whole_number(text: str | None) -> int | None:
    """The whole number that the text is, in figures alone; None where it is none, or longer than any key."""
    said = (text or "").strip()
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= _LONGEST else None
