"""Numbers as people read them."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format


def in_figures(value: Decimal | float, decimals: int) -> str:
    """The number, rounded half up to `decimals`, with the marks of the reader's language (Django's own would cut)."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return number_format(rounded, decimals, force_grouping=True)
