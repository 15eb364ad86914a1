"""Sessions judged by the rules of `charging.faults`: by one statement for as many as are given.

Each session gets all types that hit and the first of them as the primary one; the rollup `FaultDay` follows by the
difference, in the same statement. Only rows that differ are written.
"""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, Min

from accounts.models import Organisation
from charging.faults import FAILED_AUTHORISATION, FAULT_TYPES, LIMITS, Limit
from charging.models import ChargingSession

AT_ONCE = 20_000


def _limit_sql(limit: Limit) -> str:
    """A column of the limits: the organisation's own value, or the default. Names and defaults are ours."""
    if isinstance(limit.default, tuple):
        default = ", ".join(f"'{word}'" for word in limit.default)
        own = f"ARRAY(SELECT jsonb_array_elements_text(r.limits -> '{limit.name}'))"
        return f"CASE WHEN r.limits ? '{limit.name}' THEN {own} ELSE ARRAY[{default}] END AS {limit.name}"
    return f"coalesce((r.limits ->> '{limit.name}')::int, {limit.default}) AS {limit.name}"


_LIMITS = ",\n            ".join(map(_limit_sql, LIMITS.values()))
_HITS = ",\n                ".join(
    f"CASE WHEN {one.fault.value} <> ALL(l.left_out) AND ({one.condition}) THEN {one.fault.value} END"
    for one in FAULT_TYPES
)

# Nothing of others stands in this text: rules and names are those of `charging.faults`.
_CLASSIFY = f"""
    WITH limits AS MATERIALIZED (
        SELECT o.id AS organisation_id, coalesce(r.left_out, '{{}}') AS left_out,
            {_LIMITS}
        FROM accounts_organisation o LEFT JOIN charging_faultrules r ON r.organisation_id = o.id
    ), closed AS (
        SELECT id, organisation_id, station_id, port_number, state, started_at, ended_at, start_received_at, flags,
            meter_start_wh, meter_stop_wh, energy_wh, stop_reason, "authorization", last_value_at, lowest_power_w,
            highest_power_w, signed_verdict, counted_on, fault, faults, classified_at,
            CASE WHEN 'clock' = ANY(flags) THEN coalesce(start_received_at, started_at) ELSE started_at END AS began_at,
            CASE WHEN 'clock' = ANY(flags) THEN coalesce(stop_received_at, ended_at) ELSE ended_at END AS finished_at
        FROM charging_chargingsession WHERE counted_on IS NOT NULL AND {{which}}
    ), timed AS (
        SELECT *, greatest(0, extract(epoch FROM finished_at - began_at)) AS duration_s FROM closed
    ), judged AS (
        SELECT s.id, s.organisation_id, s.station_id, s.port_number, s.counted_on, s.fault, s.faults, s.classified_at,
            CASE WHEN {FAILED_AUTHORISATION} THEN ARRAY[0]::smallint[] ELSE array_remove(ARRAY[
                {_HITS}
            ], NULL)::smallint[] END AS found
        FROM timed s
        JOIN limits l ON l.organisation_id = s.organisation_id
        LEFT JOIN chargeports_chargeport p ON p.station_id = s.station_id AND p.number = s.port_number
    ), differing AS MATERIALIZED (
        SELECT * FROM judged WHERE faults <> found OR classified_at IS NULL
    ), written AS (
        UPDATE charging_chargingsession s SET fault = d.found[1], faults = d.found, classified_at = %(now)s
        FROM differing d WHERE s.id = d.id AND s.classified_at IS NOT DISTINCT FROM d.classified_at
        RETURNING d.organisation_id, d.station_id, d.port_number, d.counted_on, d.fault AS before, d.found[1] AS after
    ), moved AS (
        SELECT organisation_id, station_id, port_number, counted_on, change.fault, sum(change.sessions)
        FROM written, LATERAL (VALUES (before, -1), (after, 1)) AS change(fault, sessions)
        WHERE change.fault IS NOT NULL AND before IS DISTINCT FROM after
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(change.sessions) <> 0
    ), rolled AS (
        INSERT INTO charging_faultday AS known (organisation_id, station_id, port_number, day, fault, sessions)
        SELECT * FROM moved ORDER BY 2, 3, 4, 5
        ON CONFLICT (station_id, port_number, day, fault) DO UPDATE SET sessions = known.sessions + excluded.sessions
    )
    SELECT count(*) FROM written
"""  # noqa: S608
# Locked first, so that the statement above sees what was changed until then.
_TAKE = """
    SELECT id FROM charging_chargingsession WHERE counted_on IS NOT NULL AND classified_at IS NULL
    ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
_TAKEN = "id = ANY(%(ids)s)"
# Without a lock: what changes meanwhile waits for `classify_closed` and is not written here.
_RANGE = "organisation_id = %(organisation)s AND id >= %(first)s AND id < %(end)s AND classified_at IS NOT NULL"


@transaction.atomic
def classify_closed(now: datetime, most: int = AT_ONCE) -> int:
    """Judge the sessions that were closed or corrected since, across organisations; say how many."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [most])
        ids = [row[0] for row in cursor.fetchall()]
    return _classify(_TAKEN, now, ids=ids) if ids else 0


@transaction.atomic
def classify_range(organisation: Organisation, first: int, end: int, now: datetime) -> int:
    """Judge the organisation's closed sessions with `first` ≤ id < `end` anew; say how many differ from before."""
    return _classify(_RANGE, now, organisation=organisation.pk, first=first, end=end)


def ids_of(organisation: Organisation) -> tuple[int, int]:
    """The first and the last id of the organisation's sessions; (0, -1) without any."""
    found = ChargingSession.objects.filter(organisation=organisation).aggregate(first=Min("pk"), last=Max("pk"))
    return (found["first"] or 0, found["last"] or -1)


def _classify(which: str, now: datetime, **values: int | list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_CLASSIFY.replace("{which}", which), {"now": now, **values})
        return int(cursor.fetchone()[0])
