"""Every attempt to be allowed to charge."""

from django.db import models
from django_scopes import ScopedManager

from accounts.models import Organisation
from charging.choices import AttemptOccasion, AuthorizationStatus, Refusal, StartMethod
from charging.models.starts import Voucher
from charging.models.tokens import Contract, IdToken
from common.models import LabelledModel
from common.partitions import NextValue
from common.rights import Text
from stations.models import Station


class Activation(LabelledModel):
    """One attempt: a card held to a reader, a session that began, or a start from the portal.

    Written by COPY in the batch that answers the charger; partitioned by the month of arrival, so no row has foreign
    keys in the database. `person` is who asked for it in the portal.
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField(db_default=NextValue("charging_activation_id_seq"))
    received_at = models.DateTimeField()
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING, db_constraint=False, related_name="+")
    station = models.ForeignKey(Station, models.DO_NOTHING, db_constraint=False, related_name="+")
    port_number = models.PositiveSmallIntegerField(null=True)
    occasion = models.CharField(max_length=8, choices=AttemptOccasion)
    method = models.CharField(max_length=8, choices=StartMethod)
    id_tag = models.CharField(max_length=255, blank=True)
    token = models.ForeignKey(IdToken, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    contract = models.ForeignKey(Contract, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    voucher = models.ForeignKey(Voucher, models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    session_id = models.IntegerField(null=True)
    person = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=12, choices=AuthorizationStatus)
    reason = models.CharField(max_length=24, choices=Refusal, blank=True)
    # Whether a session began, told when the time for plugging in is over; unknown before, and of what was refused.
    followed = models.BooleanField(null=True)

    objects = ScopedManager(organisation="organisation")

    class Meta:
        default_permissions = ()

    @property
    def reason_label(self) -> Text:
        return Refusal(self.reason).label if self.reason else ""
