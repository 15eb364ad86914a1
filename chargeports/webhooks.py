"""What webhooks can be told of charge ports, errors and commands."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from chargeports.choices import OPEN_STATES
from chargeports.models import Command, EquipmentError, StatusEvent
from common.webhooks import WebhookEvent
from stations.webhooks import StationNews, tell_of_stations

STATUS = WebhookEvent("port.status", _("Status of a charge port"))
ERROR_OPENED = WebhookEvent("error.opened", _("Error begins"))
ERROR_ENDED = WebhookEvent("error.ended", _("Error ends"))
COMMAND_ENDED = WebhookEvent("command.ended", _("Command ends"))

WEBHOOK_EVENTS = (STATUS, ERROR_OPENED, ERROR_ENDED, COMMAND_ENDED)


def tell_of_statuses(events: Iterable[StatusEvent], evse_ids: Mapping[tuple[int, int], str]) -> None:
    """`evse_ids` by station and port number. Number 0 is the station itself."""
    news = ((event, evse_ids.get((event.station_id, event.port_number), "")) for event in events)
    tell_of_stations(
        STATUS,
        (
            StationNews(event.station_id, event.organisation_id, event.at, {"port": _status(event, evse_id)})
            for event, evse_id in news
        ),
    )


def _status(event: StatusEvent, evse_id: str) -> dict[str, Any]:
    return {
        "number": event.port_number,
        "evse_id": evse_id,
        "status": event.status,
        "error_code": event.error_code,
        "vendor_error_code": event.vendor_error_code,
        "info": event.info,
    }


def tell_of_errors(opened: Iterable[EquipmentError], ended: Iterable[EquipmentError]) -> None:
    """The errors have been saved."""
    tell_of_stations(ERROR_OPENED, (_error_news(error, error.since) for error in opened))
    tell_of_stations(ERROR_ENDED, (_error_news(error, error.until or error.last_at) for error in ended))


def _error_news(error: EquipmentError, at: datetime) -> StationNews:
    return StationNews(error.station_id, error.organisation_id, at, {"error": _error(error)})


def _error(error: EquipmentError) -> dict[str, Any]:
    return {
        "id": error.pk,
        "port_number": error.port_number,
        "error_code": error.error_code,
        "vendor_error_code": error.vendor_error_code,
        "vendor_id": error.vendor_id,
        "info": error.info,
        "severity": str(error.severity),
        "since": error.since,
        "until": error.until,
        "in_maintenance": error.in_maintenance,
    }


def tell_of_commands(commands: Iterable[Command]) -> None:
    """Of those that have ended."""
    ended = (command for command in commands if command.state not in OPEN_STATES)
    tell_of_stations(COMMAND_ENDED, (_command_news(command) for command in ended))


def _command_news(command: Command) -> StationNews:
    at = command.ended_at or command.created_at
    return StationNews(command.station_id, command.organisation_id, at, {"command": _command(command)})


def _command(command: Command) -> dict[str, Any]:
    return {
        "id": command.pk,
        "kind": command.kind,
        "port_number": command.port_number,
        "state": str(command.state),
        "answer": command.outcome,
        "by": command.actor_label,
        "created_at": command.created_at,
        "sent_at": command.sent_at,
        "ended_at": command.ended_at,
    }
