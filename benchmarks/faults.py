"""How fast closed sessions are judged by the rules of the error rate: for the first time, anew where
none differs, and anew where a changed rule makes all of them differ.
"""

import time
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from accounts.models import Organisation
from charging import services
from charging.models import FaultRules
from charging.services.classification import ids_of
from charging.services.fault_rules import STEP

_SESSIONS = """
    WITH s AS MATERIALIZED (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM stations_station
        WHERE organisation_id = %(organisation)s
    ), made AS MATERIALIZED (
        SELECT n, now() - interval '1 minute' * n AS at, n %% (SELECT count(*) FROM s) AS place
        FROM generate_series(1, %(count)s) AS n
    )
    INSERT INTO charging_chargingsession (organisation_id, station_id, port_number, state, id_tag, "authorization",
        started_at, ended_at, start_received_at, stop_received_at, meter_start_wh, meter_stop_wh, energy_wh,
        stop_reason, stop_id_tag, flags, counted_on)
    SELECT %(organisation)s, s.id, 1, CASE WHEN n %% 40 = 0 THEN 'ended_without_stop' ELSE 'ended' END, 'BENCH',
        'Accepted', at, at + interval '40 minutes', at, at + interval '40 minutes', 0, 9000, 9000, 'Local', '', '{}',
        at::date
    FROM made JOIN s USING (place)
"""


@dataclass(frozen=True)
class Judged:
    """Sessions per second."""

    first: float
    again: float
    changed: float


def measure(organisation: Organisation, count: int) -> Judged:
    with connection.cursor() as cursor:
        cursor.execute(_SESSIONS, {"organisation": organisation.pk, "count": count})
        cursor.execute("ANALYZE charging_chargingsession")
    begun = time.perf_counter()
    while services.classify_closed(timezone.now()):
        pass
    first = count / (time.perf_counter() - begun)
    again = count / _judge_anew(organisation)
    FaultRules.objects.create(organisation=organisation, limits={"readings_needed": 1})
    return Judged(first, again, count / _judge_anew(organisation))


def _judge_anew(organisation: Organisation) -> float:
    """Seconds that it took."""
    begun = time.perf_counter()
    first, last = ids_of(organisation)
    for begin in range(first, last + 1, STEP):
        services.classify_range(organisation, begin, begin + STEP, timezone.now())
    return time.perf_counter() - begun
