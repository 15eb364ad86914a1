"""Operations of the REST API on stations and their documents."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, File, Form, Query, Schema, UploadedFile

from common.access import access_of
from common.api import Operations, Page, PageQuery, page_of
from stations import services
from stations.choices import AccessType, LifeCycle, Protocol, SecurityProfile
from stations.models import Document, Station, StationGroup
from stations.rights import CHANGE_DOCUMENTS, CHANGE_STATIONS, VIEW_DOCUMENTS, VIEW_STATIONS
from stations.selectors import station_by_identity, station_list
from stations.services.documents import add_document, delete_document

stations = Operations("Stations")
documents = Operations("Documents")


# --- Stations -----------------------------------------------------------------------------------------------------
class _Entered(Schema):
    """What people enter of a station."""

    name: str = ""
    protocol: Protocol = Protocol.OCPP16
    security_profile: SecurityProfile = SecurityProfile.TLS_BASIC
    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = Field("", description="Two letters, e.g. DE.")
    time_zone: str = Field("Europe/Berlin", description="IANA name.")
    access_type: AccessType = AccessType.PUBLIC


class StationIn(_Entered):
    """`groups` are names of station groups that exist. Without a time zone the organisation's holds."""

    identity: str
    life_cycle: LifeCycle = LifeCycle.PLANNED
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    groups: list[str] = []


class StationChange(_Entered):
    """What is not named stays as it is."""

    identity: str = ""
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    groups: list[str] = []


class LifeCycleIn(Schema):
    life_cycle: LifeCycle


class Reported(Schema):
    """What the charger says of itself."""

    vendor: str
    model: str
    serial_number: str
    box_serial_number: str
    firmware_version: str
    iccid: str
    imsi: str
    meter_type: str
    meter_serial_number: str
    reported_at: datetime


class StationOut(_Entered):
    identity: str
    life_cycle: LifeCycle
    latitude: float | None
    longitude: float | None
    groups: list[str]
    reported: Reported | None
    online: bool = Field(alias="state.online")
    online_changed_at: datetime | None = Field(alias="state.online_changed_at")
    last_seen_at: datetime | None = Field(alias="state.last_seen_at")
    last_boot_at: datetime | None = Field(alias="state.last_boot_at")
    boot_status: str = Field(alias="state.boot_status")
    status: str = Field(alias="state.status", description="What the charge ports sum up to; empty where none told.")
    created_at: datetime
    changed_at: datetime

    @staticmethod
    def resolve_groups(station: Station) -> list[str]:
        known = getattr(station, "group_list", None)
        return sorted(group.name for group in (station.groups.all() if known is None else known))

    @staticmethod
    def resolve_reported(station: Station) -> Any:
        return getattr(station, "report", None)


class StationQuery(PageQuery):
    life_cycle: LifeCycle | None = None
    online: bool | None = None
    group: str | None = Field(None, max_length=80, description="The name of a group.")


@stations.operation("GET", "/stations", VIEW_STATIONS, Page[StationOut])
def list_stations(request: HttpRequest, query: Query[StationQuery]) -> Any:
    """List stations, by their identity"""
    found = station_list(access_of(request).organisation)
    if query.life_cycle:
        found = found.filter(life_cycle=query.life_cycle)
    if query.online is not None:
        found = found.filter(state__online=query.online)
    if query.group:
        found = found.filter(groups__name=query.group)
    return page_of(found, query, "identity")


@stations.operation("POST", "/stations", CHANGE_STATIONS, StationOut, status=201)
def create_station(request: HttpRequest, body: StationIn) -> Any:
    """Create a station"""
    access = access_of(request)
    values = {"time_zone": access.organisation.time_zone, **_values(body)}
    made = services.create_station(access.actor, access.organisation, values)
    return station_by_identity(made.identity)


@stations.operation("GET", "/stations/{identity}", VIEW_STATIONS, StationOut)
def read_station(request: HttpRequest, identity: str) -> Any:
    """Read a station"""
    return station_by_identity(identity)


@stations.operation("PATCH", "/stations/{identity}", CHANGE_STATIONS, StationOut)
def change_station(request: HttpRequest, identity: str, body: StationChange) -> Any:
    """Change a station"""
    station = station_by_identity(identity)
    services.update_station(access_of(request).actor, station, _values(body))
    return station_by_identity(station.identity)


@stations.operation("POST", "/stations/{identity}/life-cycle", CHANGE_STATIONS, StationOut)
def change_life_cycle(request: HttpRequest, identity: str, body: LifeCycleIn) -> Any:
    """Move a station in its life

    Out of operation it is asked to lock itself; decommissioned it is asked for nothing any more.
    """
    station = station_by_identity(identity)
    services.change_life_cycle(access_of(request).actor, station, body.life_cycle)
    return station_by_identity(station.identity)


def _values(body: StationIn | StationChange) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=True)
    if "groups" in values:
        values["groups"] = _groups(values["groups"])
    return values


def _groups(names: list[str]) -> list[StationGroup]:
    found = list(StationGroup.objects.filter(name__in=names))
    unknown = set(names) - {group.name for group in found}
    if unknown:
        told = _("There is no group of this name: %(names)s.") % {"names": ", ".join(sorted(unknown))}
        raise ValidationError({"groups": told})
    return found


# --- Documents ----------------------------------------------------------------------------------------------------
class DocumentOut(Schema):
    """`file_id` is its newest version under `/files`."""

    id: int
    name: str
    description: str
    version: int = Field(alias="versions_count")
    file_id: int = Field(alias="current_id")
    changed_at: datetime


@documents.operation("GET", "/stations/{identity}/documents", VIEW_DOCUMENTS, Page[DocumentOut])
def list_documents(request: HttpRequest, identity: str, query: Query[PageQuery]) -> Any:
    """List the documents of a station, the newest first"""
    found = Document.objects.filter(station=station_by_identity(identity), deleted_at=None)
    return page_of(found, query, "changed_at", descending=True)


@documents.operation("POST", "/stations/{identity}/documents", CHANGE_DOCUMENTS, DocumentOut, status=201)
def upload_document(request: HttpRequest, identity: str, file: File[UploadedFile], description: Form[str] = "") -> Any:
    """Upload a document

    A file of the name of another document becomes its newest version.
    """
    station = station_by_identity(identity)
    return add_document(access_of(request).actor, station, file, description)


@documents.operation("DELETE", "/documents/{int:pk}", CHANGE_DOCUMENTS, status=204)
def remove_document(request: HttpRequest, pk: int) -> None:
    """Delete a document"""
    found: Document = get_object_or_404(Document.objects.filter(deleted_at=None), pk=pk)
    delete_document(access_of(request).actor, found)


ROUTERS = (stations, documents)
