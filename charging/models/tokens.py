"""The tokens and contracts that people charge with."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from charging.choices import ContractStatus, TokenKind, TokenStatus
from common.identifiers import check_digit_remark
from common.models import TenantModel
from common.rights import Text


class Contract(TenantModel):
    """A customer's contract; `emaid_key` is the EMAID in upper case without separators, which is compared."""

    emaid = models.CharField(_("EMAID"), max_length=24)
    emaid_key = models.CharField(max_length=24, editable=False)
    holder = models.CharField(_("customer"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=ContractStatus, default=ContractStatus.ACTIVE)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    # Argon2 of what the customer chose by a link that works once; empty until then. Nobody here can read it.
    password = models.CharField(max_length=128, blank=True, editable=False)
    password_asked_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering = ("emaid",)
        constraints = [models.UniqueConstraint(fields=["organisation", "emaid_key"], name="contract_emaid_unique")]

    def __str__(self) -> str:
        return self.emaid

    def clean(self) -> None:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValidationError({"valid_until": _("The end has to lie after the beginning.")})

    @property
    def check_digit_remark(self) -> Text | None:
        """What is odd about the EMAID's check digit."""
        return check_digit_remark(self.emaid)


class TokenGroup(TenantModel):
    """Tokens of one group may stop each other's sessions; `parent_id` travels as parentIdTag (OCPP 1.6 §3.10)."""

    parent_id = models.CharField(_("parent id tag"), max_length=20)
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta(TenantModel.Meta):
        ordering = ("parent_id",)
        constraints = [models.UniqueConstraint("organisation", Upper("parent_id"), name="token_group_unique")]

    def __str__(self) -> str:
        return self.name or self.parent_id


class IdToken(TenantModel):
    """What a person shows to charge: an RFID card or another id tag, compared in any case of letters."""

    token = models.CharField(_("token"), max_length=20)
    kind = models.CharField(_("kind"), max_length=8, choices=TokenKind, default=TokenKind.RFID)
    label = models.CharField(_("label"), max_length=80, blank=True)
    holder = models.CharField(_("person"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=TokenStatus, default=TokenStatus.ACTIVE)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    group = models.ForeignKey(TokenGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="tokens")
    contract = models.ForeignKey(Contract, null=True, blank=True, on_delete=models.SET_NULL, related_name="tokens")
    concurrent_sessions = models.BooleanField(
        _("several sessions at once"), default=False, help_text=_("May charge at several ports at the same time.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        ordering = ("token",)
        constraints = [models.UniqueConstraint("organisation", Upper("token"), name="id_token_unique")]

    def __str__(self) -> str:
        return self.token
