from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.forms import NumberInput, SearchInput
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from charging import selectors
from charging.choices import (
    AttemptOccasion,
    AuthorizationStatus,
    ContractStatus,
    Fault,
    Refusal,
    SessionFlag,
    SessionState,
    StartMethod,
    StopCause,
    StopState,
    TokenKind,
    TokenStatus,
    VoucherState,
)
from charging.models import (
    Activation,
    ChargingSession,
    Contract,
    IdToken,
    PortalStart,
    ScheduledStop,
    TokenGroup,
    Voucher,
    VoucherBatch,
)
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
    station = django_filters.CharFilter(label=_("Station id"), field_name="station__identity", lookup_expr="iexact")
    method = MultipleChoiceFilter(label=_("Started by"), choices=StartMethod.choices[1:], distinct=False)

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


class ActivationFilter(FilterSet):
    page = "activations"
    primary = ("q", "text", "outcome", "received_at")

    q = django_filters.CharFilter(label=_("Station"), method="by_station", widget=SearchInput)
    text = django_filters.CharFilter(label=_("Token, EMAID, voucher or agent"), method="by_text", widget=SearchInput)
    outcome = MultipleChoiceFilter(label=_("Outcome"), choices=AuthorizationStatus.choices, distinct=False)
    received_at = PeriodFilter(label=_("When"))
    station = django_filters.CharFilter(label=_("Station id"), field_name="station__identity", lookup_expr="iexact")
    port_number = django_filters.NumberFilter(
        label=_("Charge port"),
        method="by_port",
        min_value=0,
        max_value=_LARGEST_PORT_NUMBER,
        widget=NumberInput(attrs={"min": 0, "max": _LARGEST_PORT_NUMBER, "step": 1}),
    )
    method = MultipleChoiceFilter(label=_("Kind"), choices=StartMethod.choices, distinct=False)
    occasion = MultipleChoiceFilter(label=_("Occasion"), choices=AttemptOccasion.choices, distinct=False)
    reason = MultipleChoiceFilter(label=_("Reason"), choices=Refusal.choices, distinct=False)
    followed = YesNoFilter(label=_("A session began"), method="by_followed")

    class Meta:
        model = Activation
        fields: tuple[str, ...] = ()

    def by_station(self, attempts: QuerySet[Activation], name: str, value: str) -> QuerySet[Activation]:
        return attempts.filter(station__in=stations_with_text(access_of(self.request).organisation, value))

    def by_followed(self, attempts: QuerySet[Activation], name: str, value: str) -> QuerySet[Activation]:
        began = Q(followed=True) | Q(session_id__isnull=False)
        return attempts.filter(began if value == "true" else Q(followed=False))

    def by_port(self, attempts: QuerySet[Activation], name: str, value: Any) -> QuerySet[Activation]:
        """With the cards held to the station's reader, since an Authorize names no port."""
        return attempts.filter(Q(port_number=int(value)) | Q(port_number=None))

    def by_text(self, attempts: QuerySet[Activation], name: str, value: str) -> QuerySet[Activation]:
        known = IdToken.objects.filter(selectors.token_has_text(value))
        contracts = Contract.objects.filter(selectors.contract_has_text(value))
        said = Q(id_tag__icontains=value) | Q(person__icontains=value)
        return attempts.filter(said | Q(token__in=known) | Q(contract__in=contracts))


class GoodwillFilter(FilterSet):
    page = "goodwill-starts"
    primary = ("q", "reviewed", "created_at")

    q = django_filters.CharFilter(label=_("Customer, problem or agent"), method="by_text", widget=SearchInput)
    reviewed = YesNoFilter(label=_("Reviewed"), method="by_review")
    created_at = PeriodFilter(label=_("When"))

    class Meta:
        model = PortalStart
        fields: tuple[str, ...] = ()

    def by_text(self, starts: QuerySet[PortalStart], name: str, value: str) -> QuerySet[PortalStart]:
        said = Q(customer__icontains=value) | Q(problem__icontains=value) | Q(actor_label__icontains=value)
        return starts.filter(said | Q(station__identity__icontains=value))

    def by_review(self, starts: QuerySet[PortalStart], name: str, value: str) -> QuerySet[PortalStart]:
        return starts.filter(reviewed_at__isnull=value != "true")


class VoucherFilter(FilterSet):
    page = "vouchers"
    primary = ("q", "state", "batch")

    q = django_filters.CharFilter(label=_("Code or name"), method="by_text", widget=SearchInput)
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=VoucherState.choices, method="by_state", empty_label=_("Any")
    )
    batch = django_filters.NumberFilter(label=_("Batch"), min_value=1, max_value=2**31)

    class Meta:
        model = Voucher
        fields: tuple[str, ...] = ()

    def by_text(self, vouchers: QuerySet[Voucher], name: str, value: str) -> QuerySet[Voucher]:
        plain = key(value)
        named = Q(batch__name__icontains=value)
        return vouchers.filter(named | Q(code_key__contains=plain) if plain else named)

    def by_state(self, vouchers: QuerySet[Voucher], name: str, value: str) -> QuerySet[Voucher]:
        """As `Voucher.state` says."""
        now = timezone.now()
        free = Q(redeemed_at=None, revoked_at=None)
        ended, early = Q(batch__valid_until__lte=now), Q(batch__valid_from__gt=now)
        in_time = ~Q(batch__in=VoucherBatch.objects.filter(Q(valid_until__lte=now) | Q(valid_from__gt=now)))
        meant = {
            VoucherState.REDEEMED: Q(redeemed_at__isnull=False),
            VoucherState.REVOKED: Q(redeemed_at=None, revoked_at__isnull=False),
            VoucherState.EXPIRED: free & ended,
            VoucherState.NOT_YET_VALID: free & early,
            VoucherState.OPEN: free & in_time,
        }
        return vouchers.filter(meant[VoucherState(value)])


def all_groups(request: HttpRequest | None) -> QuerySet[TokenGroup]:
    return TokenGroup.objects.all()


class IdTokenFilter(FilterSet):
    page = "id-tokens"
    primary = ("q", "status", "group", "expired")

    q = django_filters.CharFilter(label=_("Number, label or person"), method="by_text", widget=SearchInput)
    status = MultipleChoiceFilter(label=_("Status"), choices=TokenStatus.choices, distinct=False)
    group = django_filters.ModelChoiceFilter(label=_("Group"), queryset=all_groups, empty_label=_("Any"))
    expired = YesNoFilter(label=_("Expired"), method="by_expired")
    kind = MultipleChoiceFilter(
        label=_("Kind"), choices=[one for one in TokenKind.choices if one[0] != TokenKind.ONCE], distinct=False
    )
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
