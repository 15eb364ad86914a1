import django_filters
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.forms import SearchInput
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.audit import action_choices
from accounts.choices import ActorKind, DeliveryState, JobState
from accounts.models import AuditEntry, Job, Membership, Role, WebhookDelivery, WebhookTarget
from common.filters import FilterSet, MultipleChoiceFilter, PeriodFilter
from common.jobs import all_kinds
from common.rights import Text
from common.webhooks import all_events


def roles(request: HttpRequest) -> QuerySet[Role]:
    return Role.objects.all()


def kinds() -> list[tuple[str, Text]]:
    return [(kind.slug, kind.label) for kind in all_kinds()]


def events() -> list[tuple[str, Text]]:
    return [(event.name, event.label) for event in all_events()]


class JobFilter(FilterSet):
    page = "jobs"
    primary = ("text", "kind", "state")

    text = django_filters.CharFilter(label=_("Text"), field_name="title", lookup_expr="icontains", widget=SearchInput)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=kinds, empty_label=_("Any"))
    state = MultipleChoiceFilter(label=_("State"), choices=JobState.choices, distinct=False)
    by = django_filters.CharFilter(label=_("By"), field_name="actor_label", lookup_expr="icontains")

    class Meta:
        model = Job
        fields: tuple[str, ...] = ()


class MemberFilter(FilterSet):
    page = "users"
    primary = ("text", "role")

    text = django_filters.CharFilter(label=_("Name or e-mail address"), method="by_text", widget=SearchInput)
    role = django_filters.ModelChoiceFilter(
        label=_("Role"), field_name="roles", queryset=roles, empty_label=_("Any role")
    )

    class Meta:
        model = Membership
        fields: tuple[str, ...] = ()

    def by_text(self, rows: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        return rows.filter(Q(user__name__icontains=value) | Q(user__email__icontains=value))


def targets(request: HttpRequest) -> QuerySet[WebhookTarget]:
    return WebhookTarget.objects.all()


class DeliveryFilter(FilterSet):
    page = "webhook-deliveries"
    primary = ("target", "event", "state", "subject")

    target = django_filters.ModelChoiceFilter(label=_("Webhook"), queryset=targets, empty_label=_("Any webhook"))
    event = django_filters.ChoiceFilter(label=_("Event"), choices=events, empty_label=_("Any event"))
    state = MultipleChoiceFilter(label=_("State"), choices=DeliveryState.choices, distinct=False)
    subject = django_filters.CharFilter(label=_("About"), widget=SearchInput)
    at = PeriodFilter(label=_("Period"), field_name="created_at")

    class Meta:
        model = WebhookDelivery
        fields: tuple[str, ...] = ()


class AuditFilter(FilterSet):
    page = "audit-log"
    primary = ("text", "action", "at")

    text = django_filters.CharFilter(label=_("Text"), method="by_text", widget=SearchInput)
    action = django_filters.ChoiceFilter(label=_("Action"), choices=action_choices, empty_label=_("Any action"))
    at = PeriodFilter(label=_("Period"))
    actor = django_filters.CharFilter(label=_("Who"), field_name="actor_label", lookup_expr="icontains")
    actor_kind = django_filters.ChoiceFilter(label=_("Kind of actor"), choices=ActorKind.choices, empty_label=_("Any"))
    object = django_filters.CharFilter(label=_("Object"), method="by_object")

    class Meta:
        model = AuditEntry
        fields: tuple[str, ...] = ()

    def by_text(self, rows: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        """In the names of actor and object, and in what changed."""
        rows = rows.alias(old=Cast("before", TextField()), new=Cast("after", TextField()))
        return rows.filter(
            Q(actor_label__icontains=value)
            | Q(object_label__icontains=value)
            | Q(old__icontains=value)
            | Q(new__icontains=value)
        )

    def by_object(self, rows: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        """By its name, or by type and id as a link from the object's own page gives them (`stations.station:17`)."""
        kind, colon, pk = value.partition(":")
        if colon and pk.isdigit():
            return rows.filter(object_type=kind, object_id=pk)
        return rows.filter(object_label__icontains=value)
