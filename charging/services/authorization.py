"""May a token charge? Asked at Authorize, at StartTransaction and at StopTransaction (OCPP 1.6 §4.1, §4.8, §4.10)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chargeports.locks import Locks
from chargeports.models import ChargePort
from charging.choices import AttemptOccasion, AuthorizationStatus, Refusal, SessionState
from charging.models import ChargingSession, IdToken
from charging.selectors import TagKey, admission_refusal, admissions, refusal_of, tag_key, tokens_by_tag
from charging.services.activations import Attempt, known_by, write_attempts


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    station_id: int
    organisation_id: int
    id_tag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """OCPP's idTagInfo: `parent_id` is the token's group, whatever the status. `reason` is for people only."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    parent_id: str | None = None
    reason: Refusal | None = field(default=None, compare=False)


def authorize(requests: Sequence[AuthorizeRequest]) -> list[TokenVerdict]:
    """Judge each tag, in the order of `requests`, and note the attempts; never ConcurrentTx, which only a start can
    mean (OCPP 1.6 §7.2)."""
    tags = ((request.organisation_id, request.id_tag) for request in requests)
    tokens = Tokens(tags, {request.station_id for request in requests})
    closed = _Closed(requests)
    verdicts = [_LOCKED if closed.to(request) else tokens.verdict(*_who(request)) for request in requests]
    write_attempts(
        Attempt(
            received_at=request.at,
            organisation_id=request.organisation_id,
            station_id=request.station_id,
            port_number=None,
            occasion=AttemptOccasion.READER,
            id_tag=request.id_tag,
            outcome=verdict.status,
            reason=verdict.reason,
            **known_by(tokens.get(request.organisation_id, request.id_tag)),
        )
        for request, verdict in zip(requests, verdicts, strict=True)
    )
    return verdicts


_LOCKED = TokenVerdict(AuthorizationStatus.BLOCKED, reason=Refusal.LOCKED)


def _who(request: AuthorizeRequest) -> tuple[int, str, datetime, int]:
    return request.organisation_id, request.id_tag, request.at, request.station_id


class _Closed:
    """Stations at which every port is locked. An Authorize names no port: it is refused only where none is left.

    Where a session runs it is answered all the same, since a driver may want to stop. At most three queries.
    """

    def __init__(self, requests: Sequence[AuthorizeRequest]) -> None:
        self._locks = Locks(request.station_id for request in requests)
        self._ports: dict[int, list[int]] = {}
        if not self._locks:
            return
        running = ChargingSession.objects.filter(station_id__in=self._locks.station_ids, state=SessionState.RUNNING)
        ports = ChargePort.objects.filter(station_id__in=self._locks.station_ids)
        for station_id, number in ports.exclude(station_id__in=running.values("station_id")).values_list(
            "station_id", "number"
        ):
            self._ports.setdefault(station_id, []).append(number)

    def to(self, request: AuthorizeRequest) -> bool:
        ports = self._ports.get(request.station_id, ())
        open_ports = (self._locks.lets(request.station_id, number, request.id_tag, request.at) for number in ports)
        return bool(ports) and not any(open_ports)


class Tokens:
    """The tokens that one call of a service speaks of, read by one query, and who may charge at `station_ids`."""

    def __init__(self, tags: Iterable[TagKey], station_ids: Collection[int] = ()) -> None:
        self._tokens = tokens_by_tag(tags)
        self._admissions = admissions(station_ids) if station_ids else {}

    def get(self, organisation_id: int, id_tag: str) -> IdToken | None:
        return self._tokens.get(tag_key(organisation_id, id_tag))

    def verdict(self, organisation_id: int, id_tag: str, at: datetime, station_id: int | None = None) -> TokenVerdict:
        """Whether the token is valid at the time; with `station_id`, whether it may charge there."""
        token = self.get(organisation_id, id_tag)
        groups = self._admissions.get(station_id) if station_id else None
        refusal = refusal_of(token, at) or admission_refusal(token, groups)
        status = refusal.status if refusal else AuthorizationStatus.ACCEPTED
        if token is None:
            return TokenVerdict(status, reason=refusal)
        return TokenVerdict(status, _expiry(token), token.group.parent_id if token.group else None, refusal)


def _expiry(token: IdToken) -> datetime | None:
    """The earlier end of the token and of its contract."""
    ends = [token.expires_at, token.contract.valid_until if token.contract else None]
    return min((end for end in ends if end), default=None)
