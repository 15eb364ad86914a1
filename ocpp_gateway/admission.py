"""Who is let in: a batch of handshakes is decided and written down with a few queries, whatever its size.

Authentication comes before the upgrade (security whitepaper A00.FR.202-205), and is strict: what the stored security
profile asks for has to be shown, and a profile once reached over TLS is never left again (A05.FR.07).
"""

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from django.core.cache import cache
from django.db.models.functions import Upper
from redis.exceptions import RedisError

from accounts.models import Organisation
from chargeports import services as chargeports
from chargeports.models import ConfigurationValue, StationCertificate
from ocpp_gateway import credentials, refusals, registry
from ocpp_gateway.choices import RefusalReason
from ocpp_gateway.exchanges import Given, recent_answers
from ocpp_gateway.handshake import Handshake
from ocpp_gateway.models import StationCredential
from ocpp_gateway.refusals import Budget, Refusal
from ocpp_gateway.registry import NodeName, Opening
from ocpp_gateway.rounds import rounds
from stations.choices import BootStatus, LifeCycle, SecurityProfile
from stations.models import Station

logger = logging.getLogger(__name__)

HEARTBEAT_KEY = "HeartbeatInterval"
WRONG_PASSWORDS = 10
WRONG_PASSWORDS_WINDOW_S = 300

_STATUS = {
    RefusalReason.UNKNOWN_IDENTITY: HTTPStatus.NOT_FOUND,
    RefusalReason.NO_CREDENTIALS: HTTPStatus.UNAUTHORIZED,
    RefusalReason.WRONG_PASSWORD: HTTPStatus.UNAUTHORIZED,
    RefusalReason.USER_MISMATCH: HTTPStatus.UNAUTHORIZED,
    RefusalReason.THROTTLED: HTTPStatus.UNAUTHORIZED,
    RefusalReason.NOT_TLS: HTTPStatus.FORBIDDEN,
    RefusalReason.CERTIFICATE: HTTPStatus.FORBIDDEN,
    RefusalReason.OLD_TLS: HTTPStatus.FORBIDDEN,
    RefusalReason.DECOMMISSIONED: HTTPStatus.FORBIDDEN,
    RefusalReason.MALFORMED: HTTPStatus.UPGRADE_REQUIRED,
    # OCPP-J 1.6 §3.2: the handshake is completed without the header, and the connection closed at once.
    RefusalReason.SUBPROTOCOL: HTTPStatus.SWITCHING_PROTOCOLS,
}


@dataclass(frozen=True, slots=True)
class Denied:
    """The handshake is refused; `status` 101 means: accept without a subprotocol, then close."""

    reason: RefusalReason
    status: HTTPStatus


@dataclass(frozen=True, slots=True)
class Admitted:
    """A station that may connect. `subprotocol` None: the charger offered none (T05).

    `connection_id` is empty while another connection of the station is open: this one takes its place (`opening`) with
    the first thing that it says, for some chargers only probe the address and hang up (Q12).

    `heartbeat_s` is the interval that the charger reported as its own, `was_accepted` its last boot's answer (T42),
    `given` are answers of an earlier connection that may not have reached it.
    """

    connection_id: int | None
    opening: Opening
    station_id: int
    organisation_id: int
    identity: str
    time_zone: str
    wants_local_time: bool
    subprotocol: str | None
    was_accepted: bool
    heartbeat_s: int | None
    given: list[Given]


@dataclass(frozen=True, slots=True)
class _Grant:
    subprotocol: str | None
    profile: int
    with_next_key: bool


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows: stations by identity in capitals, who owns a slug, who sees strangers."""

    stations: dict[str, Station]
    slugs: dict[str, int]
    receiver_id: int | None
    throttled: frozenset[str]
    certificates: "_Certificates"


@dataclass(frozen=True, slots=True)
class _Certificates:
    """Of the certificates that were shown: those that this portal made, and which of them count."""

    made_here: frozenset[str] = frozenset()
    good: Mapping[str, StationCertificate] = field(default_factory=dict)


class Admission:
    """Decides batches of handshakes for one node."""

    def __init__(self, node: NodeName) -> None:
        self._node = node
        self._budget = Budget()

    def admit(self, handshakes: Sequence[Handshake], now: datetime) -> list[Admitted | Denied]:
        """Decide a batch inside the caller's transaction. Of two handshakes of one station the later one wins."""
        results: dict[int, Admitted | Denied] = {}
        for part in rounds(handshakes, key=lambda handshake: handshake.identity.upper()):
            decided = self._admit_round([handshakes[index] for index in part], now)
            results.update(zip(part, decided, strict=True))
        return [results[index] for index in range(len(handshakes))]

    def _admit_round(self, handshakes: list[Handshake], now: datetime) -> list[Admitted | Denied]:
        known = _look_up(handshakes)
        verdicts = [_decide(handshake, known) for handshake in handshakes]
        self._keep_refusals(handshakes, verdicts, known)
        granted = [
            (handshake, known.stations[handshake.identity.upper()], verdict)
            for handshake, verdict in zip(handshakes, verdicts, strict=True)
            if isinstance(verdict, _Grant)
        ]
        shown = ((known.certificates.good.get(handshake.fingerprint), station) for handshake, station, _ in granted)
        used = [one for one, station in shown if one and one.station_id == station.pk]
        chargeports.note_certificates_used(used, now)
        admitted = iter(self._open(granted, now))
        return [
            next(admitted) if isinstance(verdict, _Grant) else Denied(verdict, _STATUS[verdict]) for verdict in verdicts
        ]

    def _keep_refusals(
        self, handshakes: list[Handshake], verdicts: Sequence["_Grant | RefusalReason"], known: _Known
    ) -> None:
        refused = [
            (handshake, verdict)
            for handshake, verdict in zip(handshakes, verdicts, strict=True)
            if isinstance(verdict, RefusalReason)
        ]
        _count_wrong_passwords([handshake for handshake, reason in refused if reason == RefusalReason.WRONG_PASSWORD])
        refusals.keep(
            _refusal(handshake, reason, known)
            for handshake, reason in refused
            if handshake.identity and self._budget.allows(handshake.address, handshake.at)
        )

    def _open(self, granted: list[tuple[Handshake, Station, _Grant]], now: datetime) -> list[Admitted]:
        if not granted:
            return []
        openings = [_opening(handshake, station, grant) for handshake, station, grant in granted]
        opened = self._open_unheld(openings, now)
        given = recent_answers([station.pk for _, station, _ in granted], now)
        heartbeats = _heartbeats([station.pk for _, station, _ in granted])
        uses = {
            station.pk: credentials.Use(grant.profile, grant.with_next_key)
            for _, station, grant in granted
            if _teaches(station, grant)
        }
        if uses:
            credentials.note_uses(uses)
        return [
            Admitted(
                connection_id=opened.get(station.pk),
                opening=opening,
                station_id=station.pk,
                organisation_id=station.organisation_id,
                identity=station.identity,
                time_zone=station.time_zone,
                wants_local_time=(it := _credential(station)) is not None and it.wants_local_time,
                subprotocol=grant.subprotocol,
                was_accepted=station.state.boot_status == BootStatus.ACCEPTED,
                heartbeat_s=heartbeats.get(station.pk),
                given=given.get(station.pk, []),
            )
            for opening, (_, station, grant) in zip(openings, granted, strict=True)
        ]

    def _open_unheld(self, openings: list[Opening], now: datetime) -> dict[int, int]:
        """Open the connections of stations that have none; the connections by station."""
        held = registry.held([opening.station_id for opening in openings])
        free = [opening for opening in openings if opening.station_id not in held]
        rows = registry.open_connections(self._node, free, now) if free else []
        return {opening.station_id: row.connection_id for opening, row in zip(free, rows, strict=True)}


def _look_up(handshakes: list[Handshake]) -> _Known:
    """Three queries. The stations stay locked, so that two nodes do not open a connection of one at the same time."""
    wanted = {handshake.identity.upper() for handshake in handshakes}
    rows = (
        Station.objects.select_for_update(of=("self",), no_key=True)
        .annotate(key=Upper("identity"))
        .filter(key__in=wanted)
        .select_related("state", "credential", "organisation")
        .order_by("pk")
    )
    slugs = {handshake.slug.lower() for handshake in handshakes if handshake.slug}
    organisations = Organisation.objects.filter(slug__in=slugs) | Organisation.objects.filter(
        receives_unknown_stations=True
    )
    owners = list(organisations.values_list("pk", "slug", "receives_unknown_stations"))
    return _Known(
        stations={row.key: row for row in rows},
        slugs={slug: pk for pk, slug, _ in owners if slug in slugs},
        receiver_id=next((pk for pk, _, receives in owners if receives), None),
        throttled=_throttled(handshakes),
        certificates=_certificates({handshake.fingerprint for handshake in handshakes} - {""}),
    )


def _certificates(shown: Collection[str]) -> _Certificates:
    """No query where no certificate was shown, as for most chargers."""
    if not shown:
        return _Certificates()
    return _Certificates(
        frozenset(chargeports.made_here(shown)), chargeports.certificates_shown(shown, datetime.now(UTC))
    )


def _decide(handshake: Handshake, known: _Known) -> _Grant | RefusalReason:
    if not handshake.is_websocket:
        return RefusalReason.MALFORMED
    station = known.stations.get(handshake.identity.upper())
    owner = known.slugs.get(handshake.slug.lower())
    if station is None or (owner is not None and owner != station.organisation_id):
        return RefusalReason.UNKNOWN_IDENTITY
    if station.life_cycle == LifeCycle.DECOMMISSIONED:
        return RefusalReason.DECOMMISSIONED
    if handshake.old_tls and not _may_use_old_tls(station):
        return RefusalReason.OLD_TLS
    shown = _authenticate(handshake, station, known)
    if isinstance(shown, RefusalReason):
        return shown
    subprotocol = _negotiate(handshake, station)
    if isinstance(subprotocol, RefusalReason):
        return subprotocol
    return _Grant(subprotocol, shown.profile, shown.with_next_key)


def _may_use_old_tls(station: Station) -> bool:
    """TLS 1.0 and 1.1 are for single stations that a person has flagged so (T28, Q20)."""
    credential = _credential(station)
    return credential is not None and credential.allows_old_tls


def _authenticate(handshake: Handshake, station: Station, known: _Known) -> credentials.Use | RefusalReason:
    profile = _demanded_profile(station)
    if profile >= SecurityProfile.TLS_BASIC and not handshake.secure:
        return RefusalReason.NOT_TLS
    if profile == SecurityProfile.TLS_CERTIFICATE:
        return _check_certificate(handshake, station, known.certificates)
    if profile == SecurityProfile.UNSECURED:
        return credentials.Use(SecurityProfile.UNSECURED, with_next_key=False)
    if _counter(handshake) in known.throttled:
        return RefusalReason.THROTTLED
    return _check_password(handshake, station)


def _demanded_profile(station: Station) -> int:
    """The station's own profile, or the higher one it already reached over TLS (T27)."""
    credential = _credential(station)
    reached = credential.highest_profile if credential else SecurityProfile.UNSECURED
    return max(station.security_profile, reached if reached >= SecurityProfile.TLS_BASIC else 0)


def _credential(station: Station) -> StationCredential | None:
    return getattr(station, "credential", None)


def _check_certificate(handshake: Handshake, station: Station, shown: _Certificates) -> credentials.Use | RefusalReason:
    """One that this portal made counts for the station that it was made for, while it is valid and not revoked. Of
    another one the proxy has verified the chain (T29)."""
    ours = shown.good.get(handshake.fingerprint)
    if handshake.fingerprint in shown.made_here:
        if ours is None or ours.station_id != station.pk:
            return RefusalReason.CERTIFICATE
        return credentials.Use(SecurityProfile.TLS_CERTIFICATE, with_next_key=False)
    return _check_subject(handshake, station)


def _check_subject(handshake: Handshake, station: Station) -> credentials.Use | RefusalReason:
    """The common name is the station's identity or serial number, the organisation the operator: by the name of the
    station's organisation or its short name (whitepaper A00.FR.404)."""
    shown = handshake.certificate
    owner = station.organisation
    if shown is None or not (
        _is_one_of(shown.common_name, (station.identity, station.serial_number))
        and _is_one_of(shown.organisation, (owner.name, owner.slug))
    ):
        return RefusalReason.CERTIFICATE
    return credentials.Use(SecurityProfile.TLS_CERTIFICATE, with_next_key=False)


def _is_one_of(shown: str, names: Iterable[str]) -> bool:
    return bool(shown) and shown.casefold() in {name.casefold() for name in names}


def _check_password(handshake: Handshake, station: Station) -> credentials.Use | RefusalReason:
    if handshake.user is None or handshake.password is None:
        return RefusalReason.NO_CREDENTIALS
    if handshake.user.decode("utf-8", errors="replace").casefold() != station.identity.casefold():
        return RefusalReason.USER_MISMATCH
    credential = _credential(station)
    key = credentials.match(credential, handshake.password) if credential else None
    if key is None:
        return RefusalReason.WRONG_PASSWORD
    profile = SecurityProfile.TLS_BASIC if handshake.secure else SecurityProfile.BASIC
    return credentials.Use(profile, with_next_key=key is credentials.Key.NEXT)


def _negotiate(handshake: Handshake, station: Station) -> str | RefusalReason | None:
    """The first offered subprotocol that this station may use; versions are bound to the connection (T02, T45)."""
    for name in handshake.subprotocols:
        if name == station.protocol:
            return name
    credential = _credential(station)
    if not any(handshake.subprotocols) and credential and credential.assume_subprotocol:
        return None
    return RefusalReason.SUBPROTOCOL


def _opening(handshake: Handshake, station: Station, grant: _Grant) -> Opening:
    return Opening(
        station_id=station.pk,
        organisation_id=station.organisation_id,
        address=handshake.address,
        subprotocol=grant.subprotocol or "",
        security_profile=grant.profile,
        at=handshake.at,
    )


def _heartbeats(station_ids: list[int]) -> dict[int, int]:
    rows = ConfigurationValue.objects.filter(station_id__in=station_ids, key=HEARTBEAT_KEY)
    told = {station_id: (value or "").strip() for station_id, value in rows.values_list("station_id", "value")}
    return {station_id: int(text) for station_id, text in told.items() if text.isdecimal() and int(text)}


def _teaches(station: Station, grant: _Grant) -> bool:
    """Whether the handshake tells something that the credential does not know yet."""
    credential = _credential(station)
    reached = credential.highest_profile if credential else 0
    return grant.with_next_key or (grant.profile >= SecurityProfile.TLS_BASIC and grant.profile > reached)


def _refusal(handshake: Handshake, reason: RefusalReason, known: _Known) -> Refusal:
    station = known.stations.get(handshake.identity.upper())
    owner = known.slugs.get(handshake.slug.lower(), known.receiver_id)
    if reason == RefusalReason.UNKNOWN_IDENTITY:
        return Refusal(handshake, reason, owner, _digest_for_adoption(handshake))
    return Refusal(handshake, reason, station.organisation_id if station else owner)


def _digest_for_adoption(handshake: Handshake) -> bytes | None:
    user = (handshake.user or b"").decode("utf-8", errors="replace")
    if not handshake.password or user.casefold() != handshake.identity.casefold():
        return None
    return credentials.digest_of(handshake.password)


def _counter(handshake: Handshake) -> str:
    who = f"{handshake.identity.upper()}|{handshake.address}".encode()
    return f"ocpp-wrong-password-{hashlib.blake2b(who, digest_size=16).hexdigest()}"


def _throttled(handshakes: list[Handshake]) -> frozenset[str]:
    """The counters that are full. Without Redis nobody is throttled, and nobody is kept out."""
    keys = [_counter(handshake) for handshake in handshakes if handshake.password is not None]
    try:
        counts = cache.get_many(keys) if keys else {}
    except RedisError:
        logger.warning("Redis is away: wrong passwords are not counted.")
        return frozenset()
    return frozenset(key for key, count in counts.items() if count >= WRONG_PASSWORDS)


def _count_wrong_passwords(handshakes: list[Handshake]) -> None:
    try:
        for key in map(_counter, handshakes):
            cache.add(key, 0, WRONG_PASSWORDS_WINDOW_S)
            cache.incr(key)
    except (RedisError, ValueError):  # ValueError: the counter ran out between the two
        logger.warning("A wrong password was not counted.")
