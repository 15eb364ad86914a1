"""Files between stations and the portal: diagnostics and logs that come in, firmware that goes out."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import StoredFile
from chargeports.choices import TransferKind, TransferState
from chargeports.models.commands import Command
from common.models import TenantModel
from stations.models import Station


class Firmware(TenantModel):
    """One entry of the firmware library. Without a model it fits every model of the manufacturer.

    `signing_certificate` (PEM) and `signature` (Base64) are the manufacturer's, for stations that check them.
    """

    vendor = models.CharField(_("manufacturer"), max_length=255)
    model = models.CharField(_("model"), max_length=255, blank=True)
    version = models.CharField(_("version"), max_length=120)
    note = models.TextField(_("note"), blank=True, max_length=5000)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    signing_certificate = models.TextField(_("signing certificate (PEM)"), blank=True, max_length=5500)
    signature = models.CharField(_("signature (Base64)"), blank=True, max_length=800)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    created_by = models.CharField(_("by"), max_length=200)
    removed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        ordering = ("vendor", "model", "version")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "vendor", "model", "version"],
                condition=models.Q(removed_at__isnull=True),
                name="firmware_version_unique",
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.vendor, self.model, self.version]))


class FileTransfer(TenantModel):
    """One file on its way, from the command that asks for it to its end: one thing to the user.

    The address is for one transfer alone: `address_digest` is a keyed digest of its secret, good until `open_until`.
    `steps` lists each state once with its time (`{"state", "at", "word"}`), `word` being the charger's own.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="transfers")
    command = models.OneToOneField(Command, null=True, on_delete=models.SET_NULL, related_name="transfer")
    kind = models.CharField(_("kind"), max_length=20, choices=TransferKind)
    state = models.CharField(_("state"), max_length=12, choices=TransferState, default=TransferState.REQUESTED)
    word = models.CharField(max_length=255, blank=True)
    steps = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    actor_label = models.CharField(_("by"), max_length=200)
    created_at = models.DateTimeField(_("requested"), auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    start_at = models.DateTimeField(_("from"), null=True)
    stop_at = models.DateTimeField(_("until"), null=True)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, related_name="+")
    firmware = models.ForeignKey(Firmware, null=True, on_delete=models.SET_NULL, related_name="transfers")
    version_before = models.CharField(max_length=255, blank=True)
    version_after = models.CharField(max_length=255, blank=True)
    protocol = models.CharField(max_length=5, blank=True)
    address_digest = models.BinaryField(null=True)
    open_until = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["station", "-id"], name="transfer_by_station"),
            models.Index(fields=["open_until"], condition=models.Q(ended_at__isnull=True), name="transfer_open"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def is_upload(self) -> bool:
        return self.kind not in (TransferKind.FIRMWARE, TransferKind.SIGNED_FIRMWARE)
