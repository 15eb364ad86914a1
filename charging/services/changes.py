"""The sessions that one call of a service makes or changes: written at once, with their rollups and announcements."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from charging.models import ChargingSession
from charging.services.rollups import Contribution, contribution, count_days, write_days, write_slots
from charging.webhooks import tell_of_sessions
from common.bulk import copy_new, update_rows
from common.live import announce
from common.lookups import among
from stations.models import StationState

LIVE_FIELDS = (
    "energy_wh",
    "meter_base_wh",
    "meter_stop_wh",
    "ended_at",
    "flags",
    "last_value_at",
    "power_w",
    "soc_percent",
    "counted_on",
    "lowest_power_w",
    "highest_power_w",
    "classified_at",
    "counted_hour",
    "reckoned_at",
)
ALL_FIELDS = (
    *LIVE_FIELDS,
    "state",
    "id_tag",
    "token",
    "contract",
    "authorization",
    "method",
    "started_at",
    "start_received_at",
    "stop_received_at",
    "meter_start_wh",
    "stop_reason",
    "stop_id_tag",
    "charger_transaction_id",
    "reservation_id",
)


# When a session ended, and when its StopTransaction came.
Stop = tuple[datetime | None, datetime | None]
_NO_STOP: Stop = (None, None)


def _stop_of(session: ChargingSession) -> Stop:
    return session.ended_at, session.stop_received_at


def lock_stations(station_ids: Iterable[int]) -> list[int]:
    """Let one at a time start and end sessions of a station, whatever node its messages came through."""
    states = StationState.objects.select_for_update().filter(among("station_id", set(station_ids)))
    return list(states.order_by("station_id").values_list("station_id", flat=True))


def locked_sessions() -> "QuerySet[ChargingSession]":
    """Sessions to be changed in this transaction."""
    return ChargingSession.objects.select_for_update(of=("self",), no_key=True).order_by("pk")


class Changes:
    """`watch` a session before changing it, `add` a new one, `save` all: at most five queries."""

    def __init__(self, fields: tuple[str, ...] = ALL_FIELDS) -> None:
        self._fields = fields
        self._new: list[ChargingSession] = []
        self._before: dict[int, tuple[ChargingSession, Contribution | None]] = {}
        self._stops: dict[int, Stop] = {}

    def add(self, session: ChargingSession) -> None:
        self._new.append(session)

    def watch(self, session: ChargingSession) -> None:
        if session.pk is not None:
            self._before.setdefault(session.pk, (session, contribution(session)))
            self._stops.setdefault(session.pk, _stop_of(session))

    def save(self) -> None:
        """Write everything; new sessions have their ids afterwards."""
        changed = [session for session, _ in self._before.values()]
        count_days([*changed, *self._new])
        for session in changed:
            session.classified_at = None
        for session, counted in self._before.values():
            if contribution(session) != counted:
                session.reckoned_at = None
        copy_new(self._new)
        update_rows(changed, self._fields)
        before = [counted for _, counted in self._before.values()]
        after = [contribution(session) for session in [*changed, *self._new]]
        write_days(before, after)
        write_slots(before, after)
        self._tell(changed)
        self._announce([*changed, *self._new])

    def _tell(self, changed: Iterable[ChargingSession]) -> None:
        """Tell webhooks of what began, and of every end that is new or another one than before."""
        ended = [(session, False) for session in self._new if session.ended_at]
        for session in changed:
            before = self._stops[session.pk]
            if session.ended_at and before != _stop_of(session):
                ended.append((session, before != _NO_STOP))
        tell_of_sessions(self._new, ended)

    def _announce(self, sessions: Iterable[ChargingSession]) -> None:
        topics = set()
        for session in sessions:
            topics |= {f"station.{session.station_id}", f"port.{session.station_id}.{session.port_number}"}
            if self._fields is ALL_FIELDS:
                topics.add(f"organisation.{session.organisation_id}")
        if topics:
            announce(topics)
