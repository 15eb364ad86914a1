"""Changing many settings of a station at once."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction

from chargeports.choices import CommandKind
from chargeports.models import Command
from chargeports.services.commands import request_command
from common.actor import Actor
from stations.models import Station


def change_settings(actor: Actor, station: Station, changes: Mapping[str, str]) -> list[Command]:
    """Ask the station for each change, by key, in this order: all or none. Raises ValidationError that names the key,
    Refused as `request_command`.
    """
    commands = []
    with transaction.atomic():
        for key, value in changes.items():
            parameters = {"key": key, "value": value}
            try:
                commands.append(request_command(actor, station, CommandKind.CHANGE_CONFIGURATION, parameters))
            except ValidationError as error:
                raise ValidationError(f"{key}: {' '.join(error.messages)}") from error
    return commands
