"""The counts of the map: triggers add rows, this makes one row of all that speak of the same."""

from django.db import connection

# Deleting and inserting in one statement: a reader sees the rows before or the sums after, never both or neither.
_FOLD = """
    WITH crowded AS (
        SELECT organisation_id, cell_row, cell_column FROM stations_mapcount
        GROUP BY organisation_id, cell_row, cell_column, life_cycle, status, online HAVING count(*) > 1
    ), gone AS (
        DELETE FROM stations_mapcount
        WHERE (organisation_id, cell_row, cell_column) IN (SELECT * FROM crowded) RETURNING *
    ), folded AS (
        INSERT INTO stations_mapcount (organisation_id, cell_row, cell_column, life_cycle, status, online, stations,
            latitude_e6, longitude_e6, station_ids)
        SELECT organisation_id, cell_row, cell_column, life_cycle, status, online, sum(stations), sum(latitude_e6),
            sum(longitude_e6), sum(station_ids)
        FROM gone GROUP BY organisation_id, cell_row, cell_column, life_cycle, status, online
        HAVING sum(stations) <> 0 OR sum(latitude_e6) <> 0 OR sum(longitude_e6) <> 0
            OR sum(station_ids) <> 0
    )
    SELECT count(*) FROM gone
"""


def fold_map_counts() -> int:
    """Fold the cells that hold more rows than they need, over all organisations; how many rows there were."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD)
        return int(cursor.fetchone()[0])
