from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from charging.export import COLUMNS
from common.forms import DateInput
from stations.models import Station

_COMMA, _SEMICOLON, _TAB, _POINT = ",", ";", "\t", "."


class ExportForm(forms.Form):
    """What the export wizard asks. `station` None means all stations, whose ports have no names in common."""

    start = forms.DateField(label=_("Started from"), widget=DateInput, required=False)
    end = forms.DateField(label=_("Started until"), widget=DateInput, required=False)
    format = forms.ChoiceField(
        label=_("Format"), choices=(("csv", "CSV"), ("xlsx", _("Spreadsheet (XLSX)")), ("json", "JSON"))
    )
    delimiter = forms.ChoiceField(
        label=_("Separator (CSV)"),
        required=False,
        choices=(("", _("As in my language")), (_COMMA, _("Comma")), (_SEMICOLON, _("Semicolon")), ("tab", _("Tab"))),
    )
    decimal_mark = forms.ChoiceField(
        label=_("Decimal sign (CSV)"),
        required=False,
        choices=(("", _("As in my language")), (_POINT, _("Point")), (_COMMA, _("Comma"))),
    )
    ports = forms.MultipleChoiceField(
        label=_("Charge ports"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all."),
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"),
        choices=[(column.key, column.label) for column in COLUMNS],
        initial=[column.key for column in COLUMNS],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, station: Station | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if station is None:
            del self.fields["ports"]
            return
        field: Any = self.fields["ports"]
        field.choices = [(str(port.number), port.name or f"#{port.number}") for port in station.ports.all()]

    def clean_delimiter(self) -> str:
        chosen = str(self.cleaned_data["delimiter"])
        return _TAB if chosen == "tab" else chosen

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("start"), values.get("end")
        if start and end and end < start:
            self.add_error("end", _("The last day lies before the first."))
        if values.get("delimiter") == _COMMA == values.get("decimal_mark"):
            self.add_error("decimal_mark", _("The same sign cannot part columns and decimals."))
        return values
