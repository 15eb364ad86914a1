"""The forms of the tab *Access*."""

from typing import Any

import holidays
from babel import Locale
from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.dates import WEEKDAYS
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from common.forms import DateInput
from stations import opening_hours
from stations.choices import OperatingKind
from stations.forms.stations import DayField, check_week
from stations.models import HoursException, Station, StationAccess
from stations.schedules import access_of_station

HOURS_KINDS = (("", _("Not entered")), ("always", _("Round the clock")), ("weekly", _("By weekday")))
_ACCESS_FIELDS = ("operating_kind", "holiday_country", "holiday_region", "holiday_rule", "house_rules")


class AccessForm(forms.Form):
    """Opening hours, operating hours, holidays and house rules; `values` are for the service."""

    def __init__(self, data: Any = None, *, station: Station) -> None:
        access = access_of_station(station) or StationAccess()
        initial = model_to_dict(access, _ACCESS_FIELDS) | {"access_type": station.access_type}
        super().__init__(data, initial=initial)
        self.fields.update(fields_for_model(Station, ("access_type",)))
        self.fields["hours_kind"] = _choice(_("Opening hours"), HOURS_KINDS)
        self.initial["hours_kind"] = _kind_of(station.opening_hours)
        self._add_days("hours", station.opening_hours)
        self.fields.update(fields_for_model(StationAccess, _ACCESS_FIELDS))
        self.fields["operating_kind"] = _choice(_("Charging is possible"), OperatingKind.choices)
        self._add_days("operating", access.operating_hours)
        self.fields["holiday_country"] = forms.ChoiceField(
            label=_("Holidays of"), choices=[("", "–"), *_countries()], required=False
        )
        self.fields["holiday_region"].help_text = _(
            "Two or three letters or digits, e.g. BE for Berlin; empty for none."
        )
        self.fields["holiday_openings"] = DayField(label=_("Openings on holidays"))
        self.fields["holiday_openings"].help_text = _("Where they have openings of their own, e.g. 10:00-14:00.")
        self.initial["holiday_openings"] = opening_hours.as_text(_periods(access.holiday_openings))
        self.fields["house_rules"].widget = forms.Textarea(attrs={"rows": 5})

    def _add_days(self, prefix: str, hours: opening_hours.Hours) -> None:
        for weekday in opening_hours.WEEK:
            field = DayField(label=WEEKDAYS[weekday - 1])
            field.widget.attrs["placeholder"] = _("closed")
            self.fields[f"{prefix}_{weekday}"] = field
            self.initial[f"{prefix}_{weekday}"] = opening_hours.as_text(opening_hours.openings_on(hours, weekday))

    def days(self, prefix: str) -> list[forms.BoundField]:
        return [self[f"{prefix}_{weekday}"] for weekday in opening_hours.WEEK]

    @property
    def opening_days(self) -> list[forms.BoundField]:
        return self.days("hours")

    @property
    def operating_days(self) -> list[forms.BoundField]:
        return self.days("operating")

    @property
    def holiday_fields(self) -> list[forms.BoundField]:
        names = ("holiday_country", "holiday_region", "holiday_rule", "holiday_openings")
        return [self[name] for name in names]

    def clean(self) -> dict[str, Any]:
        check_week(self, "hours_kind", "hours")
        check_week(self, "operating_kind", "operating")
        return self.cleaned_data

    def clean_holiday_region(self) -> str:
        return str(self.cleaned_data["holiday_region"]).strip().upper()

    @property
    def values(self) -> dict[str, Any]:
        plain = {name: self.cleaned_data[name] for name in (*_ACCESS_FIELDS, "access_type", "holiday_openings")}
        operating = self._week("operating") if plain["operating_kind"] == OperatingKind.WEEKLY else {}
        return plain | {"opening_hours": self._opening_hours(), "operating_hours": operating}

    def _opening_hours(self) -> opening_hours.Hours:
        kind = self.cleaned_data["hours_kind"]
        if kind != "weekly":
            return opening_hours.ALWAYS if kind else {}
        return self._week("hours")

    def _week(self, prefix: str) -> opening_hours.Hours:
        return opening_hours.weekly({day: self.cleaned_data[f"{prefix}_{day}"] for day in opening_hours.WEEK})


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


def _kind_of(hours: opening_hours.Hours) -> str:
    return "always" if opening_hours.is_always(hours) else "weekly" if hours else ""


def _periods(stored: list[list[str]]) -> list[opening_hours.Period]:
    return [(begin, end) for begin, end in stored]


def _countries() -> list[tuple[str, str]]:
    """The countries whose holidays are known, by their names in the reader's language."""
    names = Locale.parse(to_locale(get_language() or "en")).territories
    known = ((code, str(names.get(code, code))) for code in holidays.list_supported_countries(include_aliases=False))
    return sorted(known, key=lambda entry: entry[1])


class ExceptionForm(forms.Form):
    """Days with other openings than usual."""

    first_day = forms.DateField(label=_("From"), widget=DateInput())
    last_day = forms.DateField(label=_("To"), widget=DateInput(), required=False, help_text=_("Empty: one day."))
    openings = DayField(label=_("Openings"), help_text=_("E.g. 10:00-14:00; empty means closed."))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields.update(fields_for_model(HoursException, ("scope", "note")))

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["last_day"] = self.cleaned_data.get("last_day") or self.cleaned_data.get("first_day")
        return self.cleaned_data
