"""StartTransaction (OCPP 1.6 §4.8): every start is stored and gets an id, whatever is odd about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from chargeports.locks import Locks
from chargeports.models import ChargePort, Reservation
from chargeports.reserved import HeldReservations
from chargeports.services import Use, use_reservations
from charging.choices import AttemptOccasion, AuthorizationStatus, Refusal, SessionFlag, SessionState
from charging.models import ChargingSession
from charging.selectors import TagKey, tag_key
from charging.services.activations import Attempt, known_by, start_of, write_attempts
from charging.services.authorization import Tokens, TokenVerdict
from charging.services.changes import Changes, lock_stations, locked_sessions
from charging.services.closing import close_without_stop
from charging.services.following import follow_starts
from charging.services.register import add_flag, register_wh, whole_wh
from common.lookups import among
from common.text import fit

MAX_PORT_NUMBER = 32_767
# Readings may come a little before the start that they belong to.
_EARLY = timedelta(minutes=1)

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class StartRequest:
    """`started_at` is the charger's time, `received_at` ours; `offline` means it was reported afterwards."""

    station_id: int
    organisation_id: int
    port_number: int
    id_tag: str
    meter_start_wh: int | None
    started_at: datetime
    received_at: datetime
    reservation_id: int | None = None
    clock_is_wrong: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True)
class StartOutcome:
    """`session_id` is the transaction id to answer."""

    session_id: int
    verdict: TokenVerdict


def start_sessions(requests: Sequence[StartRequest]) -> list[StartOutcome]:
    """Store each start once, in the order of `requests`, and judge its token as of now.

    A retransmission (same port, tag, time and meter value) gets the id that the first one got. A start on a port whose
    session is still open closes that one at its last value. Works across organisations inside the caller's transaction,
    with a constant number of queries.
    """
    if not requests:
        return []
    starts = _Starts(requests)
    begun = [starts.begin(request) for request in requests]
    starts.save()
    return [StartOutcome(session.pk, verdict) for session, verdict in begun]


class _Starts:
    """What one call knows: kept up to date in memory, so that entries of one station follow one another."""

    def __init__(self, requests: Sequence[StartRequest]) -> None:
        self.changes = Changes()
        stations = lock_stations(request.station_id for request in requests)
        self._locks = Locks(stations)
        tags = ((request.organisation_id, request.id_tag) for request in requests)
        self._tokens = Tokens(tags, {request.station_id for request in requests})
        ports = ChargePort.objects.filter(among("station_id", stations))
        self._ports: set[Place] = set(ports.values_list("station_id", "number"))
        self._known: dict[object, ChargingSession] = {}
        self._open: dict[Place, ChargingSession] = {}
        for session in locked_sessions().filter(_repeated_or_open(requests)):
            self._remember(session)
        self._charging = _charging(requests)
        self._reservations = HeldReservations(stations)
        self._used: list[tuple[Reservation, ChargingSession]] = []
        self._begun: list[tuple[StartRequest, ChargingSession, TokenVerdict]] = []

    def save(self) -> None:
        self.changes.save()
        follow_starts({session.pk: start for _, session, _ in self._begun if (start := start_of(session.token))})
        write_attempts(_attempt(*begun) for begun in self._begun)
        use_reservations([Use(reservation, session.pk) for reservation, session in self._used], timezone.now())

    def _remember(self, session: ChargingSession) -> None:
        self._known[_identity(session)] = session
        if session.ended_at is None:
            self._open[session.station_id, session.port_number] = session

    def begin(self, request: StartRequest) -> tuple[ChargingSession, TokenVerdict]:
        wanted = self._new(request)
        verdict = self._verdict(request)
        known = self._known.get(_identity(wanted))
        if known is not None:
            return known, verdict
        wanted.authorization = verdict.status
        if verdict.status != AuthorizationStatus.ACCEPTED:
            add_flag(wanted, SessionFlag.NOT_AUTHORISED)
        session = self._take_place(wanted)
        self._use_reservation(session, request, verdict)
        self._begun.append((request, session, verdict))
        self._known[_identity(session)] = session
        if verdict.status == AuthorizationStatus.ACCEPTED and session.state == SessionState.RUNNING:
            key = tag_key(request.organisation_id, request.id_tag)
            self._charging.setdefault(key, {})[session.station_id, session.port_number] = session
        return session, verdict

    def _use_reservation(self, session: ChargingSession, request: StartRequest, verdict: TokenVerdict) -> None:
        tags = (request.id_tag, verdict.parent_id)
        number, told = session.port_number, session.reservation_id
        used = self._reservations.take(request.station_id, number, told, tags, session.began_at)
        if used is not None:
            session.reservation_id = used.pk
            self._used.append((used, session))

    def _new(self, request: StartRequest) -> ChargingSession:
        number = request.port_number if 0 <= request.port_number <= MAX_PORT_NUMBER else 0
        token = self._tokens.get(request.organisation_id, request.id_tag)
        start = start_of(token)
        meter_start_wh = whole_wh(request.meter_start_wh)
        return ChargingSession(
            organisation_id=request.organisation_id,
            station_id=request.station_id,
            port_number=number,
            id_tag=fit(request.id_tag, 255),
            token=token,
            contract_id=token.contract_id if token else None,
            method=start.method if start else "",
            started_at=request.started_at,
            start_received_at=request.received_at,
            meter_start_wh=meter_start_wh,
            meter_base_wh=meter_start_wh,
            reservation_id=whole_wh(request.reservation_id),
            flags=self._flags(request),
        )

    def _flags(self, request: StartRequest) -> list[str]:
        odd = {
            SessionFlag.CLOCK: request.clock_is_wrong,
            SessionFlag.OFFLINE: request.offline,
            SessionFlag.UNKNOWN_PORT: (request.station_id, request.port_number) not in self._ports,
        }
        return [flag.value for flag, is_so in odd.items() if is_so]

    def _verdict(self, request: StartRequest) -> TokenVerdict:
        """The token as of now (OCPP 1.6 §4.8), whether a lock refuses it, and whether it charges elsewhere already."""
        verdict = self._tokens.verdict(request.organisation_id, request.id_tag, request.received_at, request.station_id)
        began_at = request.received_at if request.clock_is_wrong else request.started_at
        if not self._locks.lets(request.station_id, request.port_number, request.id_tag, began_at):
            return _refused(verdict, Refusal.LOCKED)
        token = self._tokens.get(request.organisation_id, request.id_tag)
        if verdict.status != AuthorizationStatus.ACCEPTED or token is None or token.concurrent_sessions:
            return verdict
        running = self._charging.get(tag_key(request.organisation_id, request.id_tag), {})
        if running.keys() - {(request.station_id, request.port_number)}:
            return _refused(verdict, Refusal.CHARGING_ELSEWHERE)
        return verdict

    def _take_place(self, wanted: ChargingSession) -> ChargingSession:
        """Let the session have its port. Of two sessions the older one is superseded, whichever arrives first."""
        place = (wanted.station_id, wanted.port_number)
        before = self._open.get(place) if wanted.port_number else None
        if before is not None:
            self.changes.watch(before)
            if _is_provisional(before, wanted):
                return self._adopt(before, wanted)
            if _is_older(wanted, before):
                close_without_stop(wanted, SessionState.SUPERSEDED)
                self.changes.add(wanted)
                return wanted
            close_without_stop(before, SessionState.SUPERSEDED)
            self._forget_charging(before)
        self.changes.add(wanted)
        self._open[place] = wanted
        return wanted

    def _forget_charging(self, session: ChargingSession) -> None:
        running = self._charging.get(tag_key(session.organisation_id, session.id_tag), {})
        running.pop((session.station_id, session.port_number), None)

    def _adopt(self, provisional: ChargingSession, wanted: ChargingSession) -> ChargingSession:
        """The start that was missing came after all: the session made from readings becomes the real one."""
        register = register_wh(provisional)
        for name in _TAKEN_OVER:
            setattr(provisional, name, getattr(wanted, name))
        provisional.flags = [*wanted.flags]
        start_wh = wanted.meter_start_wh
        if register is not None and start_wh is not None and start_wh <= register:
            provisional.meter_base_wh, provisional.energy_wh = start_wh, register - start_wh
        return provisional


_TAKEN_OVER = (
    "state",
    "id_tag",
    "token",
    "contract_id",
    "authorization",
    "method",
    "started_at",
    "start_received_at",
    "meter_start_wh",
    "reservation_id",
)


def _refused(verdict: TokenVerdict, why: Refusal) -> TokenVerdict:
    return TokenVerdict(why.status, verdict.expires_at, verdict.parent_id, why)


def _attempt(request: StartRequest, session: ChargingSession, verdict: TokenVerdict) -> Attempt:
    return Attempt(
        received_at=request.received_at,
        organisation_id=request.organisation_id,
        station_id=request.station_id,
        port_number=session.port_number,
        occasion=AttemptOccasion.START,
        id_tag=request.id_tag,
        session_id=session.pk,
        outcome=verdict.status,
        reason=verdict.reason,
        **known_by(session.token),
    )


def _identity(session: ChargingSession) -> object:
    """What a retransmitted StartTransaction has in common with the first."""
    return (
        session.station_id,
        session.port_number,
        session.id_tag.upper(),
        session.started_at,
        session.meter_start_wh,
    )


def _repeated_or_open(requests: Sequence[StartRequest]) -> Q:
    here = Q(among("station_id", {request.station_id for request in requests}))
    repeated = Q(started_at__in={request.started_at for request in requests})
    return here & (repeated | Q(state=SessionState.RUNNING) | Q(state=SessionState.ORPHAN, ended_at=None))


def _charging(requests: Sequence[StartRequest]) -> dict[TagKey, dict[Place, ChargingSession]]:
    """The authorised running sessions of the requests' tags, by tag and place."""
    running = ChargingSession.objects.filter(
        organisation_id__in={request.organisation_id for request in requests},
        state=SessionState.RUNNING,
        authorization=AuthorizationStatus.ACCEPTED,
    )
    tags = {tag_key(request.organisation_id, request.id_tag)[1] for request in requests}
    found: dict[TagKey, dict[Place, ChargingSession]] = {}
    for session in running.annotate(tag=Upper("id_tag")).filter(tag__in=tags):
        key = tag_key(session.organisation_id, session.id_tag)
        found.setdefault(key, {})[session.station_id, session.port_number] = session
    return found


def _is_provisional(open_session: ChargingSession, wanted: ChargingSession) -> bool:
    return open_session.state == SessionState.ORPHAN and wanted.began_at <= open_session.began_at + _EARLY


def _is_older(wanted: ChargingSession, open_session: ChargingSession) -> bool:
    """By the chargers' times; where a clock was wrong the order of arrival counts."""
    if SessionFlag.CLOCK in (*wanted.flags, *open_session.flags) or open_session.state == SessionState.ORPHAN:
        return False
    return wanted.started_at < open_session.started_at
