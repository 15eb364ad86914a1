import django.db.models.deletion
from django.db import migrations, models

WAITING_SQL = (
    "CREATE INDEX charging_activation_waiting ON charging_activation (received_at)"
    " WHERE followed IS NULL AND outcome = 'Accepted' AND occasion IN ('reader', 'portal')"
)


class Migration(migrations.Migration):
    dependencies = [("charging", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="activation",
            name="followed",
            field=models.BooleanField(null=True),
        ),
        migrations.RunSQL(WAITING_SQL, "DROP INDEX charging_activation_waiting"),
        migrations.CreateModel(
            name="NotBegunDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("port_number", models.PositiveSmallIntegerField()),
                ("day", models.DateField()),
                ("attempts", models.IntegerField(default=0)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "station",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="stations.station"
                    ),
                ),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "indexes": [models.Index(fields=["organisation", "day"], name="not_begun_by_organisation")],
                "constraints": [
                    models.UniqueConstraint(fields=("station", "port_number", "day"), name="not_begun_day_unique")
                ],
            },
        ),
    ]
