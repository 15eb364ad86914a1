"""Operations of the REST API: commands by the names of OCPP 1.6, connections, messages."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Schema

from chargeports import selectors as ports
from chargeports import services
from chargeports.choices import OPEN_STATES, CommandState
from chargeports.forms import command_form
from chargeports.models import Command
from chargeports.rights import VIEW_COMMANDS
from chargeports.services.commands import MAX_EXPIRY_S
from common.api import Operations, Page, PageQuery, page_of, require
from common.waiting import MAX_WAIT_S, WAIT_HEADER
from ocpp_gateway.actions import ACTIONS, Action, action_named, action_of, asked, spelled, told
from stations.models import Station
from stations.selectors import station_by_identity

commands = Operations("Commands")

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


ROUTERS = (commands,)
