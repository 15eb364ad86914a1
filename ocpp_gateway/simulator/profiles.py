"""Smart charging inside the charger: the installed profiles and the limit that follows from them (OCPP 1.6 §3.13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from ocpp.v16.enums import ChargingProfileKindType, ChargingProfilePurposeType, ChargingRateUnitType, RecurrencyKind

from ocpp_gateway.simulator import timestamps
from ocpp_gateway.simulator.connector import PHASE_VOLTAGE_V, UNLIMITED_W, Connector

CYCLES = {RecurrencyKind.daily: timedelta(days=1), RecurrencyKind.weekly: timedelta(weeks=1)}


@dataclass(frozen=True)
class Period:
    start_s: int
    limit: float
    phases: int | None


@dataclass(frozen=True)
class Profile:
    """One installed charging profile; `limit`s are in `unit`, amperes counting per phase."""

    connector_id: int
    profile_id: int
    stack_level: int
    purpose: str
    kind: str
    recurrency: str | None
    transaction_id: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    start: datetime | None
    duration_s: int | None
    unit: str
    periods: tuple[Period, ...]

    @classmethod
    def read(cls, connector_id: int, payload: dict[str, Any]) -> Self:
        """Build one from the `csChargingProfiles` of a message, its names in snake_case. Raises ValueError."""
        schedule = payload["charging_schedule"]
        return cls(
            connector_id=connector_id,
            profile_id=payload["charging_profile_id"],
            stack_level=payload["stack_level"],
            purpose=payload["charging_profile_purpose"],
            kind=payload["charging_profile_kind"],
            recurrency=payload.get("recurrency_kind"),
            transaction_id=payload.get("transaction_id"),
            valid_from=_moment(payload.get("valid_from")),
            valid_to=_moment(payload.get("valid_to")),
            start=_moment(schedule.get("start_schedule")),
            duration_s=schedule.get("duration"),
            unit=schedule["charging_rate_unit"],
            periods=tuple(
                Period(period["start_period"], float(period["limit"]), period.get("number_phases"))
                for period in schedule["charging_schedule_period"]
            ),
        )

    def limit_w(self, moment: datetime, started: datetime, phases: int) -> float | None:
        """The limit at a moment for a session that began at `started`; None while the profile says nothing."""
        if (self.valid_from and moment < self.valid_from) or (self.valid_to and moment >= self.valid_to):
            return None
        elapsed_s = (moment - self._origin(moment, started)).total_seconds()
        if elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        current = [period for period in self.periods if period.start_s <= elapsed_s]
        return self._watts(current[-1], phases) if current else None

    def changes(self, moment: datetime, started: datetime, window: timedelta) -> Iterator[datetime]:
        """The moments at which the limit may change between `moment` and the end of the window."""
        yield from (edge for edge in (self.valid_from, self.valid_to) if edge)
        offsets_s = [period.start_s for period in self.periods] + ([self.duration_s] if self.duration_s else [])
        origin = self._origin(moment, started)
        while origin <= moment + window:
            yield from (origin + timedelta(seconds=offset_s) for offset_s in offsets_s)
            if self.recurrency is None:
                return
            origin += CYCLES[RecurrencyKind(self.recurrency)]

    def _origin(self, moment: datetime, started: datetime) -> datetime:
        """When the schedule (or its current round) began."""
        if self.kind == ChargingProfileKindType.relative or self.start is None:
            return started
        if self.kind == ChargingProfileKindType.recurring and self.recurrency:
            cycle = CYCLES[RecurrencyKind(self.recurrency)]
            return self.start + (moment - self.start) // cycle * cycle
        return self.start

    def _watts(self, period: Period, phases: int) -> float:
        if self.unit == ChargingRateUnitType.watts:
            return period.limit
        return period.limit * PHASE_VOLTAGE_V * min(phases, period.phases or 3)


class ChargingProfiles:
    """All profiles of one charger."""

    def __init__(self, max_stack_level: int, max_periods: int, max_installed: int) -> None:
        self._installed: list[Profile] = []
        self._max_stack_level = max_stack_level
        self._max_periods = max_periods
        self._max_installed = max_installed

    def install(self, profile: Profile, connector: Connector) -> bool:
        """Install a profile in the place of the one it supersedes; False when it may not be."""
        remaining = [other for other in self._installed if not _supersedes(profile, other)]
        if not self._is_acceptable(profile, connector) or len(remaining) >= self._max_installed:
            return False
        self._installed = [*remaining, profile]
        return True

    def clear(self, **wanted: Any) -> bool:
        """Remove what matches all given values (None matches everything); whether there was any (OCPP 1.6 §5.5).

        An id alone decides; otherwise `connector_id`, `purpose` and `stack_level` are combined.
        """
        if wanted.get("profile_id") is not None:
            wanted = {"profile_id": wanted["profile_id"]}
        asked = {name: value for name, value in wanted.items() if value is not None}
        kept = [profile for profile in self._installed if any(getattr(profile, n) != v for n, v in asked.items())]
        was_any = len(kept) < len(self._installed)
        self._installed = kept
        return was_any

    def end_transaction(self, connector_id: int) -> None:
        """A TxProfile lives as long as its transaction."""
        self.clear(connector_id=connector_id, purpose=ChargingProfilePurposeType.tx_profile)

    def limit_w(self, connector: Connector, moment: datetime, started: datetime, sharing: int = 1) -> float:
        """The most this connector may draw in a session that began at `started`.

        The station's own limit is divided among `sharing` connectors.
        """
        purposes = ChargingProfilePurposeType
        places = (
            (connector.number, purposes.tx_profile),
            (connector.number, purposes.tx_default_profile),
            (0, purposes.tx_default_profile),
        )
        limits = (self._strongest(connector.phases_in_use, *place, moment, started) for place in places)
        own = next((limit for limit in limits if limit is not None), None)
        station = self._strongest(connector.phases_in_use, 0, purposes.charge_point_max_profile, moment, started)
        return min(UNLIMITED_W if own is None else own, UNLIMITED_W if station is None else station / max(1, sharing))

    def schedule(self, connector: Connector, moment: datetime, duration_s: int, unit: str) -> dict[str, Any]:
        """The composite schedule from `moment` on, as `chargingSchedule` of GetCompositeSchedule (§5.7)."""
        window = timedelta(seconds=duration_s)
        started = connector.transaction.started if connector.transaction else moment
        edges = {edge for profile in self._installed for edge in profile.changes(moment, started, window)}
        moments = [moment, *sorted(edge for edge in edges if moment < edge < moment + window)]
        periods: list[dict[str, Any]] = []
        for edge in moments:
            limit = self._in_unit(connector, self.limit_w(connector, edge, started), unit)
            if not periods or periods[-1]["limit"] != limit:
                periods.append({"start_period": int((edge - moment).total_seconds()), "limit": limit})
        return {
            "duration": duration_s,
            "start_schedule": timestamps.text(moment),
            "charging_rate_unit": unit,
            "charging_schedule_period": periods,
        }

    def _strongest(
        self, phases: int, connector_id: int, purpose: str, moment: datetime, started: datetime
    ) -> float | None:
        matching = [p for p in self._installed if p.connector_id == connector_id and p.purpose == purpose]
        for profile in sorted(matching, key=lambda profile: -profile.stack_level):
            limit_w = profile.limit_w(moment, started, phases)
            if limit_w is not None:
                return limit_w
        return None

    def _is_acceptable(self, profile: Profile, connector: Connector) -> bool:
        if profile.stack_level > self._max_stack_level or not 0 < len(profile.periods) <= self._max_periods:
            return False
        if profile.periods[0].start_s != 0:
            return False
        match profile.purpose:
            case ChargingProfilePurposeType.charge_point_max_profile:
                return connector.number == 0
            case ChargingProfilePurposeType.tx_profile:
                return connector.transaction is not None and profile.transaction_id in (
                    None,
                    connector.transaction.transaction_id,
                )
        return True

    @staticmethod
    def _in_unit(connector: Connector, limit_w: float, unit: str) -> float:
        limit_w = min(limit_w, connector.max_power_w)
        if unit == ChargingRateUnitType.watts:
            return round(limit_w, 1)
        return round(limit_w / (PHASE_VOLTAGE_V * connector.phases_in_use), 1)


def _supersedes(new: Profile, old: Profile) -> bool:
    same_place = (new.connector_id, new.purpose, new.stack_level) == (old.connector_id, old.purpose, old.stack_level)
    return new.profile_id == old.profile_id or same_place


def _moment(value: str | None) -> datetime | None:
    return timestamps.parse(value) if value else None
