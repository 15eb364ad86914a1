"""The form of a configuration template."""

from typing import Any

from django import forms
from django.db.models.functions import Upper
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from chargeports.choices import Nightly
from chargeports.models import ConfigurationTemplate
from chargeports.rights import CHANGE_CONFIGURATION, RUN_CAMPAIGNS
from chargeports.services.templates import FIELDS
from common.access import Access
from stations.models import Station, StationGroup

# A form takes so many stations by name; more of them are a group.
MOST_STATIONS = 500


class TemplateForm(forms.Form):
    """Settings stand one per line, `key = value`; stations by their id, apart by commas, blanks or lines."""

    settings = forms.CharField(
        label=_("Settings"),
        widget=forms.Textarea(attrs={"rows": 8, "class": "mono", "spellcheck": "false"}),
        help_text=_("One per line: name = value, e.g. HeartbeatInterval = 300."),
    )
    stations = forms.CharField(
        label=_("Single stations"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "mono", "spellcheck": "false"}),
        help_text=_("Their ids, with commas or in lines. They come before the groups where templates contradict."),
    )

    def __init__(self, data: Any = None, *, template: ConfigurationTemplate, access: Access) -> None:
        super().__init__(data, initial=model_to_dict(template, FIELDS) | _now(template))
        self.fields.update(fields_for_model(ConfigurationTemplate, FIELDS))
        self.fields["groups"] = forms.ModelMultipleChoiceField(
            label=_("Station groups"),
            queryset=StationGroup.objects.order_by("name"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["vendor"].help_text = _("As the station names it; empty for any.")
        self.fields["model"].help_text = _("As the station names it; empty for any.")
        self.fields["note"].widget.attrs["rows"] = 2
        self.fields["nightly_at"].widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        self.fields["nightly_at"].help_text = _("On the organisation's clock.")
        may_set = access.can(RUN_CAMPAIGNS) and access.can(CHANGE_CONFIGURATION)
        self.fields["nightly"].choices = [  # type: ignore[attr-defined]
            (value, label) for value, label in Nightly.choices if may_set or value != Nightly.SET_RIGHT
        ]
        order = ["name", "vendor", "model", "settings", "groups", "stations", "nightly", "nightly_at", "note"]
        self.order_fields(order)

    def clean_settings(self) -> dict[str, str]:
        lines = [line for line in self.cleaned_data["settings"].splitlines() if line.strip()]
        if wrong := [line for line in lines if "=" not in line]:
            raise forms.ValidationError(now("A line needs name = value: %(line)s"), params={"line": wrong[0]})
        pairs = [line.partition("=") for line in lines]
        found = {key.strip(): value.strip() for key, _sign, value in pairs}
        if len(found) < len(pairs):
            raise forms.ValidationError(now("A setting stands there twice."))
        return found

    def clean_stations(self) -> list[Station]:
        names = self.cleaned_data["stations"].replace(",", " ").split()
        if len(names) > MOST_STATIONS:
            raise forms.ValidationError(
                now("At most %(most)d stations stand here; put more of them into a group."),
                params={"most": MOST_STATIONS},
            )
        found = {station.identity.upper(): station for station in _stations(names)}
        if unknown := [name for name in names if name.upper() not in found]:
            raise forms.ValidationError(now("Not known: %(names)s"), params={"names": ", ".join(unknown[:10])})
        return list(found.values())

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS}


def _stations(names: list[str]) -> Any:
    return Station.objects.annotate(upper=Upper("identity")).filter(upper__in=[name.upper() for name in names])


def _now(template: ConfigurationTemplate) -> dict[str, Any]:
    """What the template has besides its own fields, as it is typed."""
    if template._state.adding:
        return {}
    return {
        "settings": "\n".join(f"{one.key} = {one.value}" for one in template.settings.all()),
        "groups": list(template.groups.values_list("pk", flat=True)),
        "stations": "\n".join(template.stations.order_by("identity").values_list("identity", flat=True)),
    }
