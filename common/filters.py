"""Filters of lists: the bar above a table, a chip for each filter that is on, and the query a person can save."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import django_filters
from django import forms
from django.db.models import Model
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.rights import Text

# What belongs to the table, not to its filter.
TABLE_PARAMETERS = ("after", "before", "sort", "format")


@dataclass(frozen=True)
class Chip:
    """A filter that is on, in words; `without` is the query string without it."""

    label: Text
    text: str
    without: str


class MultipleChoiceFilter(django_filters.MultipleChoiceFilter):
    """Any of several choices, as a menu of checkboxes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(*args, **kwargs)


class ModelMultipleChoiceFilter(django_filters.ModelMultipleChoiceFilter):
    """Any of several objects, as a menu of checkboxes. `queryset` is a function of the request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.CheckboxSelectMultiple)
        super().__init__(*args, **kwargs)


class YesNoFilter(django_filters.ChoiceFilter):
    """Yes, no or either of a boolean column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("choices", (("true", _("Yes")), ("false", _("No"))))
        kwargs.setdefault("empty_label", _("Either"))
        super().__init__(*args, **kwargs)

    def filter(self, qs: Any, value: str) -> Any:
        return super().filter(qs, {"true": True, "false": False}.get(value))


class PeriodWidget(django_filters.widgets.DateRangeWidget):
    """Two days with the browser's own calendar, labelled *From* and *To*."""

    template_name = "forms/period.html"

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"})


class PeriodFilter(django_filters.DateFromToRangeFilter):
    """From one day to another, both included, in the reader's time zone; `<name>_after` and `<name>_before`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", PeriodWidget)
        super().__init__(*args, **kwargs)


class FilterSet(django_filters.FilterSet):
    """A list's filters. `page` is the list's URL name, under which filters are saved (empty: none are).

    Fields named in `primary` stand in the bar, the others under *More filters*. Each filter is declared: deriving them
    by `Meta.fields` asks the tenant model outside any scope, which raises.
    """

    page: ClassVar[str] = ""
    primary: ClassVar[tuple[str, ...]] = ()

    @property
    def form(self) -> forms.Form:
        """With ids of its own: the dialogs of a list often have fields of the same names."""
        form: forms.Form = super().form
        form.auto_id = "filter_%s"
        return form

    @property
    def primary_fields(self) -> list[BoundField]:
        return [self.form[name] for name in self.primary]

    @property
    def more_fields(self) -> list[BoundField]:
        return [field for field in self.form if field.name not in self.primary]

    @property
    def chips(self) -> list[Chip]:
        if not self.is_bound:
            return []
        self.form.is_valid()
        values = ((self.form[name], value) for name, value in self.form.cleaned_data.items())
        return [self._chip(field, value) for field, value in values if not _is_empty(value)]

    @property
    def more_are_on(self) -> bool:
        """Whether *More filters* must stand open: one of them is on, or holds an error."""
        active = {name for field in self.more_fields for name in parameter_names(field)}
        return any(self.data.get(name) for name in active)

    @property
    def query(self) -> str:
        """The filter as a query string, without the table's sort and page."""
        return self._without(TABLE_PARAMETERS)

    def _chip(self, field: BoundField, value: Any) -> Chip:
        without = self._without([*parameter_names(field), "after", "before"])
        return Chip(field.label, in_words(field.field, value), without)

    def _without(self, names: Iterable[str]) -> str:
        data = self.data.copy()
        for name in names:
            data.pop(name, None)
        for name in [name for name in data if not any(data.getlist(name))]:
            del data[name]
        return str(data.urlencode())


def parameter_names(field: BoundField) -> list[str]:
    """The query parameters that a field is read from."""
    widget = field.field.widget
    if isinstance(widget, django_filters.widgets.SuffixedMultiWidget):
        return [widget.suffixed(field.html_name, suffix) for suffix in widget.suffixes]
    return [field.html_name]


def in_words(field: forms.Field, value: Any) -> str:
    """A cleaned value as the chip shows it."""
    if isinstance(value, slice):
        return f"{in_words(field, value.start)} – {in_words(field, value.stop)}"
    if value is None:
        return "…"
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if isinstance(value, str | Promise | Model) or not isinstance(value, Iterable):
        return str(_labels(field).get(str(value), _of_day(value)))
    return ", ".join(in_words(field, item) for item in value)


def _labels(field: forms.Field) -> dict[str, Any]:
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        return {}
    return {str(value): label for value, label in cast(Iterable[tuple[Any, Any]], field.choices)}


def _of_day(value: Any) -> Any:
    return value.date().isoformat() if hasattr(value, "hour") else value


def _is_empty(value: Any) -> bool:
    """Nothing chosen; a checkbox that is not ticked chooses nothing either."""
    return value is False or value in (None, "", []) or (hasattr(value, "exists") and not value)
