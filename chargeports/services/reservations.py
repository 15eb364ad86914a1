"""Reservations: asked for, cancelled, used by a session, and ended by our own clock (V01–V04)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services import record
from chargeports.choices import HOLDING, CommandKind, CommandState, ReservationState
from chargeports.models import Command, Reservation
from chargeports.parameters import Parameters
from chargeports.services import outbox
from chargeports.services.commands import MAX_EXPIRY_S, request_command
from common.actor import Actor
from common.bulk import update_rows
from common.errors import Refused
from common.live import announce
from stations.models import Station

LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class ReservationWish:
    """What is reserved for whom; `parent_id_tag` lets the other tokens of the group charge, too."""

    id_tag: str
    until: datetime
    contact: str = ""
    parent_id_tag: str = ""


@dataclass(frozen=True)
class Use:
    """A reservation, and the session that uses it."""

    reservation: Reservation
    session_id: int


def reserve(actor: Actor, station: Station, port_number: int | None, wish: ReservationWish) -> Command:
    """Ask the station to keep a port free, or without a number any one; the command that does so.

    Raises ValidationError by the names of `ReservationWish`, also where the port is reserved already; Refused where the
    station cannot be asked. Its answer decides whether the reservation holds.
    """
    now = timezone.now()
    if not now < wish.until <= now + LONGEST:
        raise ValidationError({"until": _("Choose a time within the next seven days.")})
    with transaction.atomic():
        reservation = _make(actor, station, port_number or 0, wish, now)
        command = request_command(actor, station, CommandKind.RESERVE, _parameters(reservation), port_number or None)
        Reservation.objects.filter(pk=reservation.pk).update(command=command)
        record(actor, station.organisation_id, "chargeports.reserved", reservation, after=_parameters(reservation))
    return command


def _make(actor: Actor, station: Station, number: int, wish: ReservationWish, now: datetime) -> Reservation:
    reservation = Reservation(
        organisation_id=station.organisation_id,
        station=station,
        port_number=number,
        id_tag=wish.id_tag,
        parent_id_tag=wish.parent_id_tag,
        contact=wish.contact,
        created_at=now,
        expires_at=wish.until,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
    )
    try:
        with transaction.atomic():
            reservation.save()
    except IntegrityError as error:
        if "one_reservation_for_one_port" not in str(error):
            raise
        taken = _("This is reserved already: two reservations of one charge port cannot overlap.")
        raise ValidationError({"port_number": taken}) from error
    return reservation


def _parameters(reservation: Reservation) -> Parameters:
    said = {
        "reservation_id": reservation.pk,
        "id_tag": reservation.id_tag,
        "until": reservation.expires_at.astimezone(UTC).isoformat(),
        "parent_id_tag": reservation.parent_id_tag,
    }
    return {name: value for name, value in said.items() if value}


def cancel_reservation(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    parameters: Parameters,
    port_number: int | None = None,
    expires_in_s: int | None = None,
    *,
    wait_for_station: bool = False,
) -> Command:
    """As `request_command`, for a reservation that holds; what was not sent yet is taken back at once.

    Returns the command that cancels, or the one that was taken back. Raises ValidationError and Refused.
    """
    with transaction.atomic():
        held = Reservation.objects.select_for_update(of=("self",)).select_related("command")
        number = int(parameters.get("reservation_id") or 0)
        found = held.filter(pk=number, station=station, state__in=HOLDING).first()
        if found is None:
            raise Refused(_("This reservation has ended already."))
        record(actor, station.organisation_id, "chargeports.reservation_cancelled", found)
        if found.command and _taken_back(found.command):
            return found.command
        command = request_command(
            actor,
            station,
            kind,
            {"reservation_id": found.pk},
            found.port_number or None,
            expires_in_s or MAX_EXPIRY_S,
            wait_for_station=wait_for_station,
        )
        Reservation.objects.filter(pk=found.pk).update(command=command)
        return command


def _taken_back(command: Command) -> bool:
    cancelled = outbox.move_command(command.pk, (CommandState.QUEUED,), CommandState.CANCELLED, ended_at=timezone.now())
    if cancelled:
        command.refresh_from_db()
    return cancelled


def use_reservations(uses: Sequence[Use], at: datetime) -> None:
    """Tie sessions to the reservations that they use. One query for all; works across organisations."""
    for use in uses:
        use.reservation.state, use.reservation.session_id = ReservationState.USED, use.session_id
        use.reservation.ended_at = at
    update_rows([use.reservation for use in uses], ["state", "session_id", "ended_at"])
    announce(f"station.{use.reservation.station_id}" for use in uses)


def expire_reservations(now: datetime) -> int:
    """End the reservations whose time is over, whatever the chargers say or do not say (V02); how many."""
    over = Reservation.objects.filter(state__in=HOLDING, expires_at__lte=now)
    stations = set(over.values_list("station_id", flat=True))
    ended = over.update(state=ReservationState.EXPIRED, ended_at=now) if stations else 0
    if stations:
        announce(f"station.{station_id}" for station_id in stations)
    return ended
