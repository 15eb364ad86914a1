"""Files that belong to what people write into a station's history."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_files_and_jobs"), ("stations", "0014_clock_of_chargers")]

    operations = [
        migrations.AddField(
            model_name="historyentry",
            name="files",
            field=models.ManyToManyField(blank=True, related_name="+", to="accounts.storedfile"),
        ),
    ]
