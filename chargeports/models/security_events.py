"""What stations report for their security."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_scopes import ScopedManager

from accounts.models import Organisation
from chargeports.security_events import meaning_of
from common.partitions import NextValue
from common.rights import Text
from stations.models import Station


class SecurityEvent(models.Model):
    """One SecurityEventNotification (security whitepaper A04). Only ever added to; partitioned by the month of arrival,
    so no row has foreign keys in the database. `at` is the charger's own time.
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField(db_default=NextValue("chargeports_securityevent_id_seq"))
    received_at = models.DateTimeField(_("received"))
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING, db_constraint=False, related_name="+")
    station = models.ForeignKey(Station, models.DO_NOTHING, db_constraint=False, related_name="+")
    type = models.CharField(_("event"), max_length=255)
    at = models.DateTimeField(_("happened"))
    tech_info = models.CharField(_("details"), max_length=255, blank=True)
    is_critical = models.BooleanField(_("critical"))

    objects = ScopedManager(organisation="organisation")

    class Meta:
        default_permissions = ()

    @property
    def meaning(self) -> Text:
        return meaning_of(self.type)
