from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.forms import NumberInput, SearchInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from charging import selectors
from charging.choices import (
    ContractStatus,
    Fault,
    SessionFlag,
    SessionState,
    StopCause,
    StopState,
    TokenKind,
    TokenStatus,
)
from charging.models import ChargingSession, Contract, IdToken, ScheduledStop, TokenGroup
from common.access import access_of
from common.filters import FilterSet, MultipleChoiceFilter, PeriodFilter, YesNoFilter
from common.identifiers import key
from stations.models import StationGroup
from stations.selectors import stations_with_text

_LARGEST_PORT_NUMBER = 32_767


def station_groups(request: HttpRequest | None) -> QuerySet[StationGroup]:
    return StationGroup.objects.all()


class StationSessionFilter(FilterSet):
    """The charge logs on a station's sheet: its address names the station, so nothing is saved under a name."""

    primary = ("token", "state", "port_number", "started_at")

    token = django_filters.CharFilter(label=_("Id token or person"), method="by_token", widget=SearchInput)
    state = MultipleChoiceFilter(label=_("State"), choices=SessionState.choices, distinct=False)
    port_number = django_filters.NumberFilter(
        label=_("Charge port"),
        min_value=0,
        max_value=_LARGEST_PORT_NUMBER,
        widget=NumberInput(attrs={"min": 0, "max": _LARGEST_PORT_NUMBER, "step": 1}),
    )
    started_at = PeriodFilter(label=_("Started"))
    remarks = MultipleChoiceFilter(label=_("Remarks"), choices=SessionFlag.choices, method="by_remarks")
    stop_reason = django_filters.CharFilter(label=_("Stop reason"), lookup_expr="icontains", widget=SearchInput)

    fault = MultipleChoiceFilter(label=_("Type of error"), choices=Fault.choices, distinct=False)
    # The day that counts the session, in its station's time zone: what the figures of the error rate are made of.
    day = PeriodFilter(label=_("Counted on"), method="by_day")

    class Meta:
        model = ChargingSession
        fields: tuple[str, ...] = ()

    def by_day(self, sessions: QuerySet[ChargingSession], name: str, value: slice) -> QuerySet[ChargingSession]:
        sessions = sessions.filter(counted_on__isnull=False)
        if value.start:
            sessions = sessions.filter(counted_on__gte=value.start.date())
        return sessions.filter(counted_on__lte=value.stop.date()) if value.stop else sessions

    def by_token(self, sessions: QuerySet[ChargingSession], name: str, value: str) -> QuerySet[ChargingSession]:
        """Known tokens by their number, label or person; others by what the charger sent."""
        known = IdToken.objects.filter(selectors.token_has_text(value))
        return sessions.filter(Q(token__in=known) | Q(token=None, id_tag__icontains=value))

    def by_remarks(self, sessions: QuerySet[ChargingSession], name: str, value: list[str]) -> QuerySet[ChargingSession]:
        return sessions.filter(flags__overlap=value) if value else sessions


class SessionFilter(StationSessionFilter):
    """The charge logs of all stations."""

    page = "charge-logs"
    primary = ("q", "token", "state", "started_at")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)
    group = django_filters.ModelChoiceFilter(
        label=_("Station group"), field_name="station__groups", queryset=station_groups, empty_label=_("Any")
    )
    vendor = django_filters.CharFilter(label=_("Manufacturer"), field_name="station__vendor")
    model = django_filters.CharFilter(label=_("Model"), field_name="station__model")

    class Meta:
        model = ChargingSession
        fields: tuple[str, ...] = ()

    def by_station(self, sessions: QuerySet[ChargingSession], name: str, value: str) -> QuerySet[ChargingSession]:
        return sessions.filter(station__in=stations_with_text(access_of(self.request).organisation, value))


class StopFilter(FilterSet):
    """The scheduled stops of one station."""

    primary: ClassVar[tuple[str, ...]] = ("state", "cause", "due_at")

    state = MultipleChoiceFilter(label=_("State"), choices=StopState.choices, distinct=False)
    cause = MultipleChoiceFilter(label=_("Reason"), choices=StopCause.choices, distinct=False)
    due_at = PeriodFilter(label=_("Planned for"))

    class Meta:
        model = ScheduledStop
        fields: tuple[str, ...] = ()


class FleetStopFilter(StopFilter):
    page = "scheduled-stops"
    primary = ("q", "state", "cause", "due_at")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)

    class Meta:
        model = ScheduledStop
        fields: tuple[str, ...] = ()

    def by_station(self, stops: QuerySet[ScheduledStop], name: str, value: str) -> QuerySet[ScheduledStop]:
        return stops.filter(station__in=stations_with_text(access_of(self.request).organisation, value))


def all_groups(request: HttpRequest | None) -> QuerySet[TokenGroup]:
    return TokenGroup.objects.all()


class IdTokenFilter(FilterSet):
    page = "id-tokens"
    primary = ("q", "status", "group", "expired")

    q = django_filters.CharFilter(label=_("Number, label or person"), method="by_text", widget=SearchInput)
    status = MultipleChoiceFilter(label=_("Status"), choices=TokenStatus.choices, distinct=False)
    group = django_filters.ModelChoiceFilter(label=_("Group"), queryset=all_groups, empty_label=_("Any"))
    expired = YesNoFilter(label=_("Expired"), method="by_expired")
    kind = MultipleChoiceFilter(label=_("Kind"), choices=TokenKind.choices, distinct=False)
    contract = django_filters.CharFilter(label=_("Contract (EMAID)"), method="by_contract")

    class Meta:
        model = IdToken
        fields: tuple[str, ...] = ()

    def by_text(self, tokens: QuerySet[IdToken], name: str, value: str) -> QuerySet[IdToken]:
        return tokens.filter(selectors.token_has_text(value))

    def by_expired(self, tokens: QuerySet[IdToken], name: str, value: str) -> QuerySet[IdToken]:
        return tokens.filter(_ended("expires_at", value))

    def by_contract(self, tokens: QuerySet[IdToken], name: str, value: str) -> QuerySet[IdToken]:
        return tokens.filter(contract__emaid_key__startswith=key(value))


class ContractFilter(FilterSet):
    page = "contracts"
    primary = ("q", "status", "ended")

    q = django_filters.CharFilter(label=_("EMAID or customer"), method="by_text", widget=SearchInput)
    status = MultipleChoiceFilter(label=_("Status"), choices=ContractStatus.choices, distinct=False)
    ended = YesNoFilter(label=_("Ended"), method="by_ended")

    class Meta:
        model = Contract
        fields: tuple[str, ...] = ()

    def by_text(self, contracts: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        return contracts.filter(selectors.contract_has_text(value))

    def by_ended(self, contracts: QuerySet[Contract], name: str, value: str) -> QuerySet[Contract]:
        return contracts.filter(_ended("valid_until", value))


def _ended(field: str, value: str) -> Q:
    past = Q(**{f"{field}__lte": timezone.now()})
    return past if value == "true" else ~past
