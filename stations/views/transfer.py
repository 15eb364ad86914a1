"""Stations from and to CSV files: upload, dry run, import; template; export of the same columns."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.access import Access, access_of
from common.csv_files import csv_response
from common.errors import Refused
from common.views import page
from stations.columns import all_columns, export_rows, exportable
from stations.forms import ImportForm
from stations.rights import EXPORT_STATIONS, IMPORT_STATIONS
from stations.services import importing
from stations.views.lists import filtered, selected

# How long a checked file waits for its import.
KEPT_S = 3600
SHOWN_PROBLEMS = 500


@page(IMPORT_STATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def station_import(request: HttpRequest) -> HttpResponseBase:
    """Upload a file and see what it would do. Nothing is changed."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if not form.is_valid():
        context = {"form": form, "columns": all_columns()}
        return render(request, "stations/import.html", context, status=422 if form.errors else 200)
    access = access_of(request)
    data = form.cleaned_data["file"].read(importing.MAX_BYTES + 1)
    plan = importing.check_import(access.organisation, data)
    key = _keep(access, data)
    return _show(request, plan, key, form.cleaned_data["file"].name)


@page(IMPORT_STATIONS)
@require_POST
def apply_import(request: HttpRequest) -> HttpResponseBase:
    """Import the file that was checked: all of it, or nothing."""
    access, key = access_of(request), request.POST.get("key", "")
    data = cache.get(_name(access, key))
    if data is None:
        messages.error(request, _("The checked file is no longer there. Upload it again."))
        return redirect("station-import")
    try:
        plan = importing.apply_import(access.actor, access.organisation, data)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect("station-import")
    if plan.problems:
        return _show(request, plan, key, request.POST.get("name", ""))
    cache.delete(_name(access, key))
    counts = {"new": len(plan.new), "changed": len(plan.changed)}
    messages.success(request, _("Imported: %(new)d new stations, %(changed)d changed.") % counts)
    return redirect("stations")


@page(IMPORT_STATIONS)
@require_POST
def import_problems(request: HttpRequest) -> HttpResponseBase:
    """Everything that is wrong with the checked file, as a file."""
    access = access_of(request)
    data = cache.get(_name(access, request.POST.get("key", "")))
    if data is None:
        messages.error(request, _("The checked file is no longer there. Upload it again."))
        return redirect("station-import")
    problems = importing.check_import(access.organisation, data).problems
    rows = [(problem.line, problem.column, str(problem.message)) for problem in problems]
    return csv_response("import-problems", (_("Line"), _("Column"), _("Problem")), rows, local=True)


@page(IMPORT_STATIONS)
@require_safe
def template(request: HttpRequest) -> HttpResponseBase:
    """An empty file with every column."""
    return csv_response("stations", all_columns(), (), local=True)


@page(EXPORT_STATIONS, token_allowed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """The stations that the filter matches, or those selected in the list, in the columns of the import."""
    stations = selected(request) if request.method == "POST" else filtered(request).qs
    local = request.method == "POST" or request.GET.get("format") == "csv-local"
    return csv_response("stations", all_columns(), export_rows(exportable(stations)), local=local)


def _show(request: HttpRequest, plan: importing.ImportPlan, key: str, name: str) -> HttpResponse:
    context: dict[str, Any] = {
        "plan": plan,
        "key": key,
        "name": name,
        "problems": plan.problems[:SHOWN_PROBLEMS],
        "form": ImportForm(),
    }
    return render(request, "stations/import_plan.html", context, status=422 if plan.problems else 200)


def _keep(access: Access, data: bytes) -> str:
    key = secrets.token_urlsafe(16)
    cache.set(_name(access, key), data, KEPT_S)
    return key


def _name(access: Access, key: str) -> str:
    """Only who uploaded the file finds it again, and only in the same organisation."""
    return f"station-import.{access.organisation.pk}.{access.actor.kind}.{access.actor.id}.{key[:64]}"
