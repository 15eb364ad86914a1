from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DateTimeInput
from stations.choices import HistoryKind

WRITABLE = [(kind.value, kind.label) for kind in HistoryKind if kind != HistoryKind.EVENT]


class HistoryForm(forms.Form):
    """An entry that a person writes; times are read in the zone that is active, the station's."""

    kind = forms.ChoiceField(label=_("Kind"), choices=WRITABLE, initial=HistoryKind.NOTE)
    at = forms.DateTimeField(label=_("When"), widget=DateTimeInput)
    text = forms.CharField(label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 6}))
