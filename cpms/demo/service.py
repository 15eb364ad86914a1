"""The demo's maintenance windows, locks and reservations."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from accounts.models import Organisation
from chargeports.choices import ReservationState
from chargeports.models import EquipmentError, MaintenanceWindow, PortLock, Reservation
from chargeports.services.shown_locks import show_locks
from charging.choices import SessionState
from charging.models import ChargingSession, IdToken
from cpms.demo.equipment import Unit

PERSON = {"actor_kind": "user", "actor_label": "Oskar Operator"}
WORK = ("Half-yearly inspection", "Exchange of the meter", "New firmware on site", "Cable and plug checked", "Cleaning")
# State, the charger's answer, how often.
RESERVATIONS = (
    ("expired", "Accepted", 6),
    ("cancelled", "Accepted", 4),
    ("refused", "Occupied", 3),
    ("refused", "Faulted", 1),
)


def make_service(
    chance: random.Random, organisation: Organisation, units: list[Unit], tokens: list[IdToken], now: datetime
) -> None:
    """Set-based: a few statements, however many stations."""
    working = [unit for unit in units if unit.station.life_cycle == "in_operation"]
    _windows(chance, working[::4], now)
    _locks(working[5:60:25], now)
    reservations = [one for unit in working[::3] for one in _reservations(chance, unit, tokens, now)]
    reservations += [_used(chance, session) for session in _newest_sessions(working[::3], now)]
    # Numbers rise with the time.
    made = Reservation.objects.bulk_create(sorted(reservations, key=lambda one: one.created_at))
    used = [ChargingSession(pk=one.session_id, reservation_id=one.pk) for one in made if one.session_id]
    ChargingSession.objects.bulk_update(used, ["reservation_id"])


def _newest_sessions(units: list[Unit], now: datetime) -> Iterable[ChargingSession]:
    """One of each station, of the last nine days."""
    ids = [unit.station.pk for unit in units]
    recent = ChargingSession.objects.filter(
        station__in=ids, state=SessionState.ENDED, started_at__gt=now - timedelta(days=9)
    )
    return recent.select_related("token").order_by("station_id", "-started_at").distinct("station_id")


def _used(chance: random.Random, session: ChargingSession) -> Reservation:
    """What became that session."""
    begun = session.started_at
    return Reservation(
        organisation_id=session.organisation_id,
        station_id=session.station_id,
        port_number=session.port_number,
        id_tag=session.id_tag,
        contact=session.token.holder if session.token else "",
        state=ReservationState.USED,
        answer="Accepted",
        session_id=session.pk,
        created_at=begun - timedelta(minutes=chance.randint(5, 25)),
        expires_at=begun + timedelta(minutes=30),
        ended_at=begun,
        **PERSON,
    )


def _windows(chance: random.Random, units: list[Unit], now: datetime) -> None:
    """Past ones around an error each, so that the error is marked; some that are active or to come."""
    by_station = {unit.station.pk: unit for unit in units}
    errors = EquipmentError.objects.filter(station_id__in=by_station, until__isnull=False).order_by(
        "station_id", "-since"
    )
    newest = {error.station_id: error for error in errors}
    past = [_around(chance, error) for error in newest.values()]
    EquipmentError.objects.filter(pk__in=[error.pk for error in newest.values()]).update(in_maintenance=True)
    ahead = [_ahead(chance, unit, now) for unit in units[::3]]
    MaintenanceWindow.objects.bulk_create([*past, *ahead])


def _around(chance: random.Random, error: EquipmentError) -> MaintenanceWindow:
    start = error.since - timedelta(minutes=chance.randint(5, 60))
    end = error.since + timedelta(minutes=chance.randint(15, 25))
    early = chance.random() < 0.4
    return MaintenanceWindow(
        organisation_id=error.organisation_id,
        station_id=error.station_id,
        starts_at=start,
        ends_at=end,
        opened_at=start,
        closed_at=end,
        ended_by=PERSON["actor_label"] if early else "",
        comment=chance.choice(WORK),
        **PERSON,
    )


def _ahead(chance: random.Random, unit: Unit, now: datetime) -> MaintenanceWindow:
    start = now + timedelta(hours=chance.choice((-0.2, 20, 70)))
    return MaintenanceWindow(
        organisation_id=unit.station.organisation_id,
        station=unit.station,
        port_number=chance.choice((0, unit.ports[0].number)),
        starts_at=start,
        ends_at=start + timedelta(hours=chance.choice((2, 4))),
        opened_at=start if start <= now else None,
        comment=chance.choice(WORK),
        **PERSON,
    )


def _locks(units: list[Unit], now: datetime) -> None:
    """One port each; the portal keeps the simulated charger to it."""
    PortLock.objects.bulk_create(
        PortLock(
            organisation_id=unit.station.organisation_id,
            station=unit.station,
            port_number=unit.ports[0].number,
            since=now - timedelta(days=3 + index, hours=index),
            **PERSON,
        )
        for index, unit in enumerate(units)
    )
    show_locks([unit.station.pk for unit in units])


def _reservations(chance: random.Random, unit: Unit, tokens: list[IdToken], now: datetime) -> Iterator[Reservation]:
    at = now - timedelta(days=chance.uniform(0.5, 9))
    for _ in range(chance.randint(1, 4)):
        state, answer, _weight = chance.choices(RESERVATIONS, weights=[one[2] for one in RESERVATIONS])[0]
        token = chance.choice(tokens)
        until = at + timedelta(minutes=chance.choice((30, 45, 60, 120)))
        yield Reservation(
            organisation_id=unit.station.organisation_id,
            station=unit.station,
            port_number=chance.choice(unit.ports).number,
            id_tag=token.token,
            contact=token.holder,
            state=state,
            answer=answer,
            created_at=at,
            expires_at=until,
            ended_at=at + (until - at) * chance.random(),
            **PERSON,
        )
        at -= timedelta(days=chance.uniform(1, 9))
