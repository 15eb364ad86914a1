"""The form that says who may charge at a station."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from charging.models import TokenGroup


class AdmissionForm(forms.Form):
    """Made inside the organisation's scope, since it offers the organisation's groups."""

    who = forms.ChoiceField(
        label=_("Who may charge"),
        choices=(("everyone", _("Everyone with a valid token")), ("groups", _("Only these groups of tokens"))),
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, admitted: list[TokenGroup] | None) -> None:
        super().__init__(data, initial={"who": "everyone" if admitted is None else "groups"})
        self.fields["groups"] = forms.ModelMultipleChoiceField(
            TokenGroup.objects.all(),
            label=_("Groups of tokens"),
            required=False,
            initial=admitted or [],
            widget=forms.CheckboxSelectMultiple,
        )
