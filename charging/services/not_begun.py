"""Those who were let to charge and did not begin: a card accepted at the reader, or a start from the portal, after
which no transaction came within the charger's time for plugging in (ConnectionTimeOut) and a while.

Such an attempt counts as *cancelled* in the error rate. It does not where the same card was shown again, and where
a session of it or of its group was under way: then it was shown to stop.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from charging.faults import LONGEST_PLUG_PATIENCE_S, PLUG_GRACE, PLUG_PATIENCE_S

ATTEMPTS_AT_ONCE = 2000

# A start from the portal may wait longer: for the charger, and for somebody to walk to it. Attempts that are older than
# a few days were judged or are no longer worth it.
_JUDGE = """
    WITH due AS (
        SELECT a.id, a.received_at, a.organisation_id, a.station_id, a.port_number, a.id_tag, a.token_id, a.occasion,
            a.method, CASE WHEN a.occasion = 'portal' THEN interval '15 minutes' ELSE w.reader END AS patience
        FROM charging_activation a
        CROSS JOIN LATERAL (SELECT make_interval(secs => least(%(longest_s)s, coalesce((
            SELECT nullif(regexp_replace(c.value, '[^0-9].*$', ''), '')::numeric FROM chargeports_configurationvalue c
            WHERE c.station_id = a.station_id AND c.key = 'ConnectionTimeOut' AND length(c.value) < 8 LIMIT 1
        ), %(plug_s)s) + coalesce((
            SELECT (r.limits ->> 'plug_grace_s')::int FROM charging_faultrules r
            WHERE r.organisation_id = a.organisation_id), %(grace_s)s))::int) AS reader) AS w
        WHERE a.followed IS NULL AND a.outcome = 'Accepted' AND a.occasion IN ('reader', 'portal')
            AND a.received_at BETWEEN %(now)s - interval '3 days' AND %(now)s - interval '1 minute'
            AND a.received_at <= %(now)s - CASE WHEN a.occasion = 'portal' THEN interval '15 minutes' ELSE w.reader END
        ORDER BY a.received_at LIMIT %(most)s FOR UPDATE OF a SKIP LOCKED
    ), judged AS (
        SELECT d.*, EXISTS (
            SELECT FROM charging_chargingsession s LEFT JOIN charging_idtoken t ON t.id = s.token_id
            WHERE s.station_id = d.station_id AND s.started_at BETWEEN d.received_at - interval '7 days'
                    AND d.received_at + d.patience
                AND (s.ended_at IS NULL OR s.ended_at > d.received_at - interval '1 minute')
                AND CASE WHEN d.occasion = 'portal' AND d.method <> 'token'
                    THEN s.method = d.method AND s.port_number = d.port_number
                    ELSE upper(d.id_tag) IN (upper(s.id_tag), upper(s.stop_id_tag)) OR t.group_id = (
                        SELECT group_id FROM charging_idtoken WHERE id = d.token_id) END
        ) OR EXISTS (
            SELECT FROM charging_activation later
            WHERE later.station_id = d.station_id AND upper(later.id_tag) = upper(d.id_tag)
                AND later.received_at > d.received_at AND later.received_at <= d.received_at + d.patience
        ) AS came
        FROM due d
    ), written AS (
        UPDATE charging_activation a SET followed = j.came FROM judged j
        WHERE a.received_at = j.received_at AND a.id = j.id
        RETURNING a.id
    ), counted AS (
        INSERT INTO charging_notbegunday AS known (organisation_id, station_id, port_number, day, attempts)
        SELECT j.organisation_id, j.station_id, coalesce(j.port_number, CASE WHEN p.ports = 1 THEN p.number END, 0),
            (j.received_at AT TIME ZONE st.time_zone)::date, count(*)
        FROM judged j
        JOIN stations_station st ON st.id = j.station_id
        CROSS JOIN LATERAL (SELECT count(*) AS ports, min(number) AS number FROM chargeports_chargeport
            WHERE station_id = j.station_id) AS p
        WHERE NOT j.came
        GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4
        ON CONFLICT (station_id, port_number, day) DO UPDATE SET attempts = known.attempts + excluded.attempts
    )
    SELECT count(*) FROM written
"""


@transaction.atomic
def judge_attempts(now: datetime) -> int:
    """Tell of the accepted attempts that are old enough whether a session began; how many. Across organisations."""
    values: dict[str, Any] = {
        "now": now,
        "most": ATTEMPTS_AT_ONCE,
        "grace_s": PLUG_GRACE.default,
        "plug_s": PLUG_PATIENCE_S,
        "longest_s": LONGEST_PLUG_PATIENCE_S,
    }
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE, values)
        return int(cursor.fetchone()[0])
