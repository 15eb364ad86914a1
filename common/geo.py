"""Positions on the earth, in degrees (WGS 84): boxes as maps and feeds ask for them, and distances."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

EARTH_RADIUS_M = 6_371_009


@dataclass(frozen=True)
class Box:
    """From `west` to `east` and from `south` to `north`; west of 180° to east of it where `west` > `east` (RFC 7946
    §5.2).
    """

    west: float
    south: float
    east: float
    north: float

    @property
    def halves(self) -> Iterator[tuple[float, float]]:
        """The longitudes from west to east, in two parts where the box crosses 180°."""
        if self.west <= self.east:
            yield self.west, self.east
        else:
            yield self.west, 180.0
            yield -180.0, self.east


WORLD = Box(-180, -90, 180, 90)


def parse_box(text: str) -> Box:
    """The box of `west,south,east,north`; longitudes may lie beyond 180°, as maps count them after a turn around the
    world. Raises ValidationError.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ValidationError(_("A box is four numbers: west, south, east, north in degrees.")) from error
    if not all(map(isfinite, (west, south, east, north))) or south > north:
        raise ValidationError(_("A box is four numbers: west, south, east, north in degrees."))
    south, north = max(south, -90.0), min(north, 90.0)
    if east - west >= 360:
        return Box(-180, south, 180, north)
    return Box(_turned(west), south, _turned(east), north)


def _turned(longitude: float) -> float:
    """The same meridian within -180° to 180°."""
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def distance_m(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Along the great circle between two places, each latitude and longitude; right to half a percent."""
    (latitude, longitude), (other_latitude, other_longitude) = (tuple(map(radians, place)) for place in (here, there))
    across = cos(latitude) * cos(other_latitude) * sin((other_longitude - longitude) / 2) ** 2
    half = sqrt(sin((other_latitude - latitude) / 2) ** 2 + across)
    return 2 * EARTH_RADIUS_M * asin(min(1.0, half))
