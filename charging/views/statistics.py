"""The statistics of a station and of the whole organisation: pictures of the last six months, with their tables."""

from collections.abc import Callable, Iterable
from typing import Any

from babel.dates import format_skeleton
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from charging import statistics as reckoning
from charging.rights import VIEW_SESSIONS
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
    if request.GET.get("format") in CSV_FORMATS:
        return _csv(request, f"statistics-{station.identity}", found)
    compared = reckoning.of_group(now, station) if "compare" in request.GET else None
    context = {**_shown(found, compared), "may_compare": True, "compared": compared}
    return station_tab(request, station, SLUG, "charging/station_statistics.html", context)


@page(VIEW_SESSIONS)
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


# --- Pictures -----------------------------------------------------------------------------------------------------
def _shown(found: Statistics, compared: tuple[int, Statistics] | None = None) -> dict[str, Any]:
    charts = [
        _by_month("charges", _("Charges"), found, lambda month: month.sessions, 0, compared=compared),
        _by_month(
            "charges-a-day", _("Charges per day"), found, lambda month: month.sessions_a_day, 2, 2, compared=compared
        ),
        _by_month("energy", _("Energy"), found, lambda month: month.energy_wh / 1000, 1, 3, "kWh", compared),
        _by_month(
            "energy-a-charge",
            _("Average energy per charge"),
            found,
            lambda m: m.energy_a_session_wh / 1000,
            2,
            4,
            "kWh",
        ),
        _by_month("utilisation", _("Utilisation"), found, lambda month: month.utilisation, 2, 6, "%"),
        *_revenue(found),
        _weekdays(found),
        _hours(found),
    ]
    return {"charts": charts, "months": found.months, "is_empty": not any(month.sessions for month in found.months)}


def _energy_a_charge_kwh(month: Month) -> float:
    return month.energy_a_session_wh / 1000


def _by_month(
    name: str,
    title: Text,
    found: Statistics,
    value_of: Callable[[Month], Number],
    decimals: int,
    colour: int = 1,
    unit: str = "",
    compared: tuple[int, Statistics] | None = None,
) -> Chart:
    series = [Series(title, [value_of(month) for month in found.months], colour)]
    if compared:
        stations, group = compared
        values = [(value_of(month) or 0) / stations for month in group.months]
        series.append(Series(_("Average of the group's stations"), values, 5))
    return Chart(name, title, "bar", _labels(found.months), series, unit=unit, decimals=decimals)


def _revenue(found: Statistics) -> Iterable[Chart]:
    currencies = sorted({currency for month in found.months for currency in month.revenue})
    for currency in currencies:
        values = [float(month.revenue.get(currency, 0)) for month in found.months]
        title = _("Revenue, VAT included")
        yield Chart(f"revenue-{currency}", title, "bar", _labels(found.months), [Series(title, values, 5)], currency, 2)


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


def _csv(request: HttpRequest, name: str, found: Statistics) -> HttpResponseBase:
    header = [
        _("Month"),
        _("Charges"),
        _("Charges per day"),
        _("Energy (kWh)"),
        _("Average energy per charge (kWh)"),
        _("Utilisation (%)"),
        _("Revenue"),
    ]
    rows = [
        [
            f"{month.first:%Y-%m}",
            month.sessions,
            round(month.sessions_a_day, 2),
            month.energy_wh / 1000,
            round(month.energy_a_session_wh / 1000, 3),
            None if month.utilisation is None else round(month.utilisation, 2),
            " ".join(f"{amount} {currency}" for currency, amount in month.revenue.items()),
        ]
        for month in found.months
    ]
    return csv_response(name, header, rows, local=request.GET["format"] == "csv-local")
