"""What the public is told of a station beside its address and state: hours, house rules, texts, pictures and the facts
for roaming partners. Nothing of a person is in it.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.urls import reverse

from stations.choices import OperatingKind, YesNo
from stations.models import HoursException, MarketingPicture, MarketingText, RoamingData, Station
from stations.opening_hours import Hours
from stations.schedules import Schedule, access_of_station, moment, opening_schedule, operating_schedule
from stations.services.marketing import TEXT_FIELDS

# So far ahead holidays and exceptions are told, in days.
AHEAD = 120
# Letters of a picture's digest in its public address, so that numbers tell nothing.
MARK_LENGTH = 16
_BOOLEANS = {YesNo.YES.value: True, YesNo.NO.value: False}


def details_of(ids: Sequence[int], now: datetime) -> dict[int, dict[str, Any]]:
    """The properties of each of these stations by its id. One query."""
    texts = _rows_of(MarketingText.objects.order_by("language"), "language", *TEXT_FIELDS)
    pictures = MarketingPicture.objects.order_by("pk")
    exceptions = HoursException.objects.order_by("first_day", "pk")
    stations = Station.objects.filter(pk__in=ids).select_related("access", "roaming")
    found = stations.annotate(
        told_texts=texts,
        told_pictures=_rows_of(pictures, "pk", "caption", "language", sha256="file__sha256"),
        told_exceptions=_rows_of(exceptions, "first_day", "last_day", "openings", "scope"),
    )
    return {station.pk: _details(station, now) for station in found}


def _rows_of(rows: QuerySet[Any], *names: str, **renamed: str) -> ArraySubquery:
    """The rows that belong to a station, as a list of objects."""
    row = JSONObject(**{name: name for name in names}, **renamed)
    return ArraySubquery(rows.filter(station=OuterRef("pk")).values(row=row))


def _details(station: Any, now: datetime) -> dict[str, Any]:
    access = access_of_station(station)
    exceptions = [_exception(row) for row in station.told_exceptions]
    roaming: RoamingData | None = getattr(station, "roaming", None)
    apart = access is not None and access.operating_kind != OperatingKind.ALWAYS
    own_hours = access.operating_hours if access and access.operating_kind == OperatingKind.WEEKLY else None
    charging = station.opening_hours if own_hours is None else own_hours
    return {
        "opening_hours": _hours(station.opening_hours, opening_schedule(station, exceptions), now),
        "charging_hours": _hours(charging, operating_schedule(station, exceptions), now) if apart else None,
        "house_rules": (access.house_rules if access else "") or None,
        "texts": {row["language"]: _texts(row) for row in station.told_texts},
        "pictures": [_picture(row) for row in station.told_pictures],
        "roaming": _roaming(roaming) if roaming else None,
    }


def _exception(row: dict[str, Any]) -> HoursException:
    days = {name: date.fromisoformat(row[name]) for name in ("first_day", "last_day")}
    return HoursException(openings=row["openings"], scope=row["scope"], **days)


# --- Hours -------------------------------------------------------------------------------------------------------
def _hours(hours: Hours, schedule: Schedule, now: datetime) -> dict[str, Any] | None:
    """OCPI's Hours (OCPI 2.2.1 §8.4.14) with the exceptions of the next days; None where nothing was entered."""
    today = now.astimezone(ZoneInfo(schedule.zone)).date()
    days = schedule.exceptional_days(today, AHEAD)
    if not days:
        return hours or None
    openings = [period for day in days for period in _moments(schedule, day)]
    closings = [gap for day in days for gap in _gaps(schedule, day)]
    exceptions = {"exceptional_openings": _joined(openings), "exceptional_closings": _joined(closings)}
    return (hours or {"twentyfourseven": True}) | exceptions


def _moments(schedule: Schedule, day: date) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(schedule.zone)
    for begin, end in schedule.openings_on(day):
        yield moment(day, begin, zone), moment(day, end, zone, last=True)


def _gaps(schedule: Schedule, day: date) -> Iterator[tuple[datetime, datetime]]:
    """When it is closed on the day."""
    zone = ZoneInfo(schedule.zone)
    start, end = moment(day, "00:00", zone), moment(day + timedelta(days=1), "00:00", zone)
    edges = [start, *(edge for period in _moments(schedule, day) for edge in period), end]
    return ((begin, until) for begin, until in list(pairwise(edges))[::2] if begin < until)


def _joined(periods: Sequence[tuple[datetime, datetime]]) -> list[dict[str, str]]:
    """The periods in UTC, those that touch as one: a week's holiday is one closing."""
    found: list[tuple[datetime, datetime]] = []
    for begin, end in periods:
        if found and found[-1][1] >= begin:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return [{"period_begin": _utc(begin), "period_end": _utc(end)} for begin, end in found]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Texts, pictures, roaming ------------------------------------------------------------------------------------
def _texts(row: dict[str, str]) -> dict[str, str]:
    return {name: row[name] for name in TEXT_FIELDS if row[name]}


def _picture(row: dict[str, Any]) -> dict[str, str | None]:
    """`language` is None where the picture is for all of them."""
    address = reverse("public-picture", args=[row["pk"], row["sha256"][:MARK_LENGTH]])
    return {
        "url": f"{settings.PUBLIC_URL}{address}",
        "caption": row["caption"],
        "language": row["language"] or None,
    }


def _roaming(roaming: RoamingData) -> dict[str, Any]:
    """What nobody stated is None."""
    return {
        "accessibility": roaming.accessibility or None,
        "authentication_modes": roaming.authentication_modes,
        "payment_methods": roaming.payment_methods,
        "dynamic_information": _BOOLEANS.get(roaming.dynamic_information),
        "renewable_energy": _BOOLEANS.get(roaming.renewable_energy),
        "calibration_law": _BOOLEANS.get(roaming.calibration_law),
        "hotline": roaming.hotline or None,
        "additional_information": roaming.additional_information or None,
        "direct_payment": not roaming.direct_payment_deactivated,
    }
