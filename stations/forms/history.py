from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import StoredFile
from common.forms import DateTimeInput, FilesField
from stations.choices import HistoryKind

WRITABLE = [(kind.value, kind.label) for kind in HistoryKind if kind != HistoryKind.EVENT]


class HistoryForm(forms.Form):
    """An entry that a person writes; times are read in the zone that is active, the station's."""

    kind = forms.ChoiceField(label=_("Kind"), choices=WRITABLE, initial=HistoryKind.NOTE)
    at = forms.DateTimeField(label=_("When"), widget=DateTimeInput)
    text = forms.CharField(label=_("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 6}))
    attachments = FilesField(label=_("Attachments"), required=False)
    removed = forms.TypedMultipleChoiceField(
        label=_("Remove attachments"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, present: Iterable[StoredFile] = (), **kwargs: Any) -> None:
        """`present` are the files that the entry has already, each of which can be removed."""
        super().__init__(*args, **kwargs)
        choices = [(file.pk, file.name) for file in present]
        if choices:
            cast("forms.TypedMultipleChoiceField", self.fields["removed"]).choices = choices
        else:
            del self.fields["removed"]
