"""StopTransaction (OCPP 1.6 §4.10): every end is stored, with the session that it ends or as an orphan."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from chargeports.models import ChargePort
from charging.choices import CLOSED_WITHOUT_STOP, SessionFlag, SessionState
from charging.models import ChargingSession
from charging.services.authorization import Tokens, TokenVerdict
from charging.services.changes import Changes, lock_stations, locked_sessions
from charging.services.meter_values import take_reading, write_rows
from charging.services.readings import MeterRow, Reading
from charging.services.register import TOLERANCE_WH, add_flag, is_plausible, take_meter_stop, whole_wh
from common.lookups import among
from common.text import fit

# A session that lost its stop can still get it within this time.
_FIND_BACK = timedelta(days=30)
# A stop may lie before its own start by as much as clocks are set between the two.
_CLOCK_STEP = timedelta(minutes=5)
_MAX_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class StopRequest:
    """`transaction_id` is what the charger says it is; `readings` is OCPP's transactionData."""

    station_id: int
    organisation_id: int
    transaction_id: int
    id_tag: str | None
    meter_stop_wh: int | None
    ended_at: datetime
    received_at: datetime
    reason: str = ""
    readings: Sequence[Reading] = field(default=())
    clock_is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class StopOutcome:
    """`verdict` is None where the charger named no tag: then nothing may be answered about one."""

    session_id: int
    verdict: TokenVerdict | None


def stop_sessions(requests: Sequence[StopRequest]) -> list[StopOutcome]:
    """Store each end once, in the order of `requests`.

    A transaction id that is not ours (-1, 0, negative, unknown) is attached by station, time, tag and meter; where
    nothing fits, an orphan keeps the record. A stop that comes after its session was closed without one corrects it.
    Works across organisations inside the caller's transaction, with a constant number of queries.
    """
    if not requests:
        return []
    stops = _Stops(requests)
    ended = [stops.end(request) for request in requests]
    stops.save()
    return [StopOutcome(session.pk, stops.verdict(request)) for request, session in zip(requests, ended, strict=True)]


class _Stops:
    """What one call knows: kept up to date in memory, so that entries of one station follow one another."""

    def __init__(self, requests: Sequence[StopRequest]) -> None:
        self._changes = Changes()
        self._rows: list[tuple[ChargingSession, StopRequest]] = []
        stations = lock_stations(request.station_id for request in requests)
        self._tokens = Tokens((request.organisation_id, request.id_tag or "") for request in requests)
        ports = ChargePort.objects.filter(among("station_id", stations), max_power_w__isnull=False)
        self._max_power_w = {(port.station_id, port.number): port.max_power_w for port in ports}
        self._sessions = _by_id(requests)
        self._others: dict[int, list[ChargingSession]] = {}
        for session in _candidates([request for request in requests if self._named(request) is None]):
            one = self._sessions.setdefault(session.pk, session)
            self._others.setdefault(session.station_id, []).append(one)

    def verdict(self, request: StopRequest) -> TokenVerdict | None:
        """The tag that stopped, as of now."""
        if not request.id_tag:
            return None
        return self._tokens.verdict(request.organisation_id, request.id_tag, request.received_at)

    def end(self, request: StopRequest) -> ChargingSession:
        session = self._named(request) or self._repeated(request) or self._fitting(request) or self._orphan(request)
        if session.stop_received_at is None:
            self._changes.watch(session)
            self._finish(session, request)
            self._rows.append((session, request))
        return session

    def save(self) -> None:
        self._changes.save()
        write_rows(
            MeterRow(
                session.organisation_id,
                session.station_id,
                session.port_number,
                session.pk,
                request.received_at,
                reading,
            )
            for session, request in self._rows
            for reading in request.readings
        )

    # --- Which session it ends ---
    def _named(self, request: StopRequest) -> ChargingSession | None:
        session = self._sessions.get(request.transaction_id)
        return session if session is not None and session.station_id == request.station_id else None

    def _repeated(self, request: StopRequest) -> ChargingSession | None:
        """The session to which an earlier transmission of the same stop was attached."""
        for session in self._of_station(request):
            same_id = session.charger_transaction_id == _kept_id(request)
            if same_id and session.ended_at == request.ended_at and session.stop_received_at is not None:
                return session
        return None

    def _fitting(self, request: StopRequest) -> ChargingSession | None:
        """The newest session that the stop can end; without a tag only where no other can be meant."""
        found = [session for session in self._of_station(request) if self._fits(session, request)]
        named = [session for session in found if session.charger_transaction_id == _kept_id(request)]
        running = named or [session for session in found if session.state == SessionState.RUNNING] or found
        if not request.id_tag and len(running) > 1:
            return None
        return max(running, key=lambda session: (session.began_at, session.pk), default=None)

    def _of_station(self, request: StopRequest) -> Iterable[ChargingSession]:
        return self._others.get(request.station_id, ())

    def _fits(self, session: ChargingSession, request: StopRequest) -> bool:
        if session.stop_received_at is not None:
            return False
        if session.state == SessionState.ORPHAN:
            return session.ended_at is None and session.charger_transaction_id in (None, _kept_id(request))
        in_time = request.clock_is_wrong or session.began_at <= request.ended_at + _CLOCK_STEP
        return in_time and _meter_fits(session, request) and self._may_stop(session, request)

    def _may_stop(self, session: ChargingSession, request: StopRequest) -> bool:
        """The same tag, one of its group, or the group's own id (OCPP 1.6 §3.10); nobody's tag may be missing."""
        tag = (request.id_tag or "").strip().upper()
        group = session.token.group if session.token else None
        if not tag or tag == session.id_tag.upper():
            return True
        token = self._tokens.get(request.organisation_id, tag)
        return group is not None and (tag == group.parent_id.upper() or (token is not None and token.group == group))

    def _orphan(self, request: StopRequest) -> ChargingSession:
        """A session made from the stop alone, with what its own readings tell of the beginning (X12)."""
        session = ChargingSession(
            organisation_id=request.organisation_id,
            station_id=request.station_id,
            port_number=0,
            state=SessionState.ORPHAN,
            id_tag=fit(request.id_tag or "", 255),
            token=self._tokens.get(request.organisation_id, request.id_tag or ""),
            started_at=min([reading.sampled_at for reading in request.readings] + [request.ended_at]),
            charger_transaction_id=_kept_id(request),
        )
        begin = [reading.values.begin_wh for reading in request.readings]
        session.meter_start_wh = session.meter_base_wh = whole_wh(next(filter(None, begin), None))
        self._changes.add(session)
        self._others.setdefault(request.station_id, []).append(session)
        return session

    # --- What it says ---
    def _finish(self, session: ChargingSession, request: StopRequest) -> None:
        for reading in sorted(request.readings, key=lambda reading: reading.sampled_at):
            take_reading(session, reading, request.received_at)
        self._note_oddities(session, request)
        session.ended_at, session.stop_received_at = request.ended_at, request.received_at
        session.stop_reason = fit(request.reason, 40) or "Local"
        session.stop_id_tag = fit(request.id_tag or "", 255)
        session.id_tag = session.id_tag or session.stop_id_tag
        session.power_w = 0
        if session.state != SessionState.ORPHAN:
            session.state = SessionState.ENDED
        self._settle_energy(session, request)

    def _note_oddities(self, session: ChargingSession, request: StopRequest) -> None:
        if request.transaction_id != session.pk:
            session.charger_transaction_id = _kept_id(request)
        odd = {
            SessionFlag.NO_TRANSACTION_ID: session.charger_transaction_id is not None,
            SessionFlag.LATE_STOP: session.state in CLOSED_WITHOUT_STOP,
            SessionFlag.CLOCK: request.clock_is_wrong,
            SessionFlag.NEGATIVE_DURATION: request.ended_at < session.started_at,
            SessionFlag.OTHER_TOKEN: not self._may_stop(session, request),
        }
        for flag in (flag for flag, is_so in odd.items() if is_so):
            add_flag(session, flag)

    def _settle_energy(self, session: ChargingSession, request: StopRequest) -> None:
        ended_at = session.finished_at or request.received_at
        take_meter_stop(session, whole_wh(request.meter_stop_wh), ended_at)
        max_power_w = self._max_power_w.get((session.station_id, session.port_number))
        if not is_plausible(session, session.energy_wh, ended_at, max_power_w):
            add_flag(session, SessionFlag.IMPLAUSIBLE_ENERGY)


def _with_tokens() -> "QuerySet[ChargingSession]":
    return locked_sessions().select_related("token__group")


def _by_id(requests: Sequence[StopRequest]) -> dict[int, ChargingSession]:
    ids = {request.transaction_id for request in requests if 0 < request.transaction_id <= _MAX_ID}
    return {session.pk: session for session in _with_tokens().filter(among("pk", ids))}


def _candidates(requests: Sequence[StopRequest]) -> Iterable[ChargingSession]:
    """The sessions that stops without an id of ours may mean; no query where there are none."""
    if not requests:
        return ()
    since = min(request.received_at for request in requests) - _FIND_BACK
    here = Q(among("station_id", {request.station_id for request in requests}))
    lost = Q(state__in=CLOSED_WITHOUT_STOP, stop_received_at=None, started_at__gt=since)
    provisional = Q(state=SessionState.ORPHAN, ended_at=None)
    repeated = Q(
        charger_transaction_id__in={_kept_id(request) for request in requests},
        ended_at__in={request.ended_at for request in requests},
    )
    return _with_tokens().filter(here & (Q(state=SessionState.RUNNING) | lost | provisional | repeated))


def _kept_id(request: StopRequest) -> int | None:
    return whole_wh(request.transaction_id)


def _meter_fits(session: ChargingSession, request: StopRequest) -> bool:
    """A meter that stands lower than at the start is another one, if it is the same register at all."""
    if request.meter_stop_wh is None or session.meter_start_wh is None:
        return True
    return request.meter_stop_wh >= session.meter_start_wh - TOLERANCE_WH
