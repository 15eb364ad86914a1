"""Starting a session from the portal: the token must be able to charge, or the charger would end it at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from chargeports.choices import CommandKind
from chargeports.models import Command
from chargeports.services import request_command
from charging.choices import PORTAL_TAG, TokenKind
from charging.models import IdToken
from charging.selectors import why_refused
from charging.services.scheduled import schedule_stop_of_start
from charging.services.tokens import create_id_token
from common.actor import Actor
from stations.models import Station


def request_start(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    parameters: dict[str, Any],
    port_number: int | None = None,
    expires_in_s: int | None = None,
    *,
    wait_for_station: bool = False,
) -> Command:
    """As `chargeports.services.request_command`, for a token that may charge. The portal's own is made when it is
    first used. `duration_min` among the parameters is the longest duration: the portal stops the session afterwards.
    Raises ValidationError and Refused.
    """
    parameters, duration = dict(parameters), parameters.get("duration_min")
    parameters.pop("duration_min", None)
    id_tag = str(parameters.get("id_tag", "")).strip()
    with transaction.atomic():
        if id_tag.upper() == PORTAL_TAG:
            _make_portal_token(actor, station.organisation)
        refusal = why_refused(station.organisation, id_tag, datetime.now(UTC), station.pk) if id_tag else None
        if refusal:
            raise ValidationError({"id_tag": _("This token cannot charge: %(why)s.") % {"why": refusal.label}})
        command = request_command(
            actor, station, kind, parameters, port_number, expires_in_s, wait_for_station=wait_for_station
        )
        if duration is not None:
            schedule_stop_of_start(command, timedelta(minutes=duration), actor)
        return command


def _make_portal_token(actor: Actor, organisation: Organisation) -> None:
    if not IdToken.objects.filter(organisation=organisation, token__iexact=PORTAL_TAG).exists():
        create_id_token(
            actor,
            organisation,
            PORTAL_TAG,
            kind=TokenKind.REMOTE,
            label=_("Started from the portal"),
            concurrent_sessions=True,
        )
