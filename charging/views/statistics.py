"""The statistics of a station and of the whole organisation: pictures of the last six months, with their tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from babel.dates import format_skeleton
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from charging import statistics as reckoning
from charging.rights import VIEW_STATISTICS
from charging.statistics import Month, Statistics
from common.access import access_of
from common.charts import Chart, Number, Series
from common.csv_files import csv_response
from common.rights import Text
from common.tables import CSV_FORMATS
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "statistics"
_KEPT_S = 600


def station_statistics(request: HttpRequest, station: Station) -> HttpResponseBase:
    now = timezone.now()
    found = reckoning.statistics(now, station)
    compared = reckoning.of_group(now, station) if "compare" in request.GET else None
    if request.GET.get("format") in CSV_FORMATS:
        return _csv(request, f"statistics-{station.identity}", found, compared)
    context = {**_shown(found, compared), "is_compared": "compare" in request.GET, "compared": compared}
    return station_tab(request, station, SLUG, "charging/station_statistics.html", context)


@page(VIEW_STATISTICS)
def fleet_statistics(request: HttpRequest) -> HttpResponseBase:
    """Of all stations, at most ten minutes old: sums over a large fleet are too much for every look."""
    organisation = access_of(request).organisation
    zone = timezone.get_current_timezone_name()
    key = f"statistics:{organisation.pk}:{zone}"
    kept = cache.get(key)
    if kept is None:
        kept = (timezone.now(), reckoning.statistics(timezone.now(), zone=zone))
        cache.set(key, kept, _KEPT_S)
    reckoned_at, found = kept
    if request.GET.get("format") in CSV_FORMATS:
        return _csv(request, "statistics", found)
    return render(request, "charging/statistics.html", {**_shown(found), "reckoned_at": reckoned_at})


# --- Figures ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Figure:
    """What is told of every month. A group's sums (`is_sum`) are divided by its number of stations, ratios are not."""

    name: str
    title: Text
    value_of: Callable[[Month], Number]
    colour: int
    decimals: int = 2
    unit: str = ""
    is_sum: bool = False

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else str(self.title)

    def of(self, found: Statistics) -> list[Number]:
        return [self.value_of(month) for month in found.months]

    def average(self, stations: int, group: Statistics) -> list[Number]:
        if not self.is_sum:
            return self.of(group)
        return [None if value is None else value / stations for value in self.of(group)]


FIGURES = (
    Figure("charges", gettext_lazy("Charges"), lambda month: month.sessions, 1, 0, is_sum=True),
    Figure("charges-a-day", gettext_lazy("Charges per day"), lambda month: month.sessions_a_day, 2, is_sum=True),
    Figure("energy", gettext_lazy("Energy"), lambda month: month.energy_wh / 1000, 3, 1, "kWh", is_sum=True),
    Figure(
        "energy-a-charge",
        gettext_lazy("Average energy per charge"),
        lambda m: m.energy_a_session_wh / 1000,
        4,
        2,
        "kWh",
    ),
    Figure("utilisation", gettext_lazy("Utilisation"), lambda month: month.utilisation, 6, 2, "%"),
    Figure("availability", gettext_lazy("Availability"), lambda month: month.availability, 3, 2, "%"),
    Figure(
        "maintenance", gettext_lazy("Planned maintenance"), lambda month: month.maintenance_h, 6, 1, "h", is_sum=True
    ),
)
_OF_GROUP = gettext_lazy("Average of the group's stations")


# --- Pictures -----------------------------------------------------------------------------------------------------
def _shown(found: Statistics, compared: tuple[int, Statistics] | None = None) -> dict[str, Any]:
    charts = [
        *(_by_month(figure, found, compared) for figure in FIGURES),
        *_revenue(found),
        _weekdays(found),
        _hours(found),
    ]
    return {"charts": charts, "months": found.months, "is_empty": not any(month.sessions for month in found.months)}


def _by_month(figure: Figure, found: Statistics, compared: tuple[int, Statistics] | None) -> Chart:
    series = [Series(figure.title, figure.of(found), figure.colour)]
    if compared:
        series.append(Series(_OF_GROUP, figure.average(*compared), 5))
    labels = _labels(found.months)
    return Chart(figure.name, figure.title, "bar", labels, series, unit=figure.unit, decimals=figure.decimals)


def _revenue(found: Statistics) -> Iterable[Chart]:
    title = _("Revenue, VAT included")
    for currency in _currencies(found):
        values = [float(month.revenue.get(currency, 0)) for month in found.months]
        yield Chart(f"revenue-{currency}", title, "bar", _labels(found.months), [Series(title, values, 5)], currency, 2)


def _currencies(found: Statistics) -> list[str]:
    return sorted({currency for month in found.months for currency in month.revenue})


def _weekdays(found: Statistics) -> Chart:
    labels = [WEEKDAYS_ABBR[day] for day in range(7)]
    series = Series(_("Charges"), [found.by_weekday.get(day + 1, 0) for day in range(7)], 2)
    return Chart("weekdays", _("Charges by weekday of their start"), "bar", labels, [series], decimals=0)


def _hours(found: Statistics) -> Chart:
    labels = [f"{hour:02}" for hour in range(24)]
    series = Series(_("Charges"), [found.by_hour.get(hour, 0) for hour in range(24)], 3)
    return Chart("hours", _("Charges by hour of their start"), "bar", labels, [series], decimals=0)


def _labels(months: Iterable[Month]) -> list[str]:
    locale = to_locale(get_language() or "en")
    return [format_skeleton("yMMM", month.first, locale=locale) for month in months]


def _csv(
    request: HttpRequest, name: str, found: Statistics, compared: tuple[int, Statistics] | None = None
) -> HttpResponseBase:
    """A line for every month, with the group's figures at the end where they are compared."""
    columns: list[tuple[str, list[Any]]] = [(figure.heading, figure.of(found)) for figure in FIGURES]
    for currency in _currencies(found):
        heading = f"{_('Revenue, VAT included')} ({currency})"
        columns.append((heading, [month.revenue.get(currency, 0) for month in found.months]))
    if compared:
        columns += [(f"{_OF_GROUP}: {figure.heading}", figure.average(*compared)) for figure in FIGURES]
    header = [_("Month"), *(heading for heading, _values in columns)]
    values = zip(*(values for _heading, values in columns), strict=True)
    rows = [[f"{month.first:%Y-%m}", *map(_cell, row)] for month, row in zip(found.months, values, strict=True)]
    return csv_response(name, header, rows, local=request.GET["format"] == "csv-local")


def _cell(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
