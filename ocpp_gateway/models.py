"""The websocket broker's own records: nodes, connections, credentials, refused handshakes and the message log."""

import uuid
from datetime import UTC, datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from common.models import LabelledModel, TenantModel
from common.partitions import NextValue
from ocpp_gateway import closing
from ocpp_gateway.choices import CloseSide, Direction, RefusalReason
from stations.models import Station

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class GatewayNode(models.Model):
    """A process that holds chargers' sockets. It renews its lease; when that runs out its connections are closed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.CharField(max_length=120)
    host = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()


class StationCredential(models.Model):
    """The secret of a station as a keyed digest (`credentials.py`); the secret itself is shown once and never kept.

    `next_digest` is a key on its way to the charger: it becomes the digest when the charger accepts it.
    """

    station = models.OneToOneField(Station, primary_key=True, on_delete=models.CASCADE, related_name="credential")
    digest = models.BinaryField(null=True)
    next_digest = models.BinaryField(null=True)
    # Chargers that send the key as hexadecimal text instead of its bytes (docs/ocpp.md, quirks).
    accepts_hex_text = models.BooleanField(_("accepts the key as hexadecimal text"), default=False)
    assume_subprotocol = models.BooleanField(_("assume OCPP 1.6 where no subprotocol is offered"), default=False)
    wants_local_time = models.BooleanField(_("is told the local time with its offset instead of UTC"), default=False)
    allows_old_tls = models.BooleanField(_("may use TLS 1.0 and 1.1, which are not safe"), default=False)
    # The highest profile that the station ever connected with; it never goes down again (whitepaper A05.FR.07).
    highest_profile = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()


class ModelHabit(models.Model):
    """What chargers of one manufacturer, model and firmware were found to do, whoever they belong to."""

    vendor = models.CharField(max_length=255)
    model = models.CharField(max_length=255)
    firmware_version = models.CharField(max_length=255)
    # Silent when asked for all configuration keys, while it answers for named ones (C02, Q41).
    names_keys_only = models.BooleanField(default=False)
    noted_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["vendor", "model", "firmware_version"], name="model_habit_unique")
        ]


class Connection(TenantModel):
    """One websocket of a station, open while `closed_at` is empty. At most one of a station is open."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="connections")
    node = models.ForeignKey(GatewayNode, null=True, on_delete=models.SET_NULL, related_name="connections")
    node_host = models.CharField(max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    subprotocol = models.CharField(max_length=20, blank=True)
    security_profile = models.PositiveSmallIntegerField()
    server = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField(_("connected"))
    closed_at = models.DateTimeField(_("disconnected"), null=True)
    code = models.CharField(_("code"), max_length=4, blank=True)
    server_code = models.IntegerField(null=True)
    side = models.CharField(_("side"), max_length=8, choices=CloseSide, blank=True)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    last_message_at = models.DateTimeField(null=True)
    messages_in = models.PositiveIntegerField(default=0)
    messages_out = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["station"], condition=models.Q(closed_at__isnull=True), name="one_open_connection"
            )
        ]
        indexes = [
            models.Index(fields=["station", "-opened_at", "-id"], name="connection_by_station"),
            models.Index(fields=["node"], condition=models.Q(closed_at__isnull=True), name="connection_open_by_node"),
        ]

    @property
    def meaning(self) -> closing.Closing:
        """What the stored code says, in words."""
        return closing.meaning_of(self.code)


class RefusedHandshake(LabelledModel):
    """Chargers that tried to connect and were refused: one row for an identity and a reason, counted.

    `organisation` is the one named in the address, else the one that receives unknown stations, else empty. The digest
    of the password that the charger showed is kept, so that adopting the charger needs no typing at the charger.
    """

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="+")
    identity = models.CharField(_("station id"), max_length=255)
    reason = models.CharField(_("reason"), max_length=20, choices=RefusalReason)
    address = models.CharField(_("address"), max_length=64, blank=True)
    subprotocols = ArrayField(models.CharField(max_length=60), default=list, verbose_name=_("offered subprotocols"))
    path = models.CharField(max_length=300, blank=True)
    secure = models.BooleanField(default=False)
    shown_digest = models.BinaryField(null=True)
    first_at = models.DateTimeField(_("first seen"))
    last_at = models.DateTimeField(_("last seen"))
    count = models.PositiveIntegerField(_("attempts"), default=1)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                "organisation", Upper("identity"), "reason", name="refusal_unique", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["organisation", "-last_at", "-id"], name="refusal_by_time")]

    def __str__(self) -> str:
        return self.identity


class Exchange(LabelledModel):
    """One call and its answer, as they travelled. The table is partitioned by day; retention drops partitions.

    `request` is the frame as received or sent, `response` the frame that answered it; secrets are blanked out before
    the row is written. `mended` lists what the tolerant reader changed before the frame was understood.
    """

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.BigIntegerField(db_default=NextValue("ocpp_gateway_exchange_id_seq"))
    received_at = models.DateTimeField()
    organisation_id = models.BigIntegerField()
    station_id = models.BigIntegerField()
    connection_id = models.BigIntegerField(null=True)
    direction = models.CharField(max_length=7, choices=Direction)
    message_id = models.CharField(max_length=255, blank=True)
    action = models.CharField(max_length=60, blank=True)
    port_number = models.PositiveSmallIntegerField(null=True)
    session_id = models.IntegerField(null=True)
    command_id = models.BigIntegerField(null=True)
    request = models.TextField()
    response = models.TextField(null=True)
    answered_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=60, null=True)
    mended = ArrayField(models.CharField(max_length=200), default=list)

    class Meta:
        default_permissions = ()

    @property
    def frame_key(self) -> str:
        """What names the exchange in an address: microseconds since 1970, and its id."""
        return f"{(self.received_at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"
