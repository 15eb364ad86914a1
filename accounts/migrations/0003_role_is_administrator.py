from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_append_only")]
    operations = [
        migrations.AddField(
            model_name="role",
            name="is_administrator",
            field=models.BooleanField(default=False, editable=False),
        ),
    ]
