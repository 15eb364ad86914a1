"""What charging costs: tariffs with their versions, for whom they hold, and what sessions came to cost."""

from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chargeports.models import ChargePort
from charging.choices import Unbilled
from charging.models.sessions import ChargingSession
from charging.models.tokens import Contract
from charging.tariffs import Band, Prices
from common.models import TenantModel
from stations.models import Station, StationGroup


class Tariff(TenantModel):
    name = models.CharField(_("name"), max_length=80)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")

    class Meta(TenantModel.Meta):
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="tariff_name_unique")]

    def __str__(self) -> str:
        return self.name


def _price(label: Any) -> Any:
    return models.DecimalField(
        label, max_digits=9, decimal_places=4, default=Decimal(0), validators=[MinValueValidator(0)]
    )


class TariffVersion(TenantModel):
    """Prices, VAT included, that hold from `valid_from` until the next version does. Never changed once it holds.

    `bands` are other prices by weekday and time: `{"days": [1, 2], "begin": "22:00", "end": "24:00", "kwh": "0.29",
    "minute": "0"}`, the first that fits counts.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateTimeField(_("valid from"))
    price_kwh = _price(_("price of a kWh"))
    price_min = _price(_("price of a minute"))
    start_fee = _price(_("start fee"))
    blocking_min = _price(_("blocking fee of a minute"))
    blocking_after_min = models.PositiveIntegerField(_("blocking fee after (minutes)"), default=0)
    vat_percent = models.DecimalField(
        _("VAT (%)"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(19),
        validators=[MinValueValidator(0), MaxValueValidator(99)],
    )
    bands = models.JSONField(_("other prices at other times"), default=list, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("-valid_from",)
        constraints = [models.UniqueConstraint(fields=["tariff", "valid_from"], name="tariff_version_unique")]

    @property
    def prices(self) -> Prices:
        return Prices(
            self.price_kwh,
            self.price_min,
            self.start_fee,
            self.blocking_min,
            self.blocking_after_min,
            self.vat_percent,
            tuple(
                Band(frozenset(one["days"]), one["begin"], one["end"], Decimal(one["kwh"]), Decimal(one["minute"]))
                for one in self.bands
            ),
        )


class TariffAssignment(TenantModel):
    """For whom a tariff holds: a contract, a port, a group of stations, or with none of them everybody."""

    tariff = models.ForeignKey(Tariff, on_delete=models.CASCADE, related_name="assignments")
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    port = models.ForeignKey(ChargePort, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey(StationGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["contract"], name="one_tariff_for_a_contract"),
            models.UniqueConstraint(fields=["port"], name="one_tariff_for_a_port"),
            models.UniqueConstraint(fields=["group"], name="one_tariff_for_a_group"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(contract=None, port=None, group=None),
                name="one_tariff_for_everybody",
            ),
        ]


class SessionCost(TenantModel):
    """What a session came to cost, written when it had ended; `unbilled` says why it is not billed. Started by goodwill
    it has a cost all the same, for the review.

    A change of the tariff changes nothing here. Where a late end corrects the session, `version` counts again.
    """

    session = models.OneToOneField(ChargingSession, primary_key=True, on_delete=models.CASCADE, related_name="cost")
    version = models.ForeignKey(TariffVersion, null=True, on_delete=models.SET_NULL, related_name="+")
    tariff_name = models.CharField(_("tariff"), max_length=80, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    total = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, default=Decimal(0))
    vat = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2, default=Decimal(0))
    vat_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    lines = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    unbilled = models.CharField(_("not billed"), max_length=12, choices=Unbilled, blank=True)
    reckoned_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        pass


class RevenueDay(TenantModel):
    """Rollup: what the sessions of a port cost, by the day that counts them (`SessionDay`) and currency."""

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    port_number = models.PositiveSmallIntegerField()
    day = models.DateField()
    currency = models.CharField(max_length=3)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    vat = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["station", "port_number", "day", "currency"], name="revenue_day_unique")
        ]
        indexes = [models.Index(fields=["organisation", "day"], name="revenue_day_by_organisation")]
