import django_filters
from django.db.models import Q, QuerySet
from django.forms import SearchInput
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.access import access_of
from common.filters import FilterSet, ModelMultipleChoiceFilter, MultipleChoiceFilter, YesNoFilter
from stations import selectors
from stations.choices import LifeCycle, PortStatus, Protocol
from stations.models import MapCount, Station, StationGroup

STATUSES = [(status.value or selectors.UNKNOWN_STATUS, status.label) for status in PortStatus]


# The filters that hold for the counts of the map as well.
COUNTED = {"status", "online", "life_cycle"}


def stored_statuses(chosen: list[str]) -> list[str]:
    return ["" if status == selectors.UNKNOWN_STATUS else status for status in chosen]


def all_groups(request: HttpRequest | None) -> QuerySet[StationGroup]:
    return StationGroup.objects.all()


class StationFilter(FilterSet):
    page = "stations"
    primary = ("q", "status", "online", "life_cycle", "group")

    q = django_filters.CharFilter(label=_("Search text"), method="by_text", widget=SearchInput)
    status = MultipleChoiceFilter(label=_("Status"), choices=STATUSES, method="by_status")
    online = YesNoFilter(label=_("Online"), field_name="state__online")
    life_cycle = MultipleChoiceFilter(label=_("Life cycle"), choices=LifeCycle.choices, distinct=False)
    group = ModelMultipleChoiceFilter(label=_("Station groups"), queryset=all_groups, method="by_group")
    vendor = django_filters.CharFilter(label=_("Manufacturer"), method="by_said")
    model = django_filters.CharFilter(label=_("Model"), method="by_said")
    firmware_version = django_filters.CharFilter(label=_("Firmware version"), method="by_said")
    city = django_filters.CharFilter(label=_("City"), lookup_expr="istartswith")
    protocol = MultipleChoiceFilter(label=_("Protocol"), choices=Protocol.choices, distinct=False)

    class Meta:
        model = Station
        fields: tuple[str, ...] = ()

    def counts(self) -> QuerySet[MapCount] | None:
        """What is counted of the stations that match; None where a filter is on that the counts know nothing of."""
        if not self.is_valid():
            return None
        wanted = {name: value for name, value in self.form.cleaned_data.items() if value}
        if wanted.keys() - COUNTED:
            return None
        counts = MapCount.objects.all()
        if statuses := wanted.get("status"):
            counts = counts.filter(status__in=stored_statuses(statuses))
        if online := wanted.get("online"):
            counts = counts.filter(online=online == "true")
        return counts.filter(life_cycle__in=wanted["life_cycle"]) if "life_cycle" in wanted else counts

    def by_text(self, stations: QuerySet[Station], name: str, value: str) -> QuerySet[Station]:
        return stations.filter(pk__in=selectors.stations_with_text(access_of(self.request).organisation, value))

    def by_status(self, stations: QuerySet[Station], name: str, value: list[str]) -> QuerySet[Station]:
        return stations.filter(state__status__in=stored_statuses(value)) if value else stations

    def by_group(self, stations: QuerySet[Station], name: str, value: QuerySet[StationGroup]) -> QuerySet[Station]:
        if not value:
            return stations
        members = Station.groups.through.objects.filter(stationgroup__in=value)
        return stations.filter(pk__in=members.values("station"))

    def by_said(self, stations: QuerySet[Station], name: str, value: str) -> QuerySet[Station]:
        """Whatever people entered or the charger reports."""
        return stations.filter(Q(**{f"{name}__icontains": value}) | Q(**{f"report__{name}__icontains": value}))
