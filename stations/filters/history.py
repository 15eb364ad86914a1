import django_filters
from django.forms import SearchInput
from django.utils.translation import gettext_lazy as _

from common.filters import FilterSet, MultipleChoiceFilter, PeriodFilter
from stations.choices import HistoryKind
from stations.models import HistoryEntry


class HistoryFilter(FilterSet):
    """The history of one station: its address names the station, so nothing is saved under a name."""

    primary = ("text", "kind", "author", "at")

    text = django_filters.CharFilter(label=_("Text"), lookup_expr="icontains", widget=SearchInput)
    kind = MultipleChoiceFilter(label=_("Kind"), choices=HistoryKind.choices, distinct=False)
    author = django_filters.CharFilter(label=_("Author"), field_name="actor_label", lookup_expr="icontains")
    at = PeriodFilter(label=_("Period"))

    class Meta:
        model = HistoryEntry
        fields: tuple[str, ...] = ()
