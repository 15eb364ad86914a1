from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.forms import SearchInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.access import access_of
from common.filters import FilterSet, ModelMultipleChoiceFilter, MultipleChoiceFilter, PeriodFilter
from stations.models import StationGroup
from stations.selectors import stations_with_text
from tickets import people, selectors
from tickets.choices import OPEN_STATES, Priority, TicketState
from tickets.models import Team, Ticket, TicketCategory


def _people(request: HttpRequest) -> QuerySet[User]:
    return people.who_may_see(access_of(request).organisation)


def _teams(request: HttpRequest) -> QuerySet[Team]:
    return Team.objects.all()


def _categories(request: HttpRequest) -> QuerySet[TicketCategory]:
    return TicketCategory.objects.all()


def _groups(request: HttpRequest) -> QuerySet[StationGroup]:
    return StationGroup.objects.all()


class _TicketFilter(FilterSet):
    """What a station's tab, the list and the board filter by."""

    primary: ClassVar[tuple[str, ...]] = ("q", "state", "mine", "priority")

    q = django_filters.CharFilter(label=_("Number or title"), method="by_text", widget=SearchInput)
    mine = django_filters.ChoiceFilter(
        label=_("Whose"),
        choices=(("mine", _("Mine and my teams'")), ("nobody", _("Nobody's"))),
        method="by_whose",
        empty_label=_("Everybody's"),
    )
    priority = MultipleChoiceFilter(label=_("Priority"), choices=Priority.choices, distinct=False)
    due = django_filters.ChoiceFilter(
        label=_("Due"),
        choices=(("over", _("Overdue")), ("today", _("Until today")), ("none", _("Without a date"))),
        method="by_due",
        empty_label=_("Any"),
    )
    created_at = PeriodFilter(label=_("Opened"))

    class Meta:
        model = Ticket
        fields: tuple[str, ...] = ()

    def by_text(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        number = value.strip().lstrip("#")
        if number.isdecimal() and len(number) < 10:
            return tickets.filter(number=int(number))
        return tickets.filter(title__icontains=value)

    def by_whose(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        user = access_of(self.request).user
        if value == "nobody":
            return tickets.filter(assignee=None, team=None)
        return tickets.filter(selectors.concerning(user)).distinct() if user else tickets.none()

    def by_due(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        today = timezone.localdate()
        if value == "none":
            return tickets.filter(due_on=None)
        late = {"due_on__lt": today} if value == "over" else {"due_on__lte": today}
        return tickets.filter(state__in=OPEN_STATES, **late)


class StationTicketFilter(_TicketFilter):
    """The tickets on a station's sheet: its address names the station, so nothing is saved under a name."""

    state = MultipleChoiceFilter(label=_("State"), choices=TicketState.choices, distinct=False)

    class Meta(_TicketFilter.Meta):
        pass


class BoardFilter(_TicketFilter):
    """The board: its columns are the states."""

    primary = ("q", "mine", "priority", "category")

    category = ModelMultipleChoiceFilter(label=_("Category"), queryset=_categories, distinct=False)
    assignee = ModelMultipleChoiceFilter(label=_("Assignee"), queryset=_people, distinct=False)
    team = ModelMultipleChoiceFilter(label=_("Team"), queryset=_teams, distinct=False)
    station = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)
    group = ModelMultipleChoiceFilter(label=_("Station group"), queryset=_groups, method="by_group")

    class Meta(_TicketFilter.Meta):
        pass

    def by_station(self, tickets: QuerySet[Ticket], name: str, value: str) -> QuerySet[Ticket]:
        return tickets.filter(station__in=stations_with_text(access_of(self.request).organisation, value))

    def by_group(self, tickets: QuerySet[Ticket], name: str, value: list[StationGroup]) -> QuerySet[Ticket]:
        return tickets.filter(station__groups__in=value).distinct() if value else tickets


class TicketFilter(BoardFilter):
    """The list of all tickets."""

    page = "tickets"
    primary = ("q", "state", "mine", "priority")

    state = MultipleChoiceFilter(label=_("State"), choices=TicketState.choices, distinct=False)

    class Meta(_TicketFilter.Meta):
        pass
