"""How long stations could be used, day by day: from their connections, their errors and their maintenance windows.

A port is down while its station is offline or an error of the port, or of the station itself, keeps it from charging.
A connection that comes back within the grace that the status of a station has, too, was never away. Maintenance windows
are kept apart: what they cover is neither up nor down. Days are those of the station's own time zone, in true seconds:
23 or 25 hours long where clocks change.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

from chargeports.choices import Severity
from chargeports.models import AvailabilityDay
from ocpp_gateway.models import Connection
from stations.choices import LifeCycle
from stations.models import Station
from stations.schedules import moment

# A day is reckoned when it has been over for a while: chargers send late what they could not send in time.
_SETTLED = timedelta(hours=2)
# So many days are made up for after a standstill.
_LATEST_DAYS = 7
_AT_ONCE = 2000

_RECKON = """
    INSERT INTO chargeports_availabilityday (organisation_id, station_id, day, port_s, down_s, maintenance_s)
    SELECT station.organisation_id, station.id, span.day, coalesce(sum(seconds.known), 0),
        coalesce(sum(seconds.down), 0), coalesce(sum(seconds.work), 0)
    FROM stations_station AS station
    CROSS JOIN unnest(%(days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS span(day, starts, ends)
    LEFT JOIN LATERAL (
        SELECT opened_at FROM ocpp_gateway_connection WHERE station_id = station.id ORDER BY opened_at LIMIT 1
    ) AS first ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN first.opened_at < span.ends
            THEN tstzmultirange(tstzrange(greatest(first.opened_at, span.starts), span.ends)) ELSE '{}' END AS known
    ) AS time
    CROSS JOIN LATERAL (
        SELECT coalesce(range_agg(tstzrange(opened_at,
            CASE WHEN next <= closed_at + %(grace)s THEN next ELSE closed_at END)), '{}') AS online
        FROM (
            SELECT opened_at, closed_at, lead(opened_at) OVER (ORDER BY opened_at, id) AS next FROM (
                SELECT id, opened_at, closed_at FROM ocpp_gateway_connection
                WHERE station_id = station.id AND opened_at >= span.starts AND opened_at < span.ends
                UNION ALL (
                    SELECT id, opened_at, closed_at FROM ocpp_gateway_connection
                    WHERE station_id = station.id AND opened_at < span.starts ORDER BY opened_at DESC LIMIT 1
                )
            ) AS found WHERE closed_at IS NULL OR closed_at >= opened_at
        ) AS one
    ) AS connected
    LEFT JOIN chargeports_chargeport AS port ON port.station_id = station.id
    CROSS JOIN LATERAL (
        SELECT coalesce(range_agg(tstzrange(since, until)), '{}') AS faulted
        FROM chargeports_equipmenterror
        WHERE station_id = station.id AND port_number IN (0, port.number) AND severity = %(outage)s
            AND since < span.ends AND (until IS NULL OR until > greatest(since, span.starts))
    ) AS errors
    CROSS JOIN LATERAL (
        SELECT coalesce(range_agg(tstzrange(starts_at, ends_at)), '{}') AS work
        FROM chargeports_maintenancewindow
        WHERE station_id = station.id AND port_number IN (0, port.number)
            AND starts_at < span.ends AND ends_at > span.starts
    ) AS maintenance
    LEFT JOIN LATERAL (
        SELECT
            (SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest(time.known) AS r) AS known,
            (SELECT sum(extract(epoch FROM upper(r) - lower(r))) FROM unnest(time.known * maintenance.work) AS r)
                AS work,
            (SELECT sum(extract(epoch FROM upper(r) - lower(r)))
                FROM unnest((time.known - connected.online + time.known * errors.faulted) - maintenance.work) AS r)
                AS down
    ) AS seconds ON port.id IS NOT NULL
    WHERE station.id = ANY(%(stations)s)
    GROUP BY station.organisation_id, station.id, span.day
    ON CONFLICT (station_id, day) DO UPDATE
    SET port_s = EXCLUDED.port_s, down_s = EXCLUDED.down_s, maintenance_s = EXCLUDED.maintenance_s
"""


def reckon_days(station_ids: Sequence[int], days: Sequence[date], zone: ZoneInfo) -> None:
    """Write the availability of these stations, which all have the time zone, on these days. One statement."""
    values: dict[str, Any] = {
        "stations": list(station_ids),
        "days": list(days),
        "starts": [moment(day, "00:00", zone) for day in days],
        "ends": [moment(day + timedelta(days=1), "00:00", zone) for day in days],
        "grace": timedelta(seconds=settings.GATEWAY_OFFLINE_GRACE_S),
        "outage": Severity.OUTAGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECKON, values)


def reckon_missing(now: datetime) -> int:
    """Reckon the days that are over and have no figures yet, of stations in operation; how many were written.

    Works across organisations. A day is that of the station's life cycle at the time it is reckoned.
    """
    named = Station.objects.filter(life_cycle=LifeCycle.IN_OPERATION).order_by().values_list("time_zone", flat=True)
    zones = [ZoneInfo(name) for name in sorted(set(named.distinct()) & available_timezones())]
    return sum(_reckon_missing(zone, day) for zone in zones for day in _settled_days(now, zone))


def _settled_days(now: datetime, zone: ZoneInfo) -> list[date]:
    """The newest days that have been over for long enough, the oldest first."""
    newest = (now - _SETTLED).astimezone(zone).date() - timedelta(days=1)
    return [newest - timedelta(days=ago) for ago in range(_LATEST_DAYS - 1, -1, -1)]


def _reckon_missing(zone: ZoneInfo, day: date) -> int:
    known = AvailabilityDay.objects.filter(day=day).values("station_id")
    connected = Exists(Connection.objects.filter(station=OuterRef("pk")))
    working = Station.objects.filter(connected, time_zone=zone.key, life_cycle=LifeCycle.IN_OPERATION)
    ids = list(working.exclude(pk__in=known).order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(ids), _AT_ONCE):
        reckon_days(ids[first : first + _AT_ONCE], [day], zone)
    return len(ids)
