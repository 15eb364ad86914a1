"""Reads of the gateway that more than one place needs."""

from datetime import datetime, timedelta

from django.db.models import Count, DurationField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest, Least

from ocpp_gateway.models import Connection, Exchange, RefusedHandshake, StationCredential
from stations.models import Station


def exchanges(station: Station, start: datetime, end: datetime) -> QuerySet[Exchange]:
    """The message log of a station from `start` up to and without `end`, newest first.

    Page by the key (received_at, id). The bounds keep the read to the partitions of those days. The table has no
    scoped manager: the station, found in scope, is what keeps organisations apart.
    """
    return Exchange.objects.filter(
        station_id=station.pk, organisation_id=station.organisation_id, received_at__gte=start, received_at__lt=end
    ).order_by("-received_at", "-id")


def connections(station: Station) -> QuerySet[Connection]:
    """The connection history of a station, newest first; page by the key (opened_at, id)."""
    return Connection.objects.filter(station=station).order_by("-opened_at", "-id")


def connections_in(station: Station, start: datetime, end: datetime) -> QuerySet[Connection]:
    """The connections that lasted into the period, newest first."""
    return connections(station).filter(Q(closed_at=None) | Q(closed_at__gt=start), opened_at__lt=end)


def connected_for(station: Station, start: datetime, end: datetime) -> timedelta:
    """How long of the period the station was connected."""
    lasted = Least(Coalesce("closed_at", end), end) - Greatest("opened_at", start)
    found = connections_in(station, start, end).order_by().aggregate(together=Sum(lasted, output_field=DurationField()))
    return found["together"] or timedelta()


def endings_in(station: Station, start: datetime, end: datetime) -> list[tuple[str, int]]:
    """The codes by which connections ended in the period and how often each, the most frequent first."""
    ended = connections_in(station, start, end).filter(closed_at__isnull=False).order_by()
    counted = ended.values_list("code").annotate(times=Count("pk"))
    return list(counted.order_by("-times", "code"))


def first_connected_at(station: Station) -> datetime | None:
    """When the station was connected for the first time; before that it was not away but not there yet."""
    return Connection.objects.filter(station=station).order_by("opened_at").values_list("opened_at", flat=True).first()


def newest_disconnections(since: datetime) -> QuerySet[Connection]:
    """Connections that were lost since then, newest first, without those that the station closed on purpose."""
    lost = Connection.objects.filter(closed_at__gte=since).exclude(code__in=("1000", "1001", "1008"))
    return lost.select_related("station").order_by("-closed_at", "-id")


def open_connection(station: Station) -> Connection | None:
    return Connection.objects.filter(station=station, closed_at=None).first()


def refused_handshakes(organisation_id: int) -> QuerySet[RefusedHandshake]:
    """Handshakes that the organisation is to see, newest first; page by the key (last_at, id)."""
    return RefusedHandshake.objects.filter(organisation_id=organisation_id).order_by("-last_at", "-id")


def credential_of(station: Station) -> StationCredential | None:
    return StationCredential.objects.filter(station=station).first()
