"""The configuration a station reported, and how it changed."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from chargeports.choices import KeyForm, PortField, Reading
from chargeports.models.commands import Command
from common.models import TenantModel
from stations.models import Station


class ConfigurationValue(TenantModel):
    """One configuration key as the station last reported it. Values of secret keys are never stored."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="configuration")
    key = models.CharField(max_length=120)
    value = models.TextField(null=True)
    readonly = models.BooleanField(default=False)
    first_read_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        ordering = ("key",)
        constraints = [models.UniqueConstraint(fields=["station", "key"], name="configuration_key_unique")]


class ConfigurationChange(TenantModel):
    """A value that differed from the one read before. `command` is ours that asked for it, where one did."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    before = models.TextField(null=True)
    after = models.TextField(null=True)
    at = models.DateTimeField()
    command = models.ForeignKey(Command, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["station", "key", "-at"], name="configuration_change_by_key")]


class ConfigurationKey(TenantModel):
    """What the organisation knows of a configuration key: a manufacturer's own, or a standard one with own advice.

    Empty `vendor` or `model` stand for any. `{port}` in the key stands for the number of the charge port. `port_field`
    says what the key tells of a port, `reading` how, `words` (one `theirs = ours` per line) how its words translate.
    """

    key = models.CharField(_("key"), max_length=120)
    vendor = models.CharField(_("manufacturer"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    form = models.CharField(_("type"), max_length=8, choices=KeyForm, default=KeyForm.TEXT)
    unit = models.CharField(_("unit"), max_length=12, blank=True)
    meaning = models.CharField(_("meaning"), max_length=300)
    recommended = models.CharField(_("recommended value"), max_length=500, blank=True)
    values = models.CharField(_("possible values"), max_length=500, blank=True)
    risky = models.BooleanField(_("a wrong value can cut the station off"), default=False)
    port_field = models.CharField(_("tells of charge ports"), max_length=24, choices=PortField, blank=True)
    reading = models.CharField(_("read as"), max_length=16, choices=Reading, default=Reading.AS_IT_STANDS)
    factor = models.DecimalField(
        _("factor"),
        max_digits=12,
        decimal_places=6,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal("0.000001"))],
    )
    words = models.TextField(_("translation of words"), max_length=2_000, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("key", "vendor", "model")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Upper("key"),
                Upper("vendor"),
                Upper("model"),
                name="configuration_key_of_vendor_unique",
                violation_error_message=_("This key of this manufacturer and model is described already."),
            )
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, [self.key, self.vendor, self.model]))
