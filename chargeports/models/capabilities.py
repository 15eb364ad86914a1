"""What chargers of one kind were found not to know."""

from django.db import models


class UnknownCommand(models.Model):
    """Chargers of one manufacturer, model and firmware answered that they do not know this, whoever they belong to."""

    vendor = models.CharField(max_length=255)
    model = models.CharField(max_length=255)
    firmware_version = models.CharField(max_length=255)
    kind = models.CharField(max_length=30)  # a CommandKind
    noted_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "model", "firmware_version", "kind"], name="unknown_command_unique"
            )
        ]
