"""Forms of tokens, groups of tokens, and contracts. They decode what was typed; the services decide."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from charging import selectors
from charging.choices import TokenKind
from charging.forms.widgets import SuggestingInput
from charging.models import Contract, IdToken, TokenGroup
from common.forms import DateTimeInput

_TOKEN_FIELDS = ("token", "kind", "label", "holder", "expires_at", "group", "concurrent_sessions")


class IdTokenForm(forms.Form):
    """Made inside the organisation's scope, since it offers the organisation's groups."""

    def __init__(self, data: Any = None, *, token: IdToken) -> None:
        emaid = token.contract.emaid if token.contract else ""
        super().__init__(data, initial={**model_to_dict(token, _TOKEN_FIELDS), "contract": emaid})
        self.fields.update(fields_for_model(IdToken, _TOKEN_FIELDS, widgets={"expires_at": DateTimeInput()}))
        kinds = [(kind.value, kind.label) for kind in TokenKind if kind != TokenKind.ONCE]
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), choices=kinds)
        self.fields["group"].empty_label = _("No group")  # type: ignore[attr-defined]
        self.fields["contract"] = forms.CharField(
            label=_("Contract (EMAID)"),
            required=False,
            widget=SuggestingInput("contract-suggestions"),
            help_text=_("Type a part of the EMAID or of the customer's name."),
        )
        self.order_fields(["token", "kind", "label", "holder", "contract", "group", "expires_at"])

    def clean_contract(self) -> Contract | None:
        emaid = self.cleaned_data["contract"]
        found = selectors.contract_by_emaid(emaid) if emaid else None
        if emaid and found is None:
            raise forms.ValidationError(_("There is no contract with this EMAID."))
        return found


class TokenGroupForm(forms.ModelForm):
    class Meta:
        model = TokenGroup
        fields = ("parent_id", "name")
        help_texts = {"parent_id": _("What chargers are told as the parent of every token of the group.")}


class ContractForm(forms.ModelForm):
    class Meta:
        model = Contract
        fields = ("emaid", "holder", "email", "valid_from", "valid_until")
        widgets = {"valid_from": DateTimeInput(), "valid_until": DateTimeInput()}
