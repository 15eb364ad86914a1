"""Reads of the stations app that more than one place needs."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import JSONObject
from django.http import Http404
from django.utils import timezone

from accounts.models import Organisation
from common.declarations import declared
from stations.choices import LifeCycle, PortStatus
from stations.models import MapCount, SearchEntry, ServicePackage, Station, StationGroup, StationState

# Shorter texts have no trigram: they are looked up as the beginning of an entry.
TRIGRAM = 3
# What an address says for a station whose ports never reported; an empty value would mean "no filter".
UNKNOWN_STATUS = "unknown"
# What the pages of a station's sheet read of other tables, beside the station itself.
_RELATED = ("access", "state", "report", "organisation", "owner", "operator", "service_partner", "contact_person")
_FOR_EVER = date.max.isoformat()


def station_list(organisation: Organisation) -> QuerySet[Station]:
    """The organisation's stations with their state, what they report and their groups. Two queries.

    The state names the organisation too, so that its indexes give the order by status and by connection.
    """
    stations = Station.objects.filter(state__organisation=organisation)
    # As a list: for `groups.all()` each station would get a queryset of its own, a quarter of what the page takes.
    return stations.select_related("state", "report").prefetch_related(Prefetch("groups", to_attr="group_list"))


def station_by_identity(identity: str) -> Station:
    """The station of this identity in any case of letters; 404 without one.

    One query, with what the pages of its sheet read of it: state, report, organisation, whom it is assigned to, its
    groups, service packages, and what the apps above join (`SHEET_RELATED` in their `parts.py`).
    """
    related = (*_RELATED, *declared("parts", "SHEET_RELATED"))
    stations = Station.objects.select_related(*related)
    read_along = stations.annotate(packages_about_now=_packages_about_now(), groups_named=groups_named("pk"))
    station = read_along.filter(identity__iexact=identity).first()
    if station is None:
        raise Http404
    return station


def stations_with_text(organisation: Organisation, text: str) -> QuerySet[SearchEntry, Any]:
    """Ids of the stations with `text` in their identity, name, serial numbers, address, port names or EVSE IDs."""
    lookup = "text__icontains" if len(text) >= TRIGRAM else "text__istartswith"
    return SearchEntry.objects.filter(organisation=organisation, **{lookup: text}).values("station_id")


def groups_named(station_id: str) -> ArraySubquery:
    """Key and name of the groups of a query's stations, by name; `station_id` names the row's key of the station."""
    groups = StationGroup.objects.filter(stations=OuterRef(station_id)).order_by("name", "pk")
    return ArraySubquery(groups.values(group=JSONObject(pk="pk", name="name")))


def groups_of(station: Station) -> list[dict[str, Any]]:
    """Key and name of the station's groups, by name. One query, none where they were read along with the station."""
    known: list[dict[str, Any]] | None = getattr(station, "groups_named", None)
    if known is None:
        return [{"pk": group.pk, "name": group.name} for group in station.groups.order_by("name", "pk")]
    return known


@dataclass(frozen=True)
class StatusCount:
    """How many of the connected stations in operation have a status; `value` is what the list's filter calls it."""

    status: PortStatus | str
    count: int

    @property
    def value(self) -> str:
        return str(self.status) or UNKNOWN_STATUS


@dataclass(frozen=True)
class Fleet:
    """The organisation's stations: how many stand where in their life; of those in operation, how many are connected
    and what status these have, the most frequent first.
    """

    by_life_cycle: Mapping[str, int]
    online: int
    offline: int
    statuses: list[StatusCount]


def fleet_of(organisation: Organisation) -> Fleet:
    """One query."""
    states = StationState.objects.filter(organisation=organisation)
    return _fleet(states.values_list("station__life_cycle", "online", "status").annotate(count=Count("pk")))


def fleet_on_map(organisation: Organisation) -> Fleet:
    """The same of the stations that have a position. One query, whatever the size of the fleet."""
    counts = MapCount.objects.filter(organisation=organisation)
    return _fleet(counts.values_list("life_cycle", "online", "status").annotate(count=Sum("stations")))


def _fleet(rows: Iterable[tuple[str, bool, str, int]]) -> Fleet:
    by_life_cycle, online, statuses = Counter[str](), Counter[bool](), Counter[str]()
    for life_cycle, is_online, status, count in rows:
        by_life_cycle[life_cycle] += count
        if life_cycle == LifeCycle.IN_OPERATION:
            online[is_online] += count
            statuses[status] += count if is_online else 0
    counts = [StatusCount(_status(text), count) for text, count in statuses.most_common() if count]
    return Fleet(by_life_cycle, online[True], online[False], counts)


def reported(station: Station, field: str) -> str:
    """What the charger says of itself; empty where it said nothing."""
    report = getattr(station, "report", None)
    return str(getattr(report, field)) if report else ""


def entered_or_reported(station: Station, field: str) -> str:
    return str(getattr(station, field)) or reported(station, field)


def status_of(station: Station) -> PortStatus | str:
    """What the station's ports sum up to, with its label; as the charger wrote it where OCPP knows no such status."""
    return _status(station.state.status)


def _status(text: str) -> PortStatus | str:
    return PortStatus(text) if text in PortStatus.values else text


def with_assignments(station: Station) -> Station:
    """The station with the people it is assigned to, its groups, its state and what it reports. One query."""
    return Station.objects.select_related(*_RELATED).annotate(groups_named=groups_named("pk")).get(pk=station.pk)


def day_at(station: Station) -> date:
    """Today, where the station stands."""
    return timezone.now().astimezone(ZoneInfo(station.time_zone)).date()


def has_service_package(station: Station) -> bool:
    """Whether any service package is active for the station today. One query, none for `station_by_identity`'s."""
    today = day_at(station)
    known: list[dict[str, str | None]] | None = getattr(station, "packages_about_now", None)
    if known is not None:
        return any(str(one["since"]) <= today.isoformat() <= (one["until"] or _FOR_EVER) for one in known)
    return _packages(today, today).filter(station=station).exists()


def _packages_about_now() -> ArraySubquery:
    """The periods of the packages that are active today in any time zone: the station's own decides later."""
    day = timezone.now().date()
    packages = _packages(day + timedelta(days=1), day - timedelta(days=1)).filter(station=OuterRef("pk"))
    return ArraySubquery(packages.values(period=JSONObject(since="since", until="until")))


def _packages(since: date, until: date) -> QuerySet[ServicePackage]:
    packages = ServicePackage.objects.filter(since__lte=since)
    return packages.filter(Q(until=None) | Q(until__gte=until))
