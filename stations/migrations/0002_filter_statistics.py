"""What the list is filtered by in any case of letters: without statistics of these expressions PostgreSQL takes every
match for a rare one, and sorts all of them where the first page of an index would do.
"""

from django.db import migrations

CREATE = """
    CREATE STATISTICS station_words ON upper(vendor), upper(model), upper(firmware_version) FROM stations_station;
    CREATE STATISTICS station_report_words ON upper(vendor), upper(model), upper(firmware_version)
        FROM stations_stationreport;
"""
DROP = "DROP STATISTICS station_words; DROP STATISTICS station_report_words;"


class Migration(migrations.Migration):
    dependencies = [("stations", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
