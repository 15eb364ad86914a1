"""The tabs Diagnosis and Firmware: what a station sent and fetched, and how far it has come."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from chargeports import selectors
from chargeports.choices import CommandKind
from chargeports.filters import TransferFilter
from chargeports.forms.files import GetDiagnostics, GetLog, UpdateFirmware
from chargeports.models import Command, FileTransfer
from chargeports.tables import DIAGNOSES, UPDATES
from chargeports.transfers import DOWNLOADS, UPLOADS, goes_on, steps_of
from common.access import Access, access_of
from stations.choices import LifeCycle
from stations.models import Station
from stations.selectors import entered_or_reported, reported
from stations.views.sheet import station_tab

DIAGNOSIS, FIRMWARE = "diagnosis", "firmware"


def diagnosis(request: HttpRequest, station: Station) -> HttpResponseBase:
    transfers = selectors.transfers_of(station, UPLOADS)
    filters = TransferFilter(request.GET, transfers, request=request)
    table = DIAGNOSES.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "asks": asks_of(request, station, GetDiagnostics, GetLog)}
    return table.response() or station_tab(request, station, DIAGNOSIS, "chargeports/diagnosis.html", context)


def firmware(request: HttpRequest, station: Station) -> HttpResponseBase:
    table = UPDATES.bind(request, selectors.transfers_of(station, DOWNLOADS))
    version = reported(station, "firmware_version") or entered_or_reported(station, "firmware_version")
    context = {"table": table, "version": version, "asks": asks_of(request, station, UpdateFirmware)}
    return table.response() or station_tab(request, station, FIRMWARE, "chargeports/firmware_updates.html", context)


def asks_of(request: HttpRequest, station: Station, *forms: Any) -> list[dict[str, Any]]:
    """The buttons of commands that this person may give."""
    if station.life_cycle == LifeCycle.DECOMMISSIONED:
        return []
    allowed = [form for form in forms if access_of(request).can(form.right)]
    return [
        {"url": reverse(form.url_name(), args=[station.identity]), "label": form.kind.label, "icon": form.icon}
        for form in allowed
    ]


def open_uploads(access: Access, station: Station) -> dict[str, Any]:
    return _open(station, UPLOADS)


def open_updates(access: Access, station: Station) -> dict[str, Any]:
    return _open(station, DOWNLOADS)


def _open(station: Station, kinds: Any) -> dict[str, Any]:
    """The newest of them, which is drawn with its steps; any change of it draws the list anew."""
    newest = selectors.transfers_of(station, kinds).order_by("-pk").first()
    return {"station": station, "transfer": newest, "steps": steps_shown(newest) if newest else []}


def progress(access: Access, command: Command) -> dict[str, Any]:
    """The panel of a command that asks for a file."""
    transfer = selectors.transfer_of(command)
    return {
        "transfer": transfer,
        "station": command.station,
        "steps": steps_shown(transfer) if transfer else [],
        "tab": DIAGNOSIS if asks_for_upload(command, access) else FIRMWARE,
    }


def asks_for_upload(command: Command, access: Access) -> bool:
    return command.kind in (CommandKind.GET_DIAGNOSTICS, CommandKind.GET_LOG)


def asks_for_download(command: Command, access: Access) -> bool:
    return command.kind in (CommandKind.UPDATE_FIRMWARE, CommandKind.SIGNED_UPDATE_FIRMWARE)


def steps_shown(transfer: FileTransfer) -> list[dict[str, Any]]:
    """The steps that were taken, and those to come while it is under way."""
    taken = [{**step, "label": _label(step["state"])} for step in transfer.steps]
    if transfer.ended_at:
        return taken
    return taken + [
        {"state": state, "label": state.label} for state in steps_of(transfer.kind) if goes_on(transfer.state, state)
    ]


def _label(state: str) -> Any:
    return FileTransfer(state=state).get_state_display()
