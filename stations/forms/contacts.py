from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stations.models import Contact, StationGroup


class GroupForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)


class ContactForm(forms.ModelForm):
    class Meta:
        model = Contact
        fields = ("name", "company", "phone", "email")


class ChooseGroupForm(forms.Form):
    """Which group the selected stations are put into or taken out of."""

    change = forms.ChoiceField(
        label=_("What to do"),
        choices=(("add", _("Put the stations into the group")), ("remove", _("Take the stations out of the group"))),
        initial="add",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"] = forms.ModelChoiceField(StationGroup.objects.all(), label=_("Station group"))
