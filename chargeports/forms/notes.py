"""The form of a note on charge ports."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chargeports.models import ChargePort


class NoteForm(forms.Form):
    """The note, and the ports of the station that it is on."""

    text = forms.CharField(label=_("Note"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 4}))
    port_numbers = forms.TypedMultipleChoiceField(
        label=_("On charge ports"), coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, ports: list[ChargePort], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        labels = [
            (port.number, " · ".join(filter(None, [str(port.number), port.name, port.evse_id]))) for port in ports
        ]
        self.fields["port_numbers"].choices = labels  # type: ignore[attr-defined]
