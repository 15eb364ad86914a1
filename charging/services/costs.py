"""What sessions cost: reckoned once they have ended, and kept; for running ones an estimate.

Of several tariffs that could hold for a session the one of its contract wins, then the port's, then that of one of the
station's groups (the first by name), then the organisation's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from chargeports.choices import CalibrationLaw
from chargeports.models import ChargePort
from charging.choices import COUNTED, StartMethod, Unbilled
from charging.models import (
    ChargingSession,
    MeterValue,
    SessionCost,
    TariffAssignment,
    TariffVersion,
)
from charging.tariffs import Cost, Reading, Use, cost_of
from common.live import announce
from stations.models import Station

COSTS_AT_ONCE = 500


@dataclass(frozen=True)
class Estimate:
    """What a session costs so far: its version and cost, and why it is not billed; a start by goodwill has both."""

    version: TariffVersion | None
    cost: Cost | None
    unbilled: Unbilled | None = None


def estimate(session: ChargingSession) -> Estimate:
    """Of a session that runs. A constant number of queries."""
    return estimates([session], timezone.now())[session.pk]


def estimates(sessions: Sequence[ChargingSession], now: datetime) -> dict[int, Estimate]:
    """The same of many, with their stations, by their ids; works across organisations."""
    reckoning = _Reckoning(sessions, now)
    return {session.pk: reckoning.of(session) for session in sessions}


def reckon_costs(now: datetime) -> int:
    """Write what the sessions cost that have ended since; how many. Works across organisations."""
    with transaction.atomic():
        waiting = ChargingSession.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        found = waiting.filter(state__in=COUNTED, reckoned_at=None).select_related("station")
        sessions = list(found.order_by("pk")[:COSTS_AT_ONCE])
        if not sessions:
            return 0
        reckoning = _Reckoning(sessions, now)
        costs = [reckoning.cost_row(session) for session in sessions]
        _add_revenue(sessions, reckoning.known, -1)
        _write(costs)
        _add_revenue(sessions, {cost.session_id: cost for cost in costs}, 1)
        ChargingSession.objects.filter(pk__in=[session.pk for session in sessions]).update(reckoned_at=now)
        announce({f"port.{session.station_id}.{session.port_number}" for session in sessions})
    return len(sessions)


def _write(costs: Sequence[SessionCost]) -> None:
    fields = [field.name for field in SessionCost._meta.concrete_fields if not field.primary_key]
    SessionCost.objects.bulk_create(costs, update_conflicts=True, unique_fields=["session"], update_fields=fields)


# The row may be there: then the amounts are added to it. Only this task writes the rollup, a transaction at a time.
_ADD = """
    INSERT INTO charging_revenueday (organisation_id, station_id, port_number, day, currency, total, vat)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::date[], %s::text[], %s::numeric[], %s::numeric[])
        AS added(organisation_id, station_id, port_number, day, currency, total, vat)
    ORDER BY 2, 3, 4, 5
    ON CONFLICT (station_id, port_number, day, currency) DO UPDATE
    SET total = charging_revenueday.total + excluded.total, vat = charging_revenueday.vat + excluded.vat
"""


def _add_revenue(sessions: Iterable[ChargingSession], costs: Mapping[int, SessionCost], sign: int) -> None:
    sums: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for session in sessions:
        cost = costs.get(session.pk)
        if cost is not None and not cost.unbilled and cost.total and session.counted_on:
            key = (session.organisation_id, session.station_id, session.port_number, session.counted_on, cost.currency)
            sums[key][0] += sign * cost.total
            sums[key][1] += sign * cost.vat
    if sums:
        columns = zip(*((*key, *amounts) for key, amounts in sums.items()), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [list(column) for column in columns])


class _Reckoning:
    """What the reckoning of some sessions needs, by a constant number of queries."""

    def __init__(self, sessions: Sequence[ChargingSession], now: datetime) -> None:
        self._now = now
        ids = [session.pk for session in sessions]
        self.known = {cost.pk: cost for cost in SessionCost.objects.filter(pk__in=ids).select_related("version")}
        stations = {session.station_id for session in sessions}
        ports = ChargePort.objects.filter(station_id__in=stations)
        self._ports = {(port.station_id, port.number): port for port in ports}
        members = Station.groups.through.objects.filter(station_id__in=stations).order_by("stationgroup__name")
        self._groups: dict[int, list[int]] = defaultdict(list)
        for station_id, group_id in members.values_list("station_id", "stationgroup_id"):
            self._groups[station_id].append(group_id)
        self._assigned = self._assignments(sessions)
        tariffs = {one.tariff_id for one in self._assigned.values()}
        self._versions: dict[int, list[TariffVersion]] = defaultdict(list)
        versions = TariffVersion.objects.filter(tariff_id__in=tariffs).select_related("tariff")
        for version in versions.order_by("-valid_from"):
            self._versions[version.tariff_id].append(version)
        self._curves = self._readings(sessions)

    def _assignments(self, sessions: Sequence[ChargingSession]) -> dict[tuple[str, int | None], TariffAssignment]:
        groups = {group_id for ids in self._groups.values() for group_id in ids}
        meant = (
            Q(contract_id__in={session.contract_id for session in sessions} - {None})
            | Q(port_id__in={port.pk for port in self._ports.values()})
            | Q(group_id__in=groups)
            | Q(contract=None, port=None, group=None)
        )
        here = {session.organisation_id for session in sessions}
        found: dict[tuple[str, int | None], TariffAssignment] = {}
        for one in TariffAssignment.objects.filter(meant, organisation_id__in=here):
            kind = "contract" if one.contract_id else "port" if one.port_id else "group" if one.group_id else "all"
            found[kind, one.contract_id or one.port_id or one.group_id or one.organisation_id] = one
        return found

    def _readings(self, sessions: Sequence[ChargingSession]) -> dict[int, list[Reading]]:
        bases = {
            session.pk: session.meter_base_wh
            for session in sessions
            if (version := self.version_of(session)) and version.prices.needs_readings
        }
        curves: dict[int, list[Reading]] = defaultdict(list)
        if not bases:
            return curves
        values = MeterValue.objects.filter(session_id__in=bases, energy_wh__isnull=False).order_by("sampled_at")
        for value in values.only("session_id", "sampled_at", "energy_wh"):
            if value.session_id is not None and value.energy_wh is not None:
                since_start_wh = value.energy_wh - (bases[value.session_id] or 0)
                curves[value.session_id].append((value.sampled_at, since_start_wh))
        return curves

    def version_of(self, session: ChargingSession) -> TariffVersion | None:
        """The version that was reckoned with before, else the one that held when the session began."""
        known = self.known.get(session.pk)
        if known is not None and known.version is not None:
            return known.version
        assigned = self._assignment_of(session)
        versions = self._versions[assigned.tariff_id] if assigned else []
        return next((version for version in versions if version.valid_from <= session.began_at), None)

    def _assignment_of(self, session: ChargingSession) -> TariffAssignment | None:
        port = self._ports.get((session.station_id, session.port_number))
        wanted: list[tuple[str, int | None]] = [("contract", session.contract_id), ("port", port.pk if port else None)]
        wanted += [("group", group_id) for group_id in self._groups[session.station_id]]
        wanted.append(("all", session.organisation_id))
        return next((self._assigned[key] for key in wanted if key in self._assigned), None)

    def of(self, session: ChargingSession) -> Estimate:
        version = self.version_of(session)
        unbilled = self._unbilled(session)
        if version is None or unbilled == Unbilled.CALIBRATION:
            return Estimate(version, None, unbilled or Unbilled.NO_TARIFF)
        end = max(session.finished_at or self._now, session.began_at)
        readings = self._curves.get(session.pk, ())
        use = Use(session.began_at, end, session.energy_wh, session.station.time_zone, readings)
        return Estimate(version, cost_of(use, version.prices), unbilled)

    def _unbilled(self, session: ChargingSession) -> Unbilled | None:
        """Why a session is not billed, whatever its tariff: one home for the rule. What goodwill gives away is
        reckoned all the same, for its review.
        """
        if session.method == StartMethod.GOODWILL:
            return Unbilled.GOODWILL
        port = self._ports.get((session.station_id, session.port_number))
        if port is None or port.calibration_law == CalibrationLaw.NONE:
            return Unbilled.CALIBRATION
        return None

    def cost_row(self, session: ChargingSession) -> SessionCost:
        found = self.of(session)
        row = SessionCost(organisation_id=session.organisation_id, session=session, reckoned_at=self._now)
        row.unbilled = found.unbilled or ""
        row.version = found.version
        if found.version and found.cost:
            row.tariff_name, row.currency = found.version.tariff.name, found.version.tariff.currency
            row.total, row.vat, row.vat_percent = found.cost.total, found.cost.vat, found.cost.vat_percent
            row.lines = [vars(line) for line in found.cost.lines]
        return row
