"""Sessions that people of the operator start from the portal, and the vouchers that drivers start them with."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import ActorKind
from chargeports.models import ChargePort, Command
from charging.choices import LimitKind, PortalStartState, StartMethod, VoucherState
from charging.models.sessions import ChargingSession
from charging.models.tokens import Contract, IdToken
from common.models import TenantModel
from stations.models import Station, StationGroup


class VoucherBatch(TenantModel):
    """Vouchers made together, with the limits of each. Without ports and groups they are good at every charge port."""

    name = models.CharField(_("name"), max_length=80)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    limit_energy_wh = models.PositiveIntegerField(null=True, blank=True)
    limit_duration_s = models.PositiveIntegerField(null=True, blank=True)
    limit_amount = models.DecimalField(_("at most (money)"), max_digits=8, decimal_places=2, null=True, blank=True)
    ports = models.ManyToManyField(ChargePort, blank=True, related_name="+", verbose_name=_("charge ports"))
    groups = models.ManyToManyField(StationGroup, blank=True, related_name="+", verbose_name=_("station groups"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name


class Voucher(TenantModel):
    """A code for one complete charging process. `code_key` is the code without separators, which is compared.

    `start` is the start that holds it: taken by a conditional update, so that of two agents one wins, and given back
    where no session began.
    """

    batch = models.ForeignKey(VoucherBatch, on_delete=models.CASCADE, related_name="vouchers")
    code = models.CharField(_("code"), max_length=20)
    code_key = models.CharField(max_length=20, editable=False)
    start = models.OneToOneField("PortalStart", null=True, on_delete=models.SET_NULL, related_name="held_voucher")
    redeemed_at = models.DateTimeField(_("redeemed"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "code_key"], name="voucher_code_unique")]

    def __str__(self) -> str:
        return self.code

    @property
    def state(self) -> VoucherState:
        """What stands in lists; redeemed before anything else."""
        now = timezone.now()
        if self.redeemed_at:
            return VoucherState.REDEEMED
        if self.revoked_at:
            return VoucherState.REVOKED
        if self.batch.valid_until and self.batch.valid_until <= now:
            return VoucherState.EXPIRED
        is_early = self.batch.valid_from and self.batch.valid_from > now
        return VoucherState.NOT_YET_VALID if is_early else VoucherState.OPEN

    @property
    def state_label(self) -> str:
        return str(self.state.label)


class PortalStart(TenantModel):
    """A start from the portal that brings its own token: by contract, by goodwill or by voucher.

    The token is good for this start alone, so that the session that begins with it is known for certain.
    """

    station = models.ForeignKey(Station, on_delete=models.CASCADE, related_name="+")
    port_number = models.PositiveSmallIntegerField(_("charge port"))
    method = models.CharField(_("kind"), max_length=8, choices=StartMethod)
    state = models.CharField(max_length=8, choices=PortalStartState, default=PortalStartState.WAITING)
    command = models.OneToOneField(Command, on_delete=models.CASCADE, related_name="portal_start")
    token = models.OneToOneField(IdToken, null=True, on_delete=models.SET_NULL, related_name="portal_start")
    contract = models.ForeignKey(Contract, null=True, on_delete=models.SET_NULL, related_name="+")
    voucher = models.ForeignKey(Voucher, null=True, on_delete=models.SET_NULL, related_name="+")
    session = models.OneToOneField(
        ChargingSession, null=True, on_delete=models.SET_NULL, related_name="portal_start", db_index=True
    )
    customer = models.CharField(_("customer"), max_length=200, blank=True)
    problem = models.TextField(_("problem"), max_length=1000, blank=True)
    limit_duration_s = models.PositiveIntegerField(null=True)
    limit_energy_wh = models.PositiveIntegerField(null=True)
    limit_amount = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    limit_reached = models.CharField(max_length=8, choices=LimitKind, blank=True)
    waits_until = models.DateTimeField()
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=200)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    reviewed_by = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["organisation", "method", "-created_at", "-id"], name="portal_start_by_method"),
            models.Index(
                fields=["waits_until"],
                condition=models.Q(state__in=["waiting", "charging"]),
                name="portal_start_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_method_display()} #{self.pk}"

    @property
    def audit_label(self) -> str:
        return f"{self.station.identity} #{self.pk}"
