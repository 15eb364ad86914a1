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
def poke_for_commands(station_ids: list[int], **kwargs: Any) -> None:
    poke(station_ids, "commands.queued")


@receiver(station_changed)
def end_connection(station_id: int, fields: frozenset[str], **kwargs: Any) -> None:
    """A connection does not outlive what it was let in for: the charger connects anew, if it still may."""
    if fields & CONNECTION_RESTS_ON or ("life_cycle" in fields and _is_decommissioned(station_id)):
        poke([station_id], "stations.changed")


def _is_decommissioned(station_id: int) -> bool:
    with scopes_disabled():
        return Station.objects.filter(pk=station_id, life_cycle=LifeCycle.DECOMMISSIONED).exists()


def poke(station_ids: list[int], what: str) -> None:
    """One message for each node that holds sockets of these stations."""
    with scopes_disabled():
        by_channel = registry.by_channel(station_ids)
    layer: Any = get_channel_layer()
    for channel, held in by_channel.items():
        try:
            async_to_sync(layer.send)(channel, {"type": what, "station_ids": held})
        except Exception:
            logger.warning("A node of the gateway could not be poked (%s).", what, exc_info=True)
