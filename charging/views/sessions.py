"""Charge logs: of a station, of all stations, and one session with its curves."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from babel.dates import format_skeleton
from django.db.models import CharField, Value
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from charging import selectors, services
from charging.choices import SessionState
from charging.curves import charts_of
from charging.faults import fault_type
from charging.filters import SessionFilter, StationSessionFilter
from charging.forms import StopCharging
from charging.models import ChargingSession
from charging.rights import VIEW_SESSIONS
from charging.signed_values import transparency_xml
from charging.tables import METER_VALUES, SESSIONS, STATION_SESSIONS
from common.access import Access, access_of
from common.charts import Chart, Series
from common.views import page
from stations.models import Station
from stations.views.sheet import station_tab

SLUG = "charge-logs"
WH_PER_KWH = 1000
DASHBOARD_DAYS = 30


# --- Lists --------------------------------------------------------------------------------------------------------
@page(VIEW_SESSIONS, token_allowed=True)
def charge_logs(request: HttpRequest) -> HttpResponseBase:
    filters = SessionFilter(request.GET, selectors.sessions(), request=request)
    table = SESSIONS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "organisation": access_of(request).organisation}
    return table.response() or render(request, "charging/logs.html", context)


def station_logs(request: HttpRequest, station: Station) -> HttpResponseBase:
    filters = StationSessionFilter(request.GET, selectors.sessions_of_station(station), request=request)
    table = STATION_SESSIONS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters}
    return table.response() or station_tab(request, station, SLUG, "charging/station_logs.html", context)


# --- One session --------------------------------------------------------------------------------------------------
@page(VIEW_SESSIONS)
def session(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = get_object_or_404(selectors.sessions(), pk=pk)
    zone = Value(found.station.time_zone, output_field=CharField())
    table = METER_VALUES.bind(request, selectors.meter_values(found).annotate(zone=zone))
    context = {"session": found, "station": found.station, "table": table, "signed": _signed(found)}
    return table.response() or render(request, "charging/session.html", context)


@page(VIEW_SESSIONS)
def signed_values_xml(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The signed values for the transparency software; 404 where the session has none."""
    found = get_object_or_404(selectors.sessions(), pk=pk)
    signed = _signed(found)
    values = [
        (value.data, value.context, key) for (value, _checks), key in zip(signed.records, signed.keys, strict=True)
    ]
    if not values:
        raise Http404
    answer = HttpResponse(transparency_xml(found.pk, values), content_type="application/xml")
    answer["Content-Disposition"] = f'attachment; filename="session-{found.pk}.xml"'
    return answer


def _signed(session: ChargingSession) -> selectors.SignedChecks:
    return next(found for _session, found in selectors.checks_of_sessions([session]))


# --- Live parts ---------------------------------------------------------------------------------------------------
def itself(access: Access, session: ChargingSession) -> dict[str, Any]:
    """The session with its live figures."""
    return {
        "session": session,
        "station": session.station,
        "fault_types": [found for fault in session.faults if (found := fault_type(fault))],
        "duration": duration_of(session),
        "may_stop": access.can(StopCharging.right),
        "stop_url": reverse("session-stop", args=[session.pk]),
    }


def cost(access: Access, session: ChargingSession) -> dict[str, Any]:
    """What the session cost, or costs so far, with its breakdown."""
    kept = getattr(session, "cost", None)
    if session.state == SessionState.RUNNING:
        found = services.estimate(session)
        sums = found.cost
        return {
            "is_estimate": True,
            "unbilled": found.unbilled.label if found.unbilled else "",
            "tariff_name": found.version.tariff.name if found.version else "",
            "currency": found.version.tariff.currency if found.version else "",
            "lines": sums.lines if sums else None,
            "total": sums.total if sums else None,
            "vat": sums.vat if sums else None,
            "vat_percent": sums.vat_percent if sums else None,
        }
    if kept is None:
        return {"lines": None}
    names = ("tariff_name", "currency", "total", "vat", "vat_percent")
    # A cost without a currency was not reckoned, for there was no tariff or no calibration law method.
    lines = kept.lines if kept.currency else None
    return {"unbilled": kept.get_unbilled_display(), "lines": lines, **{name: getattr(kept, name) for name in names}}


def curves(access: Access, session: ChargingSession) -> dict[str, Any]:
    return {"charts": charts_of(session)}


def running_here(access: Access, station: Station) -> dict[str, Any]:
    """The sessions that run at the station, by charge port."""
    running = selectors.running_sessions(station)
    return {"station": station, "running": [itself(access, running[number]) for number in sorted(running)]}


def log_changes(access: Access, station: Station) -> dict[str, Any]:
    """What differs as soon as the station's log has another line, or one of them has ended."""
    return {"newest": selectors.newest_session(station), "running": selectors.running_now(station).sessions}


def running_now(access: Access, organisation: Any) -> dict[str, Any]:
    return {"running": selectors.running_now()}


def duration_of(session: ChargingSession) -> timedelta:
    """So far, or in all; a charger whose clock is a little ahead began at no time after now."""
    return max((session.finished_at or datetime.now(UTC)) - session.began_at, timedelta(0))


# --- Figures on other pages ---------------------------------------------------------------------------------------
def station_figures(access: Access, station: Station) -> dict[str, Any]:
    """What was charged at the station."""
    totals = selectors.totals_by_port(station).values()
    return {
        "sessions": sum(one.sessions for one in totals),
        "energy_wh": sum(one.energy_wh for one in totals),
        "url": reverse("station-tab", args=[station.identity, SLUG]),
    }


def dashboard(access: Access, organisation: Any) -> dict[str, Any]:
    """What charges now, and what was charged today and on each of the last days."""
    today = timezone.localdate()
    first = today - timedelta(days=DASHBOARD_DAYS - 1)
    by_day = selectors.totals_by_day(first, today)
    days = [first + timedelta(days=number) for number in range(DASHBOARD_DAYS)]
    totals = [by_day.get(day, selectors.Totals()) for day in days]
    return {
        "running": selectors.running_now(),
        "running_state": SessionState.RUNNING,
        "today": totals[-1],
        "first_day": first,
        "last_day": today,
        "days": DASHBOARD_DAYS,
        "sessions": sum(one.sessions for one in totals),
        "energy_wh": sum(one.energy_wh for one in totals),
        "chart": _energy_chart(days, totals),
    }


def _energy_chart(days: list[date], totals: list[selectors.Totals]) -> Chart:
    energy = Series(_("Energy"), [one.energy_wh / WH_PER_KWH for one in totals], 3)
    labels = [format_skeleton("MMMd", day, locale=to_locale(get_language() or "en")) for day in days]
    return Chart("energy-by-day", _("Energy by day"), "bar", labels, [energy], unit="kWh")
