"""What the meters of some chargers are known to tell wrongly."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from common.models import TenantModel

_LEAST = MinValueValidator(Decimal("0.000001"))


class MeterCorrection(TenantModel):
    """What chargers of a manufacturer, model and firmware tell as energy or power is to be multiplied by these factors.

    Empty `model` or `firmware_version` stand for any; the closest description counts. All three are compared in any
    case of letters with what the station reported of itself.
    """

    vendor = models.CharField(_("manufacturer"), max_length=60)
    model = models.CharField(_("model"), max_length=60, blank=True)
    firmware_version = models.CharField(_("firmware"), max_length=60, blank=True)
    energy_factor = models.DecimalField(
        _("factor for energy"), max_digits=12, decimal_places=6, default=Decimal(1), validators=[_LEAST]
    )
    power_factor = models.DecimalField(
        _("factor for power"), max_digits=12, decimal_places=6, default=Decimal(1), validators=[_LEAST]
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("vendor", "model", "firmware_version")
        constraints = [
            models.UniqueConstraint(
                "organisation",
                Upper("vendor"),
                Upper("model"),
                Upper("firmware_version"),
                name="meter_correction_unique",
                violation_error_message=_("There is a correction for this manufacturer, model and firmware already."),
            )
        ]

    def __str__(self) -> str:
        return " · ".join(filter(None, [self.vendor, self.model, self.firmware_version]))
