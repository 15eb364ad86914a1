"""Where an address lies, asked from a geocoder of one's own that speaks as Nominatim or Photon do."""

import hashlib
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from common.errors import Refused

# Latitude and longitude, in degrees.
Position = tuple[Decimal, Decimal]

TIMEOUT_S = 4
KEPT_S = 30 * 24 * 3600
_PRECISION = Decimal("0.000001")


def is_configured() -> bool:
    return bool(settings.GEOCODER_URL)


def known_position(address: str) -> Position | None:
    """What the geocoder said of this address before; asks nobody."""
    return cache.get(_key(address)) if address and is_configured() else None


def find_position(address: str) -> Position:
    """Ask the geocoder where the address lies. Raises Refused where it does not know, or does not answer."""
    try:
        answer = httpx.get(
            settings.GEOCODER_URL,
            params={"q": address, "limit": 1},
            timeout=TIMEOUT_S,
            headers={"User-Agent": "cpms", "Accept": "application/json"},
        )
        position = _position_in(answer.raise_for_status().json())
    except (httpx.HTTPError, ValueError) as error:
        raise Refused(_("The geocoder does not answer. Try again later.")) from error
    if position is None:
        raise Refused(_("The geocoder does not know this address."))
    cache.set(_key(address), position, KEPT_S)
    return position


def _position_in(answer: Any) -> Position | None:
    """The first place of a list of places (Nominatim) or of a FeatureCollection (Photon)."""
    try:
        if isinstance(answer, dict):
            longitude, latitude = answer["features"][0]["geometry"]["coordinates"][:2]
        else:
            latitude, longitude = answer[0]["lat"], answer[0]["lon"]
        return Decimal(str(latitude)).quantize(_PRECISION), Decimal(str(longitude)).quantize(_PRECISION)
    except (KeyError, IndexError, TypeError, InvalidOperation, ValueError):
        return None


def _key(address: str) -> str:
    return "geocoded." + hashlib.sha256(address.casefold().encode()).hexdigest()
