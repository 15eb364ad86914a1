"""Restarts at a convenient time: they wait until nobody charges at the station, over restarts of the portal too."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import record
from chargeports.choices import CommandKind
from chargeports.services import request_command
from charging.choices import RebootState, SessionState
from charging.models import ChargingSession, PendingReboot
from common.actor import Actor, Kind
from common.errors import Refused
from common.live import announce
from stations.choices import LifeCycle
from stations.models import Station, StationState

_AT_ONCE = 200


def plan_reboot(actor: Actor, station: Station) -> PendingReboot:
    """Restart the station as soon as no session runs there. Raises Refused where that is planned already."""
    if station.life_cycle == LifeCycle.DECOMMISSIONED:
        raise Refused(_("The station is decommissioned: it is not asked for anything any more."))
    with transaction.atomic():
        StationState.objects.select_for_update().get(station=station)
        if PendingReboot.objects.filter(station=station, state=RebootState.WAITING).exists():
            raise Refused(_("A restart is planned already."))
        planned = PendingReboot.objects.create(
            organisation_id=station.organisation_id,
            station=station,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_label=actor.label[:200],
        )
        record(actor, station.organisation_id, "charging.reboot_planned", planned)
        announce([f"station.{station.pk}"])
    return planned


def cancel_reboot(actor: Actor, planned: PendingReboot) -> None:
    """Raises Refused where it is too late."""
    with transaction.atomic():
        if not _move(planned, RebootState.CANCELLED):
            raise Refused(_("The restart was sent already or has been cancelled."))
        record(actor, planned.organisation_id, "charging.reboot_cancelled", planned)
        announce([f"station.{planned.station_id}"])


def send_due_reboots(now: datetime) -> int:
    """Restart the stations where nobody charges any more; how many. Works across organisations.

    A station that is offline or cannot be asked keeps its place.
    """
    running = ChargingSession.objects.filter(station=OuterRef("station"), state=SessionState.RUNNING)
    due = PendingReboot.objects.filter(state=RebootState.WAITING, station__state__online=True)
    due = due.exclude(Exists(running)).select_related("station").order_by("pk")
    return sum(_send(planned, now) for planned in due[:_AT_ONCE])


def _send(planned: PendingReboot, now: datetime) -> bool:
    """The row moves first: of two sweeps one sends. What the station refuses undoes the move."""
    kind: Kind = planned.actor_kind  # type: ignore[assignment]
    actor = Actor(kind, planned.actor_label, planned.actor_id)
    try:
        with transaction.atomic():
            if not _move(planned, RebootState.DONE, now):
                return False
            command = request_command(actor, planned.station, CommandKind.RESET, {"type": "soft"})
            PendingReboot.objects.filter(pk=planned.pk).update(command=command)
    except Refused:
        return False
    return True


def _move(planned: PendingReboot, state: RebootState, at: datetime | None = None) -> bool:
    waiting = PendingReboot.objects.filter(pk=planned.pk, state=RebootState.WAITING)
    return bool(waiting.update(state=state, ended_at=at or timezone.now()))
