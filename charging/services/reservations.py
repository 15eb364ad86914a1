"""Reserving from the portal: the token must be able to charge, or the port would be kept free for nothing."""

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from chargeports.choices import CommandKind
from chargeports.models import Command
from chargeports.parameters import Parameters
from chargeports.services import ReservationWish, reserve
from charging.selectors import why_refused
from charging.services.authorization import Tokens
from common.actor import Actor
from stations.models import Station


def request_reservation(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    parameters: Parameters,
    port_number: int | None = None,
    expires_in_s: int | None = None,
    *,
    wait_for_station: bool = False,
) -> Command:
    """Reserve for a token that may charge: `id_tag`, `until` and, if known, `contact`. The other tokens of its group
    may use the reservation, too. A station that is offline is not waited for. Raises ValidationError and Refused.
    """
    id_tag = str(parameters.get("id_tag", "")).strip()
    refusal = why_refused(station.organisation, id_tag, datetime.now(UTC))
    if refusal:
        raise ValidationError({"id_tag": _("This token cannot charge: %(why)s.") % {"why": refusal.label}})
    token = Tokens([(station.organisation_id, id_tag)]).get(station.organisation_id, id_tag)
    parent = token.group.parent_id if token and token.group else ""
    wish = ReservationWish(id_tag, parameters["until"], str(parameters.get("contact", "")), parent)
    return reserve(actor, station, port_number, wish)
