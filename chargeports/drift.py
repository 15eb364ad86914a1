"""Where the settings of stations are not as their configuration templates want them: in SQL, for any number of them.

A template applies to the stations it is assigned to, one by one or by a group, that are of its manufacturer and model
where it names them. For each setting of a station one template counts: one assigned to the station itself before one of
a group, then one for a model before one for a manufacturer before one for all, then the older one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from psycopg import sql

from chargeports.models import Deviation
from stations.choices import LifeCycle
from stations.models import Station

# The templates of some stations (`{which}`), every setting once: the template that counts for it.
_WANTED = """
    WITH assigned AS (
        SELECT configurationtemplate_id AS template_id, station_id, 0 AS rank
        FROM chargeports_configurationtemplate_stations
        UNION ALL
        SELECT of_group.configurationtemplate_id, member.station_id, 1
        FROM chargeports_configurationtemplate_groups of_group
        JOIN stations_station_groups member ON member.stationgroup_id = of_group.stationgroup_id
    ), fitting AS (
        SELECT template.id AS template_id, station.id AS station_id, min(assigned.rank) AS rank,
            (template.model <> '')::int + (template.vendor <> '')::int AS precision
        FROM assigned
        JOIN chargeports_configurationtemplate template ON template.id = assigned.template_id
        JOIN stations_station station
            ON station.id = assigned.station_id AND station.organisation_id = template.organisation_id
        LEFT JOIN stations_stationreport report ON report.station_id = station.id
        WHERE {which} AND station.life_cycle <> {decommissioned}
            AND (template.vendor = ''
                OR upper(coalesce(nullif(report.vendor, ''), station.vendor)) = upper(template.vendor))
            AND (template.model = ''
                OR upper(coalesce(nullif(report.model, ''), station.model)) = upper(template.model))
        GROUP BY template.id, station.id
    ), wanted AS (
        SELECT DISTINCT ON (fitting.station_id, upper(setting.key))
            fitting.template_id, fitting.station_id, setting.key, setting.value
        FROM fitting
        JOIN chargeports_templatesetting setting ON setting.template_id = fitting.template_id
        ORDER BY fitting.station_id, upper(setting.key), fitting.rank, fitting.precision DESC, fitting.template_id
    )
"""
# A value deviates as text; true and false do so in any case of letters. Who was never read is not judged.
_JUDGED = """
    , judged AS (
        SELECT wanted.template_id, wanted.station_id, coalesce(told.key, wanted.key) AS key, wanted.value AS wanted,
            told.value AS found, coalesce(told.readonly, false) AS readonly,
            CASE
                WHEN state.configuration_read_at IS NULL THEN NULL
                WHEN told.id IS NULL THEN true
                WHEN lower(wanted.value) IN ('true', 'false')
                    THEN lower(coalesce(told.value, '')) <> lower(wanted.value)
                ELSE coalesce(told.value, '') <> wanted.value
            END AS deviates
        FROM wanted
        JOIN stations_stationstate state ON state.station_id = wanted.station_id
        LEFT JOIN chargeports_configurationvalue told
            ON told.station_id = wanted.station_id AND upper(told.key) = upper(wanted.key)
    )
"""
_KEEP = """
    INSERT INTO chargeports_deviation
        (organisation_id, template_id, station_id, key, wanted, found, readonly, since, checked_at)
    {judged}
    SELECT {organisation}, template_id, station_id, key, wanted, found, readonly, {now}, {now}
    FROM judged WHERE deviates
    ON CONFLICT (template_id, station_id, key) DO UPDATE
    SET wanted = excluded.wanted, found = excluded.found, readonly = excluded.readonly,
        checked_at = excluded.checked_at
"""


@dataclass(frozen=True)
class Judged:
    """One setting that a template wants of a station. `deviates` is None where the station was never read."""

    template_id: int
    key: str
    wanted: str
    found: str | None
    deviates: bool | None


def keep_deviations(organisation_id: int, now: datetime) -> None:
    """Compare all stations of the organisation with its templates, and keep what deviates. Two statements; what
    deviated before and does so still keeps its `since`.
    """
    which = sql.SQL("template.organisation_id = {}").format(sql.Literal(organisation_id))
    statement = sql.SQL(_KEEP).format(
        judged=_judged(which), organisation=sql.Literal(organisation_id), now=sql.Literal(now)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
    Deviation.objects.filter(organisation_id=organisation_id, checked_at__lt=now).delete()


def judged(station: Station) -> list[Judged]:
    """What the templates want of the station, and whether it is so now, by key. One query."""
    which = sql.SQL("station.id = {}").format(sql.Literal(station.pk))
    columns = sql.SQL("SELECT template_id, key, wanted, found, deviates FROM judged ORDER BY upper(key)")
    with connection.cursor() as cursor:
        cursor.execute(_judged(which) + columns)
        return [Judged(*row) for row in cursor.fetchall()]


def _judged(which: sql.Composed) -> sql.Composed:
    decommissioned = sql.Literal(LifeCycle.DECOMMISSIONED.value)
    return sql.SQL(_WANTED + _JUDGED).format(which=which, decommissioned=decommissioned)
