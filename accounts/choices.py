from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActorKind(TextChoices):
    USER = "user", _("Person")
    TOKEN = "token", _("API token")
    STATION = "station", _("Station")
    TASK = "task", _("Background task")
    SYSTEM = "system", _("Portal")


class Theme(TextChoices):
    AUTO = "auto", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
