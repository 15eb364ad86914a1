"""Stations from and to CSV files: the import, and the export of the same columns."""

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from common.csv_files import csv_response
from common.imports import CsvImport
from common.views import page
from stations.columns import all_columns, export_rows, exportable
from stations.rights import EXPORT_STATIONS
from stations.services import importing
from stations.views.lists import filtered, selected

STATIONS = CsvImport(
    name="station-import",
    back="stations",
    title=_("Import stations"),
    rules="stations/import_rules.html",
    new=_("new stations"),
    changed=_("stations change"),
    done=_("Imported: %(new)d new stations, %(changed)d changed."),
    columns=all_columns,
    check=importing.check_import,
    apply=importing.apply_import,
)


@page(EXPORT_STATIONS, token_allowed=True)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """The stations that the filter matches, or those selected in the list, in the columns of the import."""
    stations = selected(request) if request.method == "POST" else filtered(request).qs
    local = request.method == "POST" or request.GET.get("format") == "csv-local"
    return csv_response("stations", all_columns(), export_rows(exportable(stations)), local=local)
