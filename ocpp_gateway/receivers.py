"""What the apps below tell the gateway: pokes go to the node that holds the station's socket. A poke may be lost; the
node finds waiting commands by itself, too (`node.Node.keep_up`)."""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.dispatch import receiver
from django_scopes import scopes_disabled

from chargeports.signals import command_queued
from ocpp_gateway import registry
from stations.choices import LifeCycle
from stations.models import Station
from stations.signals import station_changed

logger = logging.getLogger(__name__)

CONNECTION_RESTS_ON = frozenset({"identity", "security_profile", "protocol"})


@receiver(command_queued)
def poke_for_command(station_id: int, **kwargs: Any) -> None:
    poke(station_id, "command.queued")


@receiver(station_changed)
def end_connection(station_id: int, fields: frozenset[str], **kwargs: Any) -> None:
    """A connection does not outlive what it was let in for: the charger connects anew, if it still may."""
    if fields & CONNECTION_RESTS_ON or ("life_cycle" in fields and _is_decommissioned(station_id)):
        poke(station_id, "station.changed")


def _is_decommissioned(station_id: int) -> bool:
    with scopes_disabled():
        return Station.objects.filter(pk=station_id, life_cycle=LifeCycle.DECOMMISSIONED).exists()


def poke(station_id: int, what: str) -> None:
    with scopes_disabled():
        channel = registry.channel_of(station_id)
    if channel is None:
        return
    layer: Any = get_channel_layer()
    try:
        async_to_sync(layer.send)(channel, {"type": what, "station_id": station_id})
    except Exception:
        logger.warning("The gateway could not be poked (%s).", what, exc_info=True)
