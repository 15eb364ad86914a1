from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.forms import CheckboxInput, DateTimeInput, SearchInput
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ocpp.v16.enums import Action

from charging.selectors import tags_of_people
from common.filters import FilterSet, MultipleChoiceFilter
from ocpp_gateway.choices import Direction, RefusalReason
from ocpp_gateway.models import Connection, Exchange, RefusedHandshake
from ocpp_gateway.versions import VERSIONS

ACTIONS = sorted({action.value for action in Action})
LOG_PERIOD = timedelta(days=7)
LONGEST_SEARCH = timedelta(days=31)
CODES = ("0000", "0001", "1000", "1001", "1002", "1003", "1006", "1007", "1008", "1009", "1011")


class _Moment(DateTimeInput):
    """A date and time as browsers pick it."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MessageFilter(FilterSet):
    """The message log of one station. `period` bounds every read, whatever else is filtered."""

    primary = ("start", "end", "action", "direction", "errors")

    start = django_filters.IsoDateTimeFilter(label=_("From"), method="in_period", widget=_Moment)
    end = django_filters.IsoDateTimeFilter(label=_("Until"), method="in_period", widget=_Moment)
    action = MultipleChoiceFilter(
        label=_("Message"), choices=[(name, name) for name in ACTIONS], field_name="action", distinct=False
    )
    direction = MultipleChoiceFilter(label=_("Direction"), choices=Direction.choices, distinct=False)
    errors = django_filters.BooleanFilter(label=_("Only errors"), method="only_errors", widget=CheckboxInput)

    class Meta:
        model = Exchange
        fields: tuple[str, ...] = ()

    def in_period(self, exchanges: QuerySet[Exchange], name: str, value: datetime) -> QuerySet[Exchange]:
        """Bounded already: the view reads the period (`period`) and asks the log for it."""
        return exchanges

    def only_errors(self, exchanges: QuerySet[Exchange], name: str, value: bool) -> QuerySet[Exchange]:
        wrong = Q(error_code__isnull=False) | Q(direction=Direction.INVALID) | Q(direction=Direction.OUT, response=None)
        return exchanges.filter(wrong) if value else exchanges

    @property
    def period(self) -> tuple[datetime, datetime]:
        """From and until; by default the last seven days, up to and with now."""
        chosen: dict[str, Any] = self.form.cleaned_data if self.is_bound and self.form.is_valid() else {}
        end = chosen.get("end") or timezone.now() + timedelta(minutes=1)
        return chosen.get("start") or end - LOG_PERIOD, end


class LogFilter(MessageFilter):
    """The readable log of one station. Looking for text reads every message of the period: no more than a month."""

    primary = ("q", "start", "end", "action", "errors")

    q = django_filters.CharFilter(
        label=_("Text"),
        method="by_text",
        widget=SearchInput,
        max_length=100,
        help_text=_("Looked for in the frames as they were sent, within 31 days."),
    )
    action = MultipleChoiceFilter(label=_("Message"), choices=lambda: [*_told()], field_name="action", distinct=False)

    def by_text(self, exchanges: QuerySet[Exchange], name: str, value: str) -> QuerySet[Exchange]:
        texts = [value, *tags_of_people(value)]
        wanted = Q(error_code__icontains=value) | Q(action__in=_actions_called(value))
        for text in texts:
            wanted |= Q(request__icontains=text) | Q(response__icontains=text)
        return exchanges.filter(wanted)

    @property
    def period(self) -> tuple[datetime, datetime]:
        start, end = super().period
        looks_for_text = self.is_bound and self.form.is_valid() and self.form.cleaned_data.get("q")
        return (max(start, end - LONGEST_SEARCH), end) if looks_for_text else (start, end)


def _told() -> Iterator[tuple[str, str]]:
    """The messages by what people call them, with their codes."""
    for version in VERSIONS.values():
        for action, telling in sorted(version.tellings.items(), key=lambda item: str(item[1].label)):
            yield action, f"{telling.label} ({action})"


def _actions_called(text: str) -> list[str]:
    return [action for action, label in _told() if text.lower() in label.lower()]


class ConnectionFilter(FilterSet):
    primary = ("code",)

    code = MultipleChoiceFilter(label=_("Code"), choices=[(code, code) for code in CODES], distinct=False)

    class Meta:
        model = Connection
        fields: tuple[str, ...] = ()


class UnknownStationFilter(FilterSet):
    page = "unknown-stations"
    primary = ("q", "reason")

    q = django_filters.CharFilter(label=_("Station id or address"), method="by_text", widget=SearchInput)
    reason = MultipleChoiceFilter(label=_("Reason"), choices=RefusalReason.choices, distinct=False)

    class Meta:
        model = RefusedHandshake
        fields: tuple[str, ...] = ()

    def by_text(self, refusals: QuerySet[RefusedHandshake], name: str, value: str) -> QuerySet[RefusedHandshake]:
        return refusals.filter(Q(identity__icontains=value) | Q(address__startswith=value))
