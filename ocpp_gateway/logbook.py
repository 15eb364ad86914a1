"""The readable log: exchanges told as sentences, with why, and with where to go from there.

What the sentences speak of is looked up for a whole page at once: at most four queries, whatever its length.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports.models import Command, EquipmentError
from chargeports.rights import VIEW_COMMANDS, VIEW_PORTS
from charging.models import ChargingSession, IdToken
from charging.rights import VIEW_SESSIONS
from charging.selectors import tokens_by_tag
from common.access import Access
from common.rights import Text
from ocpp_gateway.choices import Direction
from ocpp_gateway.messages import ProtocolVersion
from ocpp_gateway.models import Exchange
from ocpp_gateway.telling import UNKNOWN, Fact, Known, Said, Telling, is_bad, take_apart, tell
from stations.models import Station

# How far a charger's time of an error may lie behind ours.
_MARGIN = timedelta(minutes=1)
_MOST_ERRORS = 500


@dataclass(frozen=True)
class Link:
    label: Text
    url: str
    icon: str


@dataclass(frozen=True)
class Line:
    """One line of the log, ready to be shown. `not_sent` are values that the station could have sent."""

    sentence: str
    is_bad: bool
    facts: list[Fact]
    not_sent: list[str]
    links: list[Link]


def lines(version: ProtocolVersion, station: Station, access: Access, exchanges: Sequence[Exchange]) -> list[Line]:
    """The exchanges of one station, in their order."""
    known = look_up(version, station, exchanges)
    return [_line(version, access, take_apart(exchange, known)) for exchange in exchanges]


def plainly(version: ProtocolVersion, exchange: Exchange) -> str:
    """The sentence without anything looked up, for rows in bulk."""
    return tell(version.tellings, take_apart(exchange))


def _line(version: ProtocolVersion, access: Access, said: Said) -> Line:
    telling = version.tellings.get(said.exchange.action, UNKNOWN)
    return Line(
        sentence=tell(version.tellings, said),
        is_bad=is_bad(version.tellings, said),
        facts=telling.facts(said),
        not_sent=not_sent(version, said),
        links=list(_links(version, access, said)),
    )


def not_sent(version: ProtocolVersion, said: Said) -> list[str]:
    """What the message could hold besides, but the station left out: of its call, or of its answer."""
    schemas = version.reader.version.answers if said.is_ours else version.reader.version.requests
    sent = said.answer if said.is_ours else said.call
    possible = schemas.get(said.exchange.action, {}).get("properties", {})
    if sent is None or said.exchange.direction == Direction.INVALID:
        return []
    return sorted(name for name in possible if name not in sent)


def _links(version: ProtocolVersion, access: Access, said: Said) -> Iterable[Link]:
    session = said.known.sessions.get(said.exchange.session_id or said.number("transactionId"))
    if session and access.can(VIEW_SESSIONS):
        label = _("Session #%(number)s") % {"number": session.pk}
        yield Link(label, reverse("session", args=[session.pk]), "bolt")
    command = said.known.commands.get(said.exchange.command_id or 0)
    if command and access.can(VIEW_COMMANDS):
        yield Link(_("Command"), reverse("command", args=[command.pk]), "send")
    error = error_of(version.tellings.get(said.exchange.action, UNKNOWN), said)
    if error and access.can(VIEW_PORTS):
        yield Link(_("Error"), reverse("error", args=[error.pk]), "alert-triangle")


def error_of(telling: Telling, said: Said) -> EquipmentError | None:
    """The error that a message opened or continued."""
    key, at = telling.error(said), said.exchange.received_at
    for error in said.known.errors:
        is_meant = (error.port_number, error.error_code, error.vendor_error_code) == key
        if is_meant and error.since <= at + _MARGIN and (error.until is None or error.until >= at):
            return error
    return None


def look_up(version: ProtocolVersion, station: Station, exchanges: Sequence[Exchange]) -> Known:
    """What the exchanges speak of, in the caller's scope. A query for each kind that is spoken of."""
    said = [take_apart(exchange) for exchange in exchanges]
    return Known(
        tokens=_tokens(station, said),
        sessions=_sessions(station, said),
        commands=_commands(station, said),
        errors=_errors(version, station, said),
        zone=station.time_zone,
    )


def _tokens(station: Station, said: list[Said]) -> dict[str, IdToken]:
    tags = {tag for one in said if (tag := one.text("idTag").strip())}
    if not tags:
        return {}
    found = tokens_by_tag((station.organisation_id, tag) for tag in tags)
    return {tag: token for (_organisation, tag), token in found.items()}


def _sessions(station: Station, said: list[Said]) -> dict[int, ChargingSession]:
    ids = {one.exchange.session_id or one.number("transactionId") for one in said} - {0}
    return ChargingSession.objects.filter(station=station).in_bulk(ids) if ids else {}


def _commands(station: Station, said: list[Said]) -> dict[int, Command]:
    ids = {one.exchange.command_id for one in said if one.exchange.command_id}
    return Command.objects.filter(station=station).in_bulk(ids) if ids else {}


def _errors(version: ProtocolVersion, station: Station, said: list[Said]) -> list[EquipmentError]:
    tellings = ((one, version.tellings.get(one.exchange.action, UNKNOWN)) for one in said)
    times = [one.exchange.received_at for one, telling in tellings if telling.error(one)]
    if not times:
        return []
    lasting = Q(until=None) | Q(until__gte=min(times))
    errors = EquipmentError.objects.filter(lasting, station=station, since__lte=max(times) + _MARGIN)
    return list(errors.order_by("-since")[:_MOST_ERRORS])
