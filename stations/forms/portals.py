"""The form of a portal."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stations.models import Portal


class PortalForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    embedded_by = forms.CharField(
        label=_("Websites that may embed the map"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One address a line, e.g. https://www.example.com. Empty: none but this portal."),
    )

    def __init__(self, data: Any = None, *, portal: Portal | None = None) -> None:
        initial = {"name": portal.name, "embedded_by": "\n".join(portal.embedded_by)} if portal else None
        super().__init__(data, initial=initial)

    def clean_embedded_by(self) -> list[str]:
        lines = str(self.cleaned_data["embedded_by"]).split()
        return [line.rstrip("/") for line in lines]
