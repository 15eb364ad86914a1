"""Refused handshakes: kept and counted, bounded however many chargers (or others) knock, and adopted in one click."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.services import record
from common.actor import Actor
from common.errors import Refused
from ocpp_gateway.choices import RefusalReason
from ocpp_gateway.handshake import Handshake
from ocpp_gateway.models import RefusedHandshake, StationCredential
from stations import services as stations
from stations.choices import LifeCycle, SecurityProfile
from stations.history import ADOPTED
from stations.models import Station

MOST_ROWS = 20_000
"""So many refusals are kept in all; the oldest go first."""
WRITES_PER_MINUTE = 60
"""So many refusals of one address are written down in a minute; the rest is only answered."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A handshake that was refused, and the organisation (if any) that is to see it."""

    handshake: Handshake
    reason: RefusalReason
    organisation_id: int | None
    shown_digest: bytes | None = None


class Budget:
    """How often each address may still be written down in this minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._used: Counter[str] = Counter()

    def allows(self, address: str, at: datetime) -> bool:
        minute = int(at.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._used = minute, Counter()
        self._used[address] += 1
        return self._used[address] <= WRITES_PER_MINUTE


def keep(refusals: Iterable[Refusal]) -> None:
    """Add to the counts, one row for an organisation, an identity and a reason. One query."""
    gathered: dict[tuple[int | None, str, str], list[Refusal]] = {}
    for refusal in refusals:
        key = (refusal.organisation_id, refusal.handshake.identity.upper(), refusal.reason.value)
        gathered.setdefault(key, []).append(refusal)
    if not gathered:
        return
    rows = [_row(gathered[key]) for key in sorted(gathered, key=str)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ocpp_gateway_refusedhandshake AS kept (organisation_id, identity, reason, address,"
            " subprotocols, path, secure, shown_digest, first_at, last_at, count)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (organisation_id, upper(identity), reason) DO UPDATE SET address = excluded.address,"
            " subprotocols = excluded.subprotocols, path = excluded.path, secure = excluded.secure,"
            " shown_digest = excluded.shown_digest, last_at = excluded.last_at, count = kept.count + excluded.count",
            rows,
        )


def _row(same: list[Refusal]) -> list[Any]:
    first, last = same[0], same[-1]
    shown = last.handshake
    return [
        last.organisation_id,
        shown.identity,
        last.reason.value,
        shown.address,
        list(shown.subprotocols),
        shown.path,
        shown.secure,
        last.shown_digest,
        first.handshake.at,
        shown.at,
        len(same),
    ]


def prune() -> int:
    """Delete the oldest rows beyond `MOST_ROWS`; return how many."""
    surplus = RefusedHandshake.objects.order_by("-last_at", "-id").values_list("pk", flat=True)[MOST_ROWS:]
    return RefusedHandshake.objects.filter(pk__in=list(surplus)).delete()[0]


def forget(actor: Actor, organisation: Organisation, rows: QuerySet[RefusedHandshake]) -> int:
    """Delete rows that the organisation sees; return how many."""
    with transaction.atomic():
        count = rows.delete()[0]
        record(actor, organisation, "ocpp_gateway.refusals_forgotten", after={"count": count})
    return count


def adopt(actor: Actor, refusal: RefusedHandshake) -> Station:
    """Make a station of an unknown charger, in the organisation that sees it, secured as it presented itself, so that
    its next attempt succeeds.

    Raises Refused where the charger cannot be adopted: it is known already, or its identity is no possible one.
    """
    if refusal.reason != RefusalReason.UNKNOWN_IDENTITY or refusal.organisation is None:
        raise Refused(_("Only unknown chargers of an organisation can be adopted."))
    try:
        with transaction.atomic():
            station = stations.create_station(actor, refusal.organisation, _presented(refusal))
            _after_adoption(actor, refusal, station)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    return station


def _presented(refusal: RefusedHandshake) -> dict[str, Any]:
    return {
        "identity": refusal.identity,
        "life_cycle": LifeCycle.IN_OPERATION,
        "security_profile": _profile_shown(refusal),
    }


def _after_adoption(actor: Actor, refusal: RefusedHandshake, station: Station) -> None:
    """The password that the charger showed is its own from now on; what was refused of it is done with."""
    if refusal.shown_digest is not None:
        StationCredential.objects.create(station=station, digest=refusal.shown_digest)
    RefusedHandshake.objects.filter(
        organisation=refusal.organisation, identity__iexact=refusal.identity, reason=RefusalReason.UNKNOWN_IDENTITY
    ).delete()
    shown = {"address": refusal.address, "security_profile": station.security_profile}
    record(actor, refusal.organisation, "ocpp_gateway.adopted", station, after=shown)
    stations.record_event(station, ADOPTED, actor)


def _profile_shown(refusal: RefusedHandshake) -> SecurityProfile:
    if refusal.shown_digest is None:
        return SecurityProfile.UNSECURED
    return SecurityProfile.TLS_BASIC if refusal.secure else SecurityProfile.BASIC
