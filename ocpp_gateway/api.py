"""Operations of the REST API: commands by the names of OCPP 1.6, connections, messages."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Schema
from pydantic import AwareDatetime

from accounts.api import JobOut
from chargeports import selectors as ports
from chargeports import services
from chargeports.choices import OPEN_STATES, CommandState
from chargeports.forms import command_form
from chargeports.models import Command
from chargeports.rights import VIEW_COMMANDS
from chargeports.services.commands import MAX_EXPIRY_S
from common.access import access_of
from common.api import Operations, Page, PageQuery, page_of, require
from common.waiting import MAX_WAIT_S, WAIT_HEADER
from ocpp_gateway import selectors
from ocpp_gateway.actions import ACTIONS, Action, action_named, action_of, asked, spelled, told
from ocpp_gateway.choices import CloseSide, Direction
from ocpp_gateway.export import start_export
from ocpp_gateway.rights import COMMUNICATION, EXPORT_MESSAGES, VIEW_CONNECTIONS, VIEW_MESSAGES
from stations.models import Station
from stations.selectors import station_by_identity

commands = Operations("Commands")
communication = Operations("Connections and messages")

_LAST, _LONGEST = timedelta(days=1), timedelta(days=31)
_NAMES = ", ".join(f"`{action.name}`" for action in ACTIONS)


class CommandIn(Schema):
    command: str = Field(max_length=60, description=f"One of {_NAMES}.", examples=["reset"])
    parameters: dict[str, Any] = Field(
        {}, description="Named as in OCPP 1.6 and its security extension.", examples=[{"type": "Soft"}]
    )
    wait_for_station: bool = Field(False, description="Let the command wait for a station that is offline.")
    expires_in_s: int | None = Field(None, ge=1, le=MAX_EXPIRY_S, description="How long it waits at most.")


class CommandOut(Schema):
    """`answer` is the charger's own, `outcome` its word for it."""

    id: int
    station: str
    command: str
    parameters: dict[str, Any]
    state: CommandState
    is_over: bool
    outcome: str
    answer: dict[str, Any] | None
    requested_by: str
    created_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    ended_at: datetime | None


class CommandQuery(PageQuery):
    station: str | None = Field(None, max_length=48, description="The identity of one station.")
    state: CommandState | None = None


class WaitQuery(Schema):
    wait: float = Field(0, ge=0, le=MAX_WAIT_S, description="Seconds to wait for the command's end.")


@commands.operation("POST", "/stations/{identity}/commands", VIEW_COMMANDS, CommandOut, status=202)
def request_command(request: HttpRequest, identity: str, body: CommandIn) -> Any:
    """Ask a station for something

    Answers at once; `GET /api/v1/commands/{id}?wait=60` waits for the end. Needs the right of the command besides, e.g.
    that to restart stations. The connector 0, or none, means the whole station.
    """
    action = action_named(body.command)
    form = command_form(action.kind)
    access = require(request, form.right)
    station = station_by_identity(identity)
    try:
        command = _asked(access.actor, station, action, body)
    except ValidationError as error:
        raise spelled(action, error) from error
    return command_out(command)


def _asked(actor: Any, station: Station, action: Action, body: CommandIn) -> Command:
    wanted = asked(action, body.parameters)
    return command_form(action.kind).service(
        actor,
        station,
        action.kind,
        wanted.parameters,
        wanted.port_number,
        body.expires_in_s,
        wait_for_station=body.wait_for_station,
    )


@commands.operation("GET", "/commands", VIEW_COMMANDS, Page[CommandOut])
def list_commands(request: HttpRequest, query: Query[CommandQuery]) -> Any:
    """List commands, the newest first"""
    found = ports.commands()
    if query.station:
        found = found.filter(station__identity__iexact=query.station)
    if query.state:
        found = found.filter(state=query.state)
    page = page_of(found, query, "pk", descending=True)
    return page | {"items": [command_out(command) for command in page["items"]]}


@commands.operation("GET", "/commands/{int:pk}", VIEW_COMMANDS, CommandOut)
def read_command(request: HttpRequest, response: HttpResponse, pk: int, query: Query[WaitQuery]) -> Any:
    """Read a command, and wait for its end"""
    command = _found(pk)
    if query.wait and command.state in OPEN_STATES:
        response[WAIT_HEADER] = f"command.{command.pk}"
    return command_out(command)


@commands.operation("POST", "/commands/{int:pk}/cancel", VIEW_COMMANDS, CommandOut)
def cancel_command(request: HttpRequest, pk: int) -> Any:
    """Take a command back that waits

    Needs the right of the command besides.
    """
    command = _found(pk)
    access = require(request, command_form(command.kind).right)
    services.cancel_command(access.actor, command)
    return command_out(command)


def _found(pk: int) -> Command:
    return get_object_or_404(ports.commands(), pk=pk)


def command_out(command: Command) -> dict[str, Any]:
    return {
        "id": command.pk,
        "station": command.station.identity,
        "command": action_of(command.kind).name,
        "parameters": told(command),
        "state": command.state,
        "is_over": command.state not in OPEN_STATES,
        "outcome": command.outcome,
        "answer": command.answer,
        "requested_by": command.actor_label,
        "created_at": command.created_at,
        "expires_at": command.expires_at,
        "sent_at": command.sent_at,
        "ended_at": command.ended_at,
    }


# --- Connections --------------------------------------------------------------------------------------------------
class ConnectionOut(Schema):
    """One websocket. `code` is four letters of the connection history; empty while it is open."""

    id: int
    address: str
    subprotocol: str
    security_profile: int
    opened_at: datetime
    closed_at: datetime | None
    code: str
    side: CloseSide | Literal[""]
    reason: str
    last_message_at: datetime | None
    messages_in: int
    messages_out: int


@communication.operation(
    "GET", "/stations/{identity}/connections", VIEW_CONNECTIONS, Page[ConnectionOut], feature=COMMUNICATION
)
def list_connections(request: HttpRequest, identity: str, query: Query[PageQuery]) -> Any:
    """List the connections of a station, the newest first"""
    found = selectors.connections(station_by_identity(identity))
    return page_of(found, query, "opened_at", descending=True)


# --- Messages -----------------------------------------------------------------------------------------------------
class MessageOut(Schema):
    """One call and its answer as they travelled, without secrets. `mended` tells what was read with indulgence."""

    id: str = Field(alias="frame_key")
    direction: Direction
    message_id: str
    action: str
    port_number: int | None
    session_id: int | None
    command_id: int | None
    received_at: datetime
    answered_at: datetime | None
    error_code: str | None
    request: str
    response: str | None
    mended: list[str]


class MessageQuery(PageQuery):
    """Without times the last 24 hours; a month at most."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    action: str | None = Field(None, max_length=60)

    def period(self) -> tuple[datetime, datetime]:
        """Raises ValidationError where there is none."""
        end = self.end or timezone.now()
        start = self.start or end - _LAST
        if not start <= end <= start + _LONGEST:
            raise ValidationError({"end": _("The end must lie after the start, a month later at most.")})
        return start, end


class MessageExportIn(Schema):
    """Both days included, in the station's time zone."""

    first: date
    last: date
    compressed: bool = False


@communication.operation("GET", "/stations/{identity}/messages", VIEW_MESSAGES, Page[MessageOut], feature=COMMUNICATION)
def list_messages(request: HttpRequest, identity: str, query: Query[MessageQuery]) -> Any:
    """List the OCPP messages of a station, the newest first"""
    found = selectors.exchanges(station_by_identity(identity), *query.period())
    return page_of(found.filter(action=query.action) if query.action else found, query, "received_at", descending=True)


@communication.operation(
    "POST", "/stations/{identity}/exports/messages", EXPORT_MESSAGES, JobOut, status=202, feature=COMMUNICATION
)
def export_messages(request: HttpRequest, identity: str, body: MessageExportIn) -> Any:
    """Export the OCPP messages of a station as a file

    A background job: `/jobs/{id}` tells how far it is, `/files/{file_id}/content` is the result.
    """
    station = station_by_identity(identity)
    return start_export(access_of(request).actor, station, body.first, body.last, compressed=body.compressed)


ROUTERS = (commands, communication)
