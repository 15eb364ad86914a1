from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stations.forms.stations import ASSIGNMENTS
from stations.models import Contact, Station, StationGroup


class AssignmentsForm(forms.Form):
    """To whom a station is assigned, and the groups that it is in."""

    def __init__(self, data: Any = None, *, station: Station) -> None:
        super().__init__(data)
        contacts = Contact.objects.all()
        for name, label in ASSIGNMENTS.items():
            self.fields[name] = forms.ModelChoiceField(contacts, label=label, required=False, empty_label="–")
            self.initial[name] = getattr(station, f"{name}_id")
        self.fields["groups"] = forms.ModelMultipleChoiceField(
            StationGroup.objects.all(), label=_("Station groups"), required=False, widget=forms.CheckboxSelectMultiple
        )
        self.initial["groups"] = list(station.groups.all())
