"""What people enter of a station."""

from copy import copy
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model, model_to_dict
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.forms import TimeZoneField
from common.rights import Text
from stations import opening_hours
from stations.choices import LifeCycle
from stations.forms.location import position_fields
from stations.models import Contact, Station, StationGroup
from stations.parts import consequences_of
from stations.services.master_data import field_errors

ASSIGNMENTS = {
    "owner": _("Owner"),
    "operator": _("Operator"),
    "service_partner": _("Service partner"),
    "contact_person": _("Contact person"),
}
# The fields of a station under their headings, in the order of the form.
SECTIONS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (_("Model and manufacturer"), ("vendor", "model", "serial_number", "firmware_version")),
    (_("Connectivity"), ("protocol", "iccid", "imsi")),
    (_("Address and position"), ("street", "postal_code", "city", "country", "latitude", "longitude")),
    (_("Access"), ("access_type", "time_zone")),
)


class DayField(forms.CharField):
    """The openings of one weekday: cleans to a list of periods."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=120, **kwargs)

    def clean(self, value: Any) -> list[opening_hours.Period]:
        return opening_hours.parse_day(super().clean(value))


def check_week(form: forms.Form, kind: str, prefix: str) -> None:
    """A week without any opening is a slip: nobody could ever charge."""
    days = [f"{prefix}_{weekday}" for weekday in opening_hours.WEEK]
    is_empty = not any(form.errors.get(day) or form.cleaned_data[day] for day in days)
    if is_empty and form.cleaned_data.get(kind) == "weekly":
        form.add_error(kind, ValidationError(_("Enter the openings of at least one day.")))


class StationForm(forms.Form):
    """What people enter of a station; `values` are for the service."""

    first: tuple[str, ...] = ("identity", "name")
    hours_kind = forms.ChoiceField(
        label=_("Opening hours"),
        choices=(("", _("Not entered")), ("always", _("Round the clock")), ("weekly", _("By weekday"))),
        required=False,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None, *, station: Station) -> None:
        names = [name for _heading, names in SECTIONS for name in names] + list(self.first)
        super().__init__(data, initial=model_to_dict(station, names))
        self.station = station
        self.fields.update(fields_for_model(Station, names) | position_fields())
        self.fields["time_zone"] = TimeZoneField()
        self._add_opening_hours(station.opening_hours)
        self._add_relations(station)

    def _add_opening_hours(self, hours: opening_hours.Hours) -> None:
        self.initial["hours_kind"] = "always" if opening_hours.is_always(hours) else "weekly" if hours else ""
        for weekday in opening_hours.WEEK:
            field = DayField(label=WEEKDAYS[weekday - 1])
            field.widget.attrs["placeholder"] = _("closed")
            self.fields[f"hours_{weekday}"] = field
            self.initial[f"hours_{weekday}"] = opening_hours.as_text(opening_hours.openings_on(hours, weekday))

    def _add_relations(self, station: Station) -> None:
        for name, label in ASSIGNMENTS.items():
            self.fields[name] = forms.ModelChoiceField(
                Contact.objects.all(), label=label, required=False, empty_label="–"
            )
            self.initial[name] = getattr(station, f"{name}_id")
        self.fields["groups"] = forms.ModelMultipleChoiceField(
            StationGroup.objects.all(), label=_("Station groups"), required=False, widget=forms.CheckboxSelectMultiple
        )
        self.initial["groups"] = list(station.groups.all()) if station.pk else []

    def clean(self) -> dict[str, Any]:
        """Tell all that is wrong with the station at once, with what is wrong with the values by themselves."""
        check_week(self, "hours_kind", "hours")
        wanted = copy(self.station)
        for name, value in self._plain_values().items():
            if name != "groups":
                setattr(wanted, name, value)
        for name, errors in field_errors(wanted).items():
            if name not in self.errors:
                self.add_error(name, ValidationError(errors))
        return self.cleaned_data

    @property
    def sections(self) -> list[tuple[Text, list[forms.BoundField]]]:
        parts = ((_("Station"), self.first), *SECTIONS, (_("Assignments"), tuple(ASSIGNMENTS)))
        return [(heading, [self[name] for name in names]) for heading, names in parts]

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self[f"hours_{weekday}"] for weekday in opening_hours.WEEK]

    @property
    def values(self) -> dict[str, Any]:
        return self._plain_values() | {"opening_hours": self._hours()}

    def _plain_values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("hours_")}

    def _hours(self) -> opening_hours.Hours:
        kind = self.cleaned_data["hours_kind"]
        if kind != "weekly":
            return opening_hours.ALWAYS if kind else {}
        return opening_hours.weekly({day: self.cleaned_data[f"hours_{day}"] for day in opening_hours.WEEK})


class NewStationForm(StationForm):
    """A new station also says where it stands in its life and what it must show to connect."""

    first = ("identity", "name", "life_cycle", "security_profile")


class CloneForm(forms.Form):
    identity = forms.CharField(label=_("Station id of the new station"), max_length=48)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)


class LifeCycleForm(forms.Form):
    """For one `station`, each choice says what happens with it."""

    life_cycle = forms.ChoiceField(label=_("Life cycle"), choices=LifeCycle.choices, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, station: Station | None = None) -> None:
        super().__init__(data, initial={"life_cycle": station.life_cycle} if station else None)
        if station:
            self.fields["life_cycle"].choices = [(to.value, _explained(station, to)) for to in LifeCycle]  # type: ignore[attr-defined]


def _explained(station: Station, to: LifeCycle) -> Text:
    consequences = [] if to == station.life_cycle else consequences_of(station, to)
    notes = format_html_join("", '<span class="field-hint">{}</span>', ((text,) for text in consequences))
    return format_html('<span class="stacked"><span>{}</span>{}</span>', to.label, notes)
