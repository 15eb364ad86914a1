from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DateInput
from stations.choices import PackageKind
from stations.models import Contact


class PackageForm(forms.Form):
    """From when until when a service package is active, and who stands for it."""

    since = forms.DateField(label=_("From"), widget=DateInput)
    until = forms.DateField(label=_("Until and including"), widget=DateInput, required=False)
    includes = forms.CharField(
        label=_("What it includes"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"] = forms.ModelChoiceField(
            Contact.objects.all(), label=_("Contact"), required=False, empty_label="–"
        )


class BookPackageForm(PackageForm):
    """Which package is booked, for one station or for many."""

    kind = forms.ChoiceField(label=_("Service package"), choices=PackageKind.choices, widget=forms.RadioSelect)
    field_order = ("kind", "since", "until", "contact", "includes")
