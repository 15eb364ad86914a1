"""Reads of the charging domain that more than one place needs."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Least, Upper

from accounts.models import Organisation
from chargeports.choices import MeterKeySource
from chargeports.models import ChargePort, Command, ConfigurationValue, MeterKey
from charging.choices import (
    OPEN_STOPS,
    PORTAL_TAG,
    ContractStatus,
    RebootState,
    Refusal,
    SessionState,
    SignedVerdict,
    StartMethod,
    TokenKind,
    TokenStatus,
)
from charging.models import (
    Activation,
    ChargingSession,
    Contract,
    IdToken,
    LocalList,
    MeterValue,
    PendingReboot,
    PortalStart,
    ScheduledStop,
    SessionDay,
    SignedValue,
    StationAdmission,
    TokenGroup,
    Voucher,
)
from charging.signed_values import Check, Record, key_text, session_checks, verdict_of
from common import identifiers
from common.lookups import among
from stations.models import Station

MAX_POINTS = 1000
# A session that begins later than this was not begun by a start from the portal.
_FOLLOWS_START = timedelta(minutes=15)
# How many tags of people a search looks for.
_MOST_TAGS = 20
_UNKNOWN_FOR = timedelta(days=7)

# Organisation id, tag in upper case: what makes a token one.
TagKey = tuple[int, str]


# --- Tokens -------------------------------------------------------------------------------------------------------
def tag_key(organisation_id: int, id_tag: str) -> TagKey:
    return organisation_id, id_tag.replace("\x00", "").strip().upper()


def tokens_by_tag(tags: Iterable[TagKey]) -> dict[TagKey, IdToken]:
    """The known tokens with group, contract and start from the portal, by one query; works across organisations."""
    keys = {tag_key(*tag) for tag in tags}
    tokens = IdToken.objects.filter(organisation_id__in={key[0] for key in keys}).annotate(tag=Upper("token"))
    found = tokens.filter(tag__in={key[1] for key in keys}).select_related("group", "contract", "portal_start")
    return {tag_key(token.organisation_id, token.token): token for token in found}


def tags_of_people(text: str) -> list[str]:
    """The first few tags whose person or label holds `text`, in the organisation of the scope. One query."""
    named = IdToken.objects.filter(Q(holder__icontains=text) | Q(label__icontains=text))
    return list(named.order_by("pk").values_list("token", flat=True)[:_MOST_TAGS])


def refusal_of(token: IdToken | None, at: datetime) -> Refusal | None:
    """Why the token may not charge at this time; None where it may."""
    if token is None:
        return Refusal.UNKNOWN
    if token.status == TokenStatus.BLOCKED:
        return Refusal.BLOCKED
    if token.contract and token.contract.status == ContractStatus.BLOCKED:
        return Refusal.CONTRACT_BLOCKED
    if token.expires_at and token.expires_at <= at:
        return Refusal.EXPIRED
    return contract_refusal(token.contract, at)


class TokenRow(NamedTuple):
    """A token as a list needs it; `expires_at` is the earlier end of the token and of its contract."""

    token: str
    group_id: int | None
    parent_id: str | None
    expires_at: datetime | None


def valid_tokens(organisation_id: int, at: datetime) -> list[TokenRow]:
    """The organisation's tokens that `refusal_of` refuses nothing, without those for one start; the newest first."""
    tokens = IdToken.objects.filter(_no_end_before("expires_at", at), organisation_id=organisation_id)
    contract = Q(contract=None) | (
        Q(contract__status=ContractStatus.ACTIVE)
        & _no_end_before("contract__valid_until", at)
        & (Q(contract__valid_from=None) | Q(contract__valid_from__lte=at))
    )
    rows = tokens.filter(contract, status=TokenStatus.ACTIVE).exclude(kind=TokenKind.ONCE).order_by("-pk")
    ends = Least("expires_at", "contract__valid_until")
    return [TokenRow(*row) for row in rows.values_list("token", "group_id", "group__parent_id", ends)]


def _no_end_before(name: str, at: datetime) -> Q:
    return Q(**{name: None}) | Q(**{f"{name}__gt": at})


def contract_refusal(contract: Contract | None, at: datetime) -> Refusal | None:
    """Why nobody may charge by the contract at this time."""
    if contract and contract.status == ContractStatus.BLOCKED:
        return Refusal.CONTRACT_BLOCKED
    if contract and contract.valid_until and contract.valid_until <= at:
        return Refusal.CONTRACT_EXPIRED
    if contract and contract.valid_from and contract.valid_from > at:
        return Refusal.CONTRACT_NOT_BEGUN
    return None


def why_refused(organisation: Organisation, id_tag: str, at: datetime, station_id: int | None = None) -> Refusal | None:
    """The reason behind a Blocked, Expired or Invalid, for logs and for people; with a station, of a start there."""
    key = tag_key(organisation.pk, id_tag)
    token = tokens_by_tag([key]).get(key)
    groups = admissions([station_id]).get(station_id) if station_id else None
    return refusal_of(token, at) or admission_refusal(token, groups)


# --- Who may charge where -----------------------------------------------------------------------------------------
def admissions(station_ids: Iterable[int]) -> dict[int, set[int]]:
    """The ids of the groups that may charge, for those of the stations where not everyone may. One query."""
    found: dict[int, set[int]] = {}
    rows = StationAdmission.objects.filter(among("station_id", set(station_ids)))
    for station_id, group_id in rows.values_list("station_id", "groups"):
        found.setdefault(station_id, set()).update({group_id} - {None})
    return found


def admission_refusal(token: IdToken | None, groups: Collection[int] | None) -> Refusal | None:
    """Why a valid token may not charge where only `groups` may; None where it may. The portal's own may everywhere,
    and those made for one start: whether that may be was judged when it was asked for.
    """
    if groups is None or token is None or token.group_id in groups:
        return None
    return None if token.kind == TokenKind.ONCE or token.token.upper() == PORTAL_TAG else Refusal.NOT_ADMITTED


def local_list(station: Station) -> LocalList | None:
    """What is known of the station's own list of tokens. One query; without the entries."""
    lists = LocalList.objects.select_related("content").defer("content__entries")
    return lists.filter(station=station).first()


def admitted_groups(station: Station) -> list[TokenGroup] | None:
    """The groups whose tokens may charge at the station; None where everyone may. At most two queries."""
    admission = StationAdmission.objects.filter(station=station).first()
    return list(admission.groups.all()) if admission else None


# --- Lists of tokens and contracts ---------------------------------------------------------------------------------
def id_tokens() -> QuerySet[IdToken]:
    """The tokens that people of the organisation keep, for their list; `tag_key` is what its index orders by."""
    return (
        IdToken.objects.exclude(kind=TokenKind.ONCE)
        .select_related("group", "contract")
        .annotate(tag_key=Upper("token"))
    )


def token_has_text(text: str) -> Q:
    """Tokens with the text in their number, label or person."""
    return Q(token__icontains=text) | Q(label__icontains=text) | Q(holder__icontains=text)


def contracts() -> QuerySet[Contract]:
    """All contracts of the organisation with the number of their tokens, for their list."""
    return Contract.objects.annotate(token_count=_token_count("contract"))


def token_groups() -> QuerySet[TokenGroup]:
    """All groups of tokens of the organisation with the number of their tokens."""
    return TokenGroup.objects.annotate(token_count=_token_count("group"))


def _token_count(belonging: str) -> Coalesce:
    tokens = IdToken.objects.filter(**{belonging: OuterRef("pk")}).order_by().values(belonging)
    counted = tokens.annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def contract_has_text(text: str) -> Q:
    """Contracts with the text in their EMAID, however its separators are written, or in the customer's name."""
    plain = identifiers.key(text)
    named = Q(holder__icontains=text)
    return named | Q(emaid_key__contains=plain) if plain else named


def contract_by_emaid(emaid: str) -> Contract | None:
    """The organisation's contract with this EMAID, however its letters and separators are written."""
    return Contract.objects.filter(emaid_key=identifiers.key(emaid)).first()


# --- Sessions -----------------------------------------------------------------------------------------------------
def sessions() -> QuerySet[ChargingSession]:
    """All sessions of the organisation, newest first, ready for keyset pages by (started_at, id)."""
    return ChargingSession.objects.select_related("station", "token", "contract", "cost").order_by("-started_at", "-id")


def sessions_of_station(station: Station) -> QuerySet[ChargingSession]:
    """As `sessions`; each has this very station, of which nothing is read again."""
    of_station: QuerySet[ChargingSession] = station.sessions.all()
    return of_station.select_related("token", "contract", "cost").order_by("-started_at", "-id")


def sessions_of_port(port: ChargePort) -> QuerySet[ChargingSession]:
    return sessions().filter(station_id=port.station_id, port_number=port.number)


def running_session(port: ChargePort) -> ChargingSession | None:
    return sessions_of_port(port).filter(state=SessionState.RUNNING).first()


def shown_session(port: ChargePort) -> ChargingSession | None:
    """The port's running session, or else its last one. One query."""
    here = sessions_of_port(port)
    running = here.filter(state=SessionState.RUNNING).values("pk")[:1]
    ended = here.exclude(state=SessionState.RUNNING).values("pk")[:1]
    both = list(here.filter(Q(pk__in=running) | Q(pk__in=ended)))
    return next((one for one in both if one.state == SessionState.RUNNING), both[0] if both else None)


def running_sessions(station: Station) -> dict[int, ChargingSession]:
    """The running sessions of a station by port number."""
    running = sessions_of_station(station).filter(state=SessionState.RUNNING)
    return {session.port_number: session for session in reversed(running)}


def unknown_transactions(port: ChargePort) -> list[ChargingSession]:
    """What the charger told of transactions at the port that nobody started here and that have not ended."""
    lately = datetime.now(UTC) - _UNKNOWN_FOR
    orphans = sessions_of_port(port).filter(state=SessionState.ORPHAN, ended_at=None, started_at__gt=lately)
    return list(orphans.filter(charger_transaction_id__gt=0, charger_transaction_id__lt=2**31)[:5])


def pending_reboot(station: Station) -> PendingReboot | None:
    return PendingReboot.objects.filter(station=station, state=RebootState.WAITING).first()


@dataclass(frozen=True)
class Running:
    """The sessions that run now: their number, the power in W that they take together, how many have sent values."""

    sessions: int
    power_w: int
    told: int

    @property
    def is_starting(self) -> bool:
        """Whether a power of 0 only means that no charger has sent a value yet."""
        return self.sessions > 0 and not self.told


def running_now(station: Station | None = None) -> Running:
    """At a station, or in the whole organisation. One query."""
    running = ChargingSession.objects.filter(state=SessionState.RUNNING)
    found = running.filter(station=station) if station else running
    return Running(
        **found.aggregate(sessions=Count("pk"), power_w=Sum("power_w", default=0), told=Count("last_value_at"))
    )


def newest_session(station: Station) -> int | None:
    """Key of the session that began last, whatever its state."""
    return (
        ChargingSession.objects.filter(station=station)
        .order_by("-started_at", "-id")
        .values_list("pk", flat=True)
        .first()
    )


def session_of_start(command: Command) -> ChargingSession | None:
    """The session that a charger began because of this start: at the port, with the token, soon after it was asked."""
    if command.sent_at is None:
        return None
    begun = (command.sent_at, command.sent_at + _FOLLOWS_START)
    found = sessions().filter(station_id=command.station_id, port_number=command.port_number or 0)
    tag = str(command.parameters.get("id_tag", ""))
    return found.filter(id_tag__iexact=tag, start_received_at__range=begun).order_by("started_at", "id").first()


# --- Scheduled stops ----------------------------------------------------------------------------------------------
def scheduled_stops() -> QuerySet[ScheduledStop]:
    """All of the organisation, for their lists; each with what stopped it."""
    return ScheduledStop.objects.select_related("station", "command")


def coming_stops(station: Station) -> list[ScheduledStop]:
    """What is planned at the station or under way, the next one first. One query."""
    return list(scheduled_stops().filter(station=station, state__in=OPEN_STOPS).order_by("due_at", "pk"))


# --- Activations and starts from the portal ------------------------------------------------------------------------
def activations() -> QuerySet[Activation]:
    """All attempts of the organisation, ready for keyset pages by (received_at, id)."""
    return Activation.objects.select_related("station", "token", "contract", "voucher")


def goodwill_starts() -> QuerySet[PortalStart]:
    return PortalStart.objects.filter(method=StartMethod.GOODWILL).select_related("station", "session__cost")


def vouchers() -> QuerySet[Voucher]:
    """All vouchers of the organisation, with their limits and where they were redeemed."""
    return Voucher.objects.select_related("batch", "start__station", "start__session")


# --- Sums ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Totals:
    """Sums of ended sessions: number, energy in Wh, duration in seconds."""

    sessions: int = 0
    energy_wh: int = 0
    duration_s: int = 0


def _days(first: date, last: date, station: Station | None, port: ChargePort | None) -> QuerySet[SessionDay]:
    days = SessionDay.objects.filter(day__range=(first, last))
    if port is not None:
        return days.filter(station_id=port.station_id, port_number=port.number)
    return days.filter(station=station) if station is not None else days


_SUMS = {name: Sum(name, default=0) for name in ("sessions", "energy_wh", "duration_s")}


def totals(first: date, last: date, station: Station | None = None, port: ChargePort | None = None) -> Totals:
    """What ended on the days `first` to `last`: at a port, at a station, or in the whole organisation."""
    return Totals(**_days(first, last, station, port).aggregate(**_SUMS))


def totals_by_day(
    first: date, last: date, station: Station | None = None, port: ChargePort | None = None
) -> dict[date, Totals]:
    """The same for each day on which something ended, in order."""
    days = _days(first, last, station, port).values("day").annotate(**_SUMS).order_by("day")
    rows = days.values_list("day", *_SUMS)
    return {day: Totals(*sums) for day, *sums in rows}


def totals_by_port(station: Station) -> dict[int, Totals]:
    """All that ever ended at a station, by port number in their order. One query."""
    ports = SessionDay.objects.filter(station=station).values("port_number").annotate(**_SUMS).order_by("port_number")
    rows = ports.values_list("port_number", *_SUMS)
    return {number: Totals(*sums) for number, *sums in rows}


# --- Meter values -------------------------------------------------------------------------------------------------
def meter_values(session: ChargingSession) -> QuerySet[MeterValue]:
    """Everything sampled for the session, in order of time."""
    return MeterValue.objects.filter(session_id=session.pk, organisation_id=session.organisation_id).order_by(
        "sampled_at", "received_at", "id"
    )


_EVENLY_TAKEN = """
    WITH point AS (
        SELECT id, row_number() OVER (ORDER BY sampled_at, received_at, id) - 1 AS place, count(*) OVER () AS total
        FROM charging_metervalue WHERE session_id = %s AND organisation_id = %s
    )
    SELECT id FROM point
    WHERE place IN (0, total - 1) OR place * (%s - 1) / total > (place - 1) * (%s - 1) / total
"""


def meter_curve(session: ChargingSession, limit: int = MAX_POINTS) -> list[MeterValue]:
    """At most `limit` points of `meter_values`, evenly taken, always with the first and the last. One query."""
    taken = RawSQL(_EVENLY_TAKEN, [session.pk, session.organisation_id, limit, limit])  # noqa: S611 - no text of others
    return list(meter_values(session).filter(id__in=taken))


# --- Signed meter values ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SignedChecks:
    """What the pre-check found: of each record, with the key it used, of all together, and in sum."""

    records: list[tuple[SignedValue, list[Check]]]
    keys: list[str]
    together: list[Check]

    @property
    def verdict(self) -> SignedVerdict:
        return verdict_of([*self.together, *(check for _value, checks in self.records for check in checks)])


def checks_of_sessions(sessions: Collection[ChargingSession]) -> Iterator[tuple[ChargingSession, SignedChecks]]:
    """The sessions with what the pre-check finds of their signed values. Three queries; works across organisations."""
    values: dict[int, list[SignedValue]] = defaultdict(list)
    kept = SignedValue.objects.filter(session_id__in=[session.pk for session in sessions])
    for value in kept.order_by("sampled_at", "pk"):
        values[value.session_id].append(value)
    keys = meter_keys({session.station_id for session in sessions}) if values else {}
    for session in sessions:
        own = keys.get((session.station_id, session.port_number), [])
        sent = [(value, key_text(value.public_key)) for value in values[session.pk]]
        records = [(value, Record(value.data, _own_key(own, key), key)) for value, key in sent]
        together = session_checks([record for _value, record in records], session.id_tag, session.energy_wh)
        checks = [(value, record.checks()) for value, record in records]
        yield session, SignedChecks(checks, [record.key for _value, record in records], together)


def _own_key(keys: list[str], sent: str) -> str:
    """The port's key: the one that came along where it is known there, else the newest."""
    return sent if sent in keys else next(iter(keys), "")


def meter_keys(station_ids: Collection[int]) -> dict[tuple[int, int], list[str]]:
    """The public keys of the ports' meters, by station and port number, the newest first: those that were entered or
    seen, and what the stations' configuration tells; none that only came along with values. Two queries.
    """
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    known = MeterKey.objects.filter(port__station_id__in=station_ids).exclude(source=MeterKeySource.SIGNED_VALUE)
    seen = known.order_by("-last_seen_at", "-pk")
    for station_id, number, key in seen.values_list("port__station_id", "port__number", "public_key"):
        found[station_id, number].append(key_text(key))
    told = ConfigurationValue.objects.filter(station_id__in=station_ids, key__istartswith="MeterPublicKey")
    for station_id, name, value in told.values_list("station_id", "key", "value"):
        digits = "".join(letter for letter in name if letter.isdecimal())
        found[station_id, int(digits or 0)].append(key_text(value or ""))
    return {place: list(filter(None, keys)) for place, keys in found.items()}
