"""What is asked of an error rate, and the rules by which sessions count as faulty."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from charging.faults import FAULT_TYPES, LIMITS, Limit
from charging.models import FaultRules
from common.forms import DateInput
from stations.models import StationGroup

LONGEST_DAYS = 366


class PeriodForm(forms.Form):
    """From one day to another, both included; without any the last `days`."""

    days = 30

    start = forms.DateField(label=_("Start"), widget=DateInput)
    end = forms.DateField(label=_("End"), widget=DateInput)

    def __init__(self, data: Any) -> None:
        today = timezone.localdate()
        period = {"start": today - timedelta(days=self.days - 1), "end": today}
        super().__init__({**period, **{name: value for name, value in data.items() if name in self.base_fields}})

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("start"), self.cleaned_data.get("end")
        if first and last and first > last:
            raise ValidationError({"end": _("The end lies before the start.")})
        if first and last and (last - first).days >= LONGEST_DAYS:
            raise ValidationError({"end": _("At most %(days)d days.") % {"days": LONGEST_DAYS}})
        return self.cleaned_data


class FleetForm(PeriodForm):
    """The same for many stations, by default of the last week."""

    days = 7

    by = forms.ChoiceField(
        label=_("Ranking of"),
        required=False,
        choices=(
            ("ports", _("Charge ports")),
            ("stations", _("Stations")),
            ("groups", _("Station groups")),
            ("models", _("Models")),
        ),
    )
    group: Any = forms.ModelChoiceField(None, label=_("Group"), required=False, empty_label=_("Any"))
    vendor = forms.CharField(label=_("Manufacturer"), required=False, max_length=60)
    model = forms.CharField(label=_("Model"), required=False, max_length=60)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["group"].queryset = StationGroup.objects.all()  # type: ignore[attr-defined]


class WordsField(forms.CharField):
    """Several words with commas between; cleans to a list."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        words = (word.strip() for word in super().clean(value).split(","))
        return list(dict.fromkeys(filter(None, words)))


class FaultRulesForm(forms.Form):
    """All rules: for each type whether it counts, and its limits."""

    def __init__(self, data: Any = None, *, rules: FaultRules) -> None:
        initial = {name: rules.limits.get(name, limit.default) for name, limit in LIMITS.items()}
        counts = {_counts(one.fault): one.fault not in rules.left_out for one in FAULT_TYPES}
        super().__init__(data, initial=initial | counts)
        for one in FAULT_TYPES:
            label = _("Look for this type of error")
            self.fields[_counts(one.fault)] = forms.BooleanField(label=label, required=False)
            self.fields.update({limit.name: _field(limit) for limit in one.limits})

    @property
    def sections(self) -> list[tuple[Any, Any, list[Any]]]:
        """Each type with its switch and the fields of its limits."""
        return [(one, self[_counts(one.fault)], [self[limit.name] for limit in one.limits]) for one in FAULT_TYPES]

    @property
    def limits(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in LIMITS}

    @property
    def left_out(self) -> list[int]:
        return [one.fault.value for one in FAULT_TYPES if not self.cleaned_data[_counts(one.fault)]]


def _counts(fault: int) -> str:
    return f"counts_{int(fault)}"


def _field(limit: Limit) -> forms.Field:
    if limit.is_words:
        hint = _("As OCPP names them, with commas between.")
        return WordsField(label=str(limit.label), required=False, max_length=400, help_text=hint)
    label = f"{limit.label} ({limit.unit})" if limit.unit else str(limit.label)
    return forms.IntegerField(label=label, min_value=0, max_value=limit.highest)
