"""What the list is filtered by in any case of letters: without statistics of these expressions PostgreSQL takes every
match for a rare one, and sorts all of them where the first page of an index would do.
"""

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.db import migrations, models

CREATE = """
    CREATE STATISTICS station_words ON upper(vendor), upper(model), upper(firmware_version) FROM stations_station;
    CREATE STATISTICS station_report_words ON upper(vendor), upper(model), upper(firmware_version)
        FROM stations_stationreport;
"""
DROP = "DROP STATISTICS station_words; DROP STATISTICS station_report_words;"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_role_is_administrator"),
        ("stations", "0010_assets"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="station",
            index=models.Index(
                models.F("organisation"),
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("city"), "text_pattern_ops"
                ),
                name="station_by_city_prefix",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
