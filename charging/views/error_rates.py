"""The error rate of a charge port, of a station and of the fleet, and the rules behind it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_skeleton
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from accounts.views.jobs import JobList
from chargeports.models import ChargePort
from chargeports.views.sheet import port_tab
from charging.error_rates import Place, Ranked, Rate, ranking, rate_of, rates_by_day
from charging.faults import FAULT_TYPES
from charging.forms.error_rates import FaultRulesForm, FleetForm, PeriodForm
from charging.rights import CHANGE_FAULT_RULES, EXPORT_SESSIONS, VIEW_ERROR_RATE
from charging.services import rules_of, save_fault_rules
from charging.services.fault_rules import RECLASSIFY
from common.access import access_of
from common.charts import Chart, Series
from common.csv_files import csv_response
from common.doors import fits, posted
from common.tables import CSV_FORMATS
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "error-rate"
_TEMPLATE = "charging/error_rate.html"
# Colours of the charts: blue for what went well, red for what did not.
_GOOD, _BAD = 1, 5
_MOST_EXPORTED = 100_000


# --- Pages --------------------------------------------------------------------------------------------------------
def port_error_rate(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    logs = reverse("station-tab", args=[port.station.identity, "charge-logs"])
    context = _shown(PeriodForm(request.GET), Place(port=port), logs, {"port_number": port.number})
    return port_tab(request, port, SLUG, _TEMPLATE, context)


def station_error_rate(request: HttpRequest, station: Station) -> HttpResponseBase:
    logs = reverse("station-tab", args=[station.identity, "charge-logs"])
    return station_tab(request, station, SLUG, _TEMPLATE, _shown(PeriodForm(request.GET), Place(station=station), logs))


@page(VIEW_ERROR_RATE)
def error_rate(request: HttpRequest) -> HttpResponseBase:
    """The whole organisation, a group or a model, and where a technician is needed."""
    form = FleetForm(request.GET)
    place, about = _fleet_place(form)
    context = _shown(form, place, reverse("charge-logs"), about)
    if form.is_valid():
        level = form.cleaned_data["by"] or "ports"
        period = {name: form.cleaned_data[name] for name in ("start", "end")}
        access = access_of(request)
        may_export = access.can(EXPORT_SESSIONS)
        if may_export and request.GET.get("format") in CSV_FORMATS:
            return _ranking_csv(request, place, period, level)
        found = ranking(access.organisation, place, period["start"], period["end"], level)
        context["csv_urls"] = _csv_urls(request) if may_export else []
        context |= {"level": level, "lines": [_line(one, level, period) for one in found]}
    return render(request, "charging/fleet_error_rate.html", context)


@page(CHANGE_FAULT_RULES)
def fault_rules(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = FaultRulesForm(posted(request), rules=rules_of(access.organisation))
    if form.is_valid() and fits(form, save_fault_rules, access.actor, access.organisation, form.limits, form.left_out):
        return redirect("fault-rules")
    context = {"form": form, "list": JobList(access.organisation.pk, RECLASSIFY.slug, "")}
    return render(request, "charging/fault_rules.html", context, status=422 if form.errors else 200)


# --- Details ------------------------------------------------------------------------------------------------------
def _fleet_place(form: FleetForm) -> tuple[Place, dict[str, Any]]:
    """The place that the form names, and the same as filters of the charge logs."""
    if not form.is_valid():
        return Place(), {}
    group, vendor, model = (form.cleaned_data[name] for name in ("group", "vendor", "model"))
    about = {"group": group.pk if group else "", "vendor": vendor, "model": model}
    return Place(group=group, vendor=vendor, model=model), {name: value for name, value in about.items() if value}


def _shown(form: PeriodForm, place: Place, logs: str, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the template draws; no figures where the form holds errors."""
    if not form.is_valid():
        return {"form": form}
    first, last = form.cleaned_data["start"], form.cleaned_data["end"]
    days = rates_by_day(place, first, last)
    total = rate_of(days)
    query = urlencode({**(about or {}), "day_after": first, "day_before": last})
    return {
        "form": form,
        "total": total,
        "over_time": _over_time(days),
        "by_type": _by_type(total),
        "attempts_url": _attempts_url(place, first, last),
        "types": [(one, total.by_fault.get(one.fault, 0), f"{logs}?{query}&fault={one.fault}") for one in FAULT_TYPES],
        "faulty_url": "&".join([f"{logs}?{query}", *(f"fault={one.fault}" for one in FAULT_TYPES)]),
        "ended_url": f"{logs}?{query}",
    }


def _attempts_url(place: Place, first: date, last: date) -> str:
    """The accepted cards and starts without a session; nothing for a group or a model, which their list cannot tell."""
    about: dict[str, Any] = {}
    if place.port is not None:
        about = {"station": place.port.station.identity, "port_number": place.port.number}
    elif place.station is not None:
        about = {"station": place.station.identity}
    elif place != Place():
        return ""
    query = {**about, "followed": "false", "received_at_after": first, "received_at_before": last}
    return f"{reverse('activations')}?{urlencode(query)}"


def _over_time(days: Mapping[date, Rate]) -> Chart:
    locale = to_locale(get_language() or "en")
    labels = [format_skeleton("yMMMd", day, locale=locale) for day in days]
    good = Series(_("Successful"), [rate.successful for rate in days.values()], _GOOD)
    bad = Series(_("Faulty"), [rate.faulty for rate in days.values()], _BAD)
    title = _("Faulty and successful sessions")
    return Chart("sessions-over-time", title, "bar", labels, [good, bad], decimals=0, stacked=True)


def _by_type(total: Rate) -> Chart:
    found = [(one.label, total.by_fault[one.fault]) for one in FAULT_TYPES if total.by_fault.get(one.fault)]
    series = Series(_("Faulty sessions"), [number for _label, number in found])
    labels = [label for label, _number in found]
    return Chart("faulty-by-type", _("Faulty sessions by type of error"), "pie", labels, [series], decimals=0)


def _ranking_csv(request: HttpRequest, place: Place, period: Mapping[str, date], level: str) -> HttpResponseBase:
    found = ranking(access_of(request).organisation, place, period["start"], period["end"], level, _MOST_EXPORTED)
    header = (
        _("What"),
        _("Name"),
        _("Error rate (%)"),
        _("Faulty"),
        _("Sessions"),
        _("Cancelled"),
        _("With cancelled (%)"),
        _("Most often"),
    )
    lines = (
        (
            *(_line(one, level, period)[name] for name in ("title", "text")),
            round(one.percent, 2),
            one.faulty,
            one.ended,
            one.cancelled,
            round(one.percent_with_cancelled, 2),
            one.main_fault.label if one.main_fault else "",
        )
        for one in found
    )
    return csv_response("error-rate", header, lines, local=request.GET["format"] == "csv-local")


def _csv_urls(request: HttpRequest) -> list[str]:
    query = {name: value for name, value in request.GET.items() if name != "format"}
    return [f"?{urlencode({**query, 'format': kind})}" for kind in CSV_FORMATS]


def _line(one: Ranked, level: str, period: Mapping[str, date]) -> dict[str, Any]:
    """A line of the ranking with its words and where it leads."""
    query = urlencode(period)
    if level == "ports":
        _pk, identity, name, number = one.keys
        url = reverse("charge-port-tab", args=[identity, number, SLUG]) if number else ""
        return {"line": one, "title": f"{identity} · {number}", "text": name, "url": url and f"{url}?{query}"}
    if level == "stations":
        _pk, identity, name = one.keys
        url = reverse("station-tab", args=[identity, SLUG])
        return {"line": one, "title": identity, "text": name, "url": f"{url}?{query}"}
    fleet = reverse("error-rate")
    if level == "groups":
        pk, name = one.keys
        return {"line": one, "title": name, "text": "", "url": f"{fleet}?{query}&group={pk}"}
    vendor, model = one.keys
    about = urlencode({"vendor": vendor, "model": model})
    title = " ".join(filter(None, one.keys)) or _("Unknown model")
    return {"line": one, "title": title, "text": "", "url": f"{fleet}?{query}&{about}"}
