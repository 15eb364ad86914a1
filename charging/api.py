"""Operations of the REST API on sessions, meter values, id tokens, and reserving."""

from datetime import date, datetime
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema
from pydantic import AwareDatetime

from accounts.api import JobOut
from chargeports.api import CommandId, StationQuery
from chargeports.choices import CommandKind
from chargeports.rights import CONTROL_CHARGING
from charging import selectors, services
from charging.choices import AuthorizationStatus, SessionState, StartMethod, TokenKind, TokenStatus
from charging.export import COLUMNS, start_session_export
from charging.models import ChargingSession, Contract, IdToken, TokenGroup
from charging.rights import CHANGE_TOKENS, EXPORT_SESSIONS, VIEW_SESSIONS, VIEW_TOKENS
from common.access import access_of
from common.api import Operations, Page, PageQuery, page_of
from stations.selectors import station_by_identity

sessions = Operations("Sessions")
tokens = Operations("Id tokens")
reserving = Operations("Reservations")


# --- Sessions -----------------------------------------------------------------------------------------------------
class SessionOut(Schema):
    """`id` is OCPP's transactionId. Times are the charger's."""

    id: int
    station: str = Field(alias="station.identity")
    port_number: int
    state: SessionState
    id_tag: str
    method: StartMethod | Literal[""]
    authorization: AuthorizationStatus | Literal[""]
    started_at: datetime
    ended_at: datetime | None
    duration_s: int | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int
    power_w: int | None
    soc_percent: int | None
    stop_reason: str
    reservation_id: int | None
    flags: list[str]


class SessionQuery(StationQuery):
    state: SessionState | None = None
    id_tag: str | None = Field(None, max_length=255)
    started_from: AwareDatetime | None = None
    started_before: AwareDatetime | None = None


class MeterValueOut(Schema):
    """All samples of one moment; `samples` as the charger sent them."""

    sampled_at: datetime
    received_at: datetime
    context: str
    energy_wh: float | None
    power_w: float | None
    current_a: float | None
    voltage_v: float | None
    soc_percent: float | None
    samples: list[Any]


class StopIn(Schema):
    """`force` ends the session here at once and asks the charger all the same."""

    force: bool = False
    wait_for_station: bool = False


class StopOut(Schema):
    """The command under `/commands`; empty where a forced end could not ask the charger."""

    command_id: int | None


@sessions.operation("GET", "/sessions", VIEW_SESSIONS, Page[SessionOut])
def list_sessions(request: HttpRequest, query: Query[SessionQuery]) -> Any:
    """List charging sessions, the newest first"""
    found = query.narrow(selectors.sessions())
    wanted = {
        "state": query.state,
        "id_tag__iexact": query.id_tag,
        "started_at__gte": query.started_from,
        "started_at__lt": query.started_before,
    }
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    return page_of(found, query, "started_at", descending=True)


@sessions.operation("GET", "/sessions/{int:pk}", VIEW_SESSIONS, SessionOut)
def read_session(request: HttpRequest, pk: int) -> Any:
    """Read a charging session"""
    return _session(pk)


@sessions.operation("GET", "/sessions/{int:pk}/meter-values", VIEW_SESSIONS, Page[MeterValueOut])
def list_meter_values(request: HttpRequest, pk: int, query: Query[PageQuery]) -> Any:
    """List the meter values of a session, in order of time"""
    return page_of(selectors.meter_values(_session(pk)), query, "sampled_at")


@sessions.operation("POST", "/sessions/{int:pk}/stop", CONTROL_CHARGING, StopOut, status=202)
def stop_session(request: HttpRequest, pk: int, body: StopIn) -> Any:
    """Stop a charging session"""
    session, actor = _session(pk), access_of(request).actor
    if body.force:
        forced = services.force_stop(actor, session)
        return {"command_id": forced.pk if forced else None}
    return {"command_id": services.stop_session(actor, session, waits=body.wait_for_station).pk}


def _session(pk: int) -> ChargingSession:
    return get_object_or_404(selectors.sessions(), pk=pk)


# --- Exports ------------------------------------------------------------------------------------------------------
class SessionExportIn(Schema):
    """Sessions that began in the period, both days included; of one station or of all. Without columns all of them."""

    station: str | None = Field(None, max_length=48)
    start: date | None = None
    end: date | None = None
    format: Literal["csv", "xlsx", "json"] = "json"
    columns: list[str] = Field([], examples=[[column.key for column in COLUMNS][:4]])


@sessions.operation("POST", "/exports/sessions", EXPORT_SESSIONS, JobOut, status=202)
def export_sessions(request: HttpRequest, body: SessionExportIn) -> Any:
    """Export charging sessions as a file

    A background job: `/jobs/{id}` tells how far it is, `/files/{file_id}/content` is the result.
    """
    known = [column.key for column in COLUMNS]
    unknown = set(body.columns) - set(known)
    if unknown:
        raise ValidationError({"columns": _("Known are: %(columns)s.") % {"columns": ", ".join(known)}})
    if body.start and body.end and body.end < body.start:
        raise ValidationError({"end": _("The last day lies before the first.")})
    access = access_of(request)
    station = station_by_identity(body.station) if body.station else None
    choice = {**body.model_dump(exclude={"station"}), "columns": body.columns or known}
    plain = {"delimiter": ",", "decimal_mark": "."}
    return start_session_export(access.actor, access.organisation, station, choice | plain)


# --- Id tokens ----------------------------------------------------------------------------------------------------
class _TokenEntered(Schema):
    """`group` is the parent id of a group of tokens, `contract` the EMAID of a contract."""

    kind: TokenKind = TokenKind.RFID
    label: str = ""
    holder: str = ""
    expires_at: AwareDatetime | None = None
    group: str | None = None
    contract: str | None = None
    concurrent_sessions: bool = False


class TokenIn(_TokenEntered):
    token: str


class TokenChange(_TokenEntered):
    """What is not named stays as it is."""

    token: str = ""


class TokenOut(Schema):
    id: int
    token: str
    kind: TokenKind
    label: str
    holder: str
    status: TokenStatus
    expires_at: datetime | None
    group: str | None
    contract: str | None
    concurrent_sessions: bool
    created_at: datetime

    @staticmethod
    def resolve_group(token: IdToken) -> str | None:
        return token.group.parent_id if token.group else None

    @staticmethod
    def resolve_contract(token: IdToken) -> str | None:
        return token.contract.emaid if token.contract else None


class TokenQuery(PageQuery):
    token: str | None = Field(None, max_length=20)
    status: TokenStatus | None = None


@tokens.operation("GET", "/id-tokens", VIEW_TOKENS, Page[TokenOut])
def list_id_tokens(request: HttpRequest, query: Query[TokenQuery]) -> Any:
    """List id tokens"""
    found = selectors.id_tokens()
    if query.token:
        found = found.filter(token__iexact=query.token)
    if query.status:
        found = found.filter(status=query.status)
    return page_of(found, query, "pk")


@tokens.operation("POST", "/id-tokens", CHANGE_TOKENS, TokenOut, status=201)
def create_id_token(request: HttpRequest, body: TokenIn) -> Any:
    """Create an id token"""
    access, values = access_of(request), _token_values(body)
    return services.create_id_token(access.actor, access.organisation, **values)


@tokens.operation("GET", "/id-tokens/{int:pk}", VIEW_TOKENS, TokenOut)
def read_id_token(request: HttpRequest, pk: int) -> Any:
    """Read an id token"""
    return _token(pk)


@tokens.operation("PATCH", "/id-tokens/{int:pk}", CHANGE_TOKENS, TokenOut)
def change_id_token(request: HttpRequest, pk: int, body: TokenChange) -> Any:
    """Change an id token"""
    services.change_id_token(access_of(request).actor, _token(pk), **_token_values(body))
    return _token(pk)


@tokens.operation("POST", "/id-tokens/{int:pk}/block", CHANGE_TOKENS, TokenOut)
def block_id_token(request: HttpRequest, pk: int) -> Any:
    """Refuse an id token from now on"""
    services.block_id_token(access_of(request).actor, _token(pk))
    return _token(pk)


@tokens.operation("POST", "/id-tokens/{int:pk}/unblock", CHANGE_TOKENS, TokenOut)
def unblock_id_token(request: HttpRequest, pk: int) -> Any:
    """Accept an id token again"""
    services.unblock_id_token(access_of(request).actor, _token(pk))
    return _token(pk)


def _token(pk: int) -> IdToken:
    return get_object_or_404(selectors.id_tokens(), pk=pk)


def _token_values(body: TokenIn | TokenChange) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=True)
    if values.get("kind") == TokenKind.ONCE:
        raise ValidationError({"kind": _("The portal makes these by itself.")})
    if values.get("group"):
        values["group"] = _named(TokenGroup.objects.filter(parent_id__iexact=values["group"]).first(), "group")
    if values.get("contract"):
        values["contract"] = _named(selectors.contract_by_emaid(values["contract"]), "contract")
    return {name: value or None if name in ("group", "contract") else value for name, value in values.items()}


def _named(found: TokenGroup | Contract | None, name: str) -> TokenGroup | Contract:
    if found is None:
        raise ValidationError({name: _("There is no such entry in this organisation.")})
    return found


# --- Reserving ----------------------------------------------------------------------------------------------------
class ReservationIn(Schema):
    """Without a port any one of the station, where it can do that."""

    id_tag: str = Field(max_length=20)
    until: AwareDatetime
    port_number: int | None = Field(None, ge=1, le=99)
    contact: str = Field("", max_length=120)


class ReservationMade(CommandId):
    """The command decides whether the reservation holds."""

    reservation_id: int


@reserving.operation("POST", "/stations/{identity}/reservations", CONTROL_CHARGING, ReservationMade, status=202)
def reserve(request: HttpRequest, identity: str, body: ReservationIn) -> Any:
    """Reserve a charge port for an id token"""
    command = services.request_reservation(
        access_of(request).actor,
        station_by_identity(identity),
        CommandKind.RESERVE,
        body.model_dump(exclude={"port_number"}),
        body.port_number,
    )
    return {"command_id": command.pk, "reservation_id": command.parameters["reservation_id"]}


ROUTERS = (sessions, tokens, reserving)
