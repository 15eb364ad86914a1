"""Six months of what happened at the demo's stations: sessions with curves, errors, connections, messages."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import Organisation
from chargeports.models import ChargePort, EquipmentError
from charging.models import ChargingSession, IdToken
from charging.partitions import METER_VALUES
from common import partitions
from common.bulk import copy_rows
from cpms.demo.equipment import Unit
from ocpp_gateway.models import Connection
from ocpp_gateway.partitions import MESSAGE_LOG
from ocpp_gateway.uptime import reckon_days

DAYS = 182
CURVE_DAYS = 14
CONNECTION_DAYS = 90
MESSAGE_HOURS = 30
SAMPLE_EVERY = timedelta(minutes=5)
# Sessions on a day and port, by the kind of place: depots charge at night, fast chargers all day.
SESSIONS_A_DAY = {"AC": 0.9, "DC": 2.2}
HOUR_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 8, 10, 9, 8, 8, 9, 8, 7, 8, 9, 11, 11, 9, 7, 5, 4, 3)
STOP_REASONS = ("EVDisconnected", "Local", "Local", "Remote", "Other")
ERRORS = (
    ("GroundFailure", "E-101", "Residual current detected", "outage"),
    ("ConnectorLockFailure", "E-230", "Lock motor blocked", "outage"),
    ("PowerMeterFailure", "M-07", "Meter does not answer", "outage"),
    ("HighTemperature", "T-85", "Power electronics at 85 °C", "warning"),
    ("WeakSignal", "", "Mobile signal below -110 dBm", "warning"),
    ("OtherError", "V-999", "Door contact open", "warning"),
)
# Code, side, reason, how often.
CLOSINGS = (
    ("1006", "station", "", 50),
    ("1000", "station", "", 20),
    ("1001", "station", "", 12),
    ("0001", "broker", "", 8),
    ("1011", "broker", "", 4),
    ("1002", "station", "", 3),
    ("1009", "station", "", 1),
    ("0000", "unknown", "", 2),
)

SESSION_COLUMNS = (
    "id",
    "organisation_id",
    "station_id",
    "port_number",
    "state",
    "id_tag",
    "token_id",
    "contract_id",
    "authorization",
    "started_at",
    "ended_at",
    "start_received_at",
    "stop_received_at",
    "meter_start_wh",
    "meter_stop_wh",
    "energy_wh",
    "stop_reason",
    "stop_id_tag",
    "flags",
    "meter_base_wh",
    "counted_on",
    "counted_hour",
)
CURVE_COLUMNS = (
    "received_at",
    "organisation_id",
    "station_id",
    "port_number",
    "session_id",
    "sampled_at",
    "context",
    "energy_wh",
    "power_w",
    "current_a",
    "voltage_v",
    "soc_percent",
    "samples",
)
MESSAGE_COLUMNS = (
    "received_at",
    "organisation_id",
    "station_id",
    "direction",
    "message_id",
    "action",
    "port_number",
    "session_id",
    "request",
    "response",
    "answered_at",
    "mended",
)


@dataclass
class Visit:
    """One charging session as it will be written, with the power at which it charged."""

    unit: Unit
    port: ChargePort
    token: IdToken
    start: datetime
    end: datetime
    meter_start_wh: int
    energy_wh: int
    reason: str
    id: int = 0

    @property
    def curve(self) -> Iterator[tuple[datetime, int, int, int]]:
        """(time, energy register in Wh, power in W, state of charge in %), every five minutes."""
        total_s = (self.end - self.start).total_seconds()
        steps = max(2, int(total_s // SAMPLE_EVERY.total_seconds()) + 1)
        average_w = self.energy_wh * 3600 / total_s
        first_soc = 20 + self.id % 30
        for step in range(steps):
            share = step / (steps - 1)
            shape = 1.35 - 0.7 * share if self.unit.current_type == "DC" else 1.0
            reached = (1.35 * share - 0.35 * share**2) if self.unit.current_type == "DC" else share
            energy_wh = self.meter_start_wh + round(self.energy_wh * min(reached, 1.0))
            soc = min(100, first_soc + round(60 * reached))
            yield self.start + timedelta(seconds=total_s * share), energy_wh, round(average_w * shape), soc


def make_history(chance: random.Random, units: list[Unit], tokens: list[IdToken], now: datetime) -> None:
    """Write everything for these units, which belong to one organisation. Set-based: a few COPY statements."""
    working = [unit for unit in units if unit.station.life_cycle != "planned"]
    visits = [visit for unit in working for port in unit.ports for visit in _visits(chance, unit, port, tokens, now)]
    _number(visits)
    _write_sessions(visits)
    partitions.ensure(METER_VALUES, (now - timedelta(days=CURVE_DAYS)).date(), now.date())
    _write_curves([visit for visit in visits if visit.start > now - timedelta(days=CURVE_DAYS)])
    partitions.ensure(MESSAGE_LOG, (now - timedelta(hours=MESSAGE_HOURS + 24)).date(), now.date())
    _write_messages([visit for visit in visits if visit.start > now - timedelta(hours=MESSAGE_HOURS)])
    EquipmentError.objects.bulk_create(
        [error for unit in working for error in _errors(chance, unit, now, least=4 if unit is working[0] else 0)]
    )
    Connection.objects.bulk_create([row for unit in working for row in _connections(chance, unit, now)])
    with connection.cursor() as cursor:  # or what reads all of it next would be planned as for empty tables
        cursor.execute("ANALYZE charging_chargingsession, ocpp_gateway_connection, chargeports_equipmenterror")


def _visits(
    chance: random.Random, unit: Unit, port: ChargePort, tokens: list[IdToken], now: datetime
) -> Iterator[Visit]:
    """The port's sessions one after the other, never two at once, the meter running on."""
    meter_wh = chance.randint(50_000, 900_000)
    free_from = now - timedelta(days=DAYS)
    popularity = SESSIONS_A_DAY[unit.current_type] * chance.uniform(0.4, 1.6)
    for day in range(DAYS):
        date = (now - timedelta(days=DAYS - day)).date()
        weekend = 0.7 if date.weekday() >= 5 else 1.1
        for _ in range(round(chance.expovariate(1 / (popularity * weekend)))):
            start = _moment(chance, date)
            visit = _visit(chance, unit, port, chance.choice(tokens), start, meter_wh)
            if start < free_from or visit.end > now - timedelta(minutes=20):
                continue
            meter_wh += visit.energy_wh
            free_from = visit.end + timedelta(minutes=3)
            yield visit


def _moment(chance: random.Random, date: Any) -> datetime:
    hour = chance.choices(range(24), weights=HOUR_WEIGHTS)[0]
    return datetime(date.year, date.month, date.day, hour, chance.randint(0, 59), chance.randint(0, 59), tzinfo=UTC)


def _visit(
    chance: random.Random, unit: Unit, port: ChargePort, token: IdToken, start: datetime, meter_wh: int
) -> Visit:
    fast = unit.current_type == "DC"
    minutes = chance.lognormvariate(3.3, 0.4) if fast else chance.lognormvariate(4.9, 0.7)
    minutes = min(max(minutes, 3), 90 if fast else 720)
    power_w = unit.power_w * chance.uniform(0.3, 0.75)
    energy_wh = min(power_w * minutes / 60, chance.uniform(18_000, 75_000))
    if chance.random() < 0.03:
        energy_wh = 0
    end = start + timedelta(minutes=minutes)
    return Visit(unit, port, token, start, end, meter_wh, round(energy_wh), chance.choice(STOP_REASONS))


def write_days(organisation: Organisation) -> None:
    """Count the organisation's sessions into the days that hold them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO charging_sessionday"
            " (organisation_id, station_id, port_number, day, sessions, energy_wh, duration_s)"
            " SELECT organisation_id, station_id, port_number, counted_on, count(*), sum(energy_wh),"
            " sum(extract(epoch FROM ended_at - started_at))::bigint FROM charging_chargingsession"
            " WHERE organisation_id = %s AND counted_on IS NOT NULL GROUP BY 1, 2, 3, 4",
            [organisation.pk],
        )
        cursor.execute(
            "INSERT INTO charging_sessionslot (organisation_id, station_id, month, weekday, hour, sessions)"
            " SELECT organisation_id, station_id, date_trunc('month', counted_on)::date,"
            " extract(isodow FROM counted_on)::int, counted_hour, count(*) FROM charging_chargingsession"
            " WHERE organisation_id = %s AND counted_on IS NOT NULL GROUP BY 1, 2, 3, 4, 5",
            [organisation.pk],
        )


def write_availability(units: list[Unit], now: datetime) -> None:
    """How long the stations could be used, on the days of which their connections are known."""
    by_zone: dict[str, list[int]] = {}
    for unit in units:
        if unit.station.life_cycle == "in_operation":
            by_zone.setdefault(unit.station.time_zone, []).append(unit.station.pk)
    for name, ids in by_zone.items():
        zone = ZoneInfo(name)
        today = now.astimezone(zone).date()
        reckon_days(ids, [today - timedelta(days=ago) for ago in range(CONNECTION_DAYS, 0, -1)], zone)


def _number(visits: list[Visit]) -> None:
    """Give each session its id from the table's own sequence, in order of time."""
    if not visits:
        return
    visits.sort(key=lambda visit: visit.start)
    table = ChargingSession._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, len(visits)]
        )
        for visit, (number,) in zip(visits, cursor.fetchall(), strict=True):
            visit.id = number


def _write_sessions(visits: list[Visit]) -> None:
    copy_rows(ChargingSession._meta.db_table, SESSION_COLUMNS, (_session_row(visit) for visit in visits))


def _session_row(visit: Visit) -> tuple[Any, ...]:
    station, token = visit.unit.station, visit.token
    there = visit.start.astimezone(ZoneInfo(station.time_zone))
    return (
        visit.id,
        station.organisation_id,
        station.pk,
        visit.port.number,
        "ended",
        token.token,
        token.pk,
        token.contract_id,
        "Accepted",
        visit.start,
        visit.end,
        visit.start,
        visit.end,
        visit.meter_start_wh,
        visit.meter_start_wh + visit.energy_wh,
        visit.energy_wh,
        visit.reason,
        token.token if visit.reason == "Local" else "",
        [],
        visit.meter_start_wh,
        there.date(),
        there.hour,
    )


def _write_curves(visits: list[Visit]) -> None:
    copy_rows("charging_metervalue", CURVE_COLUMNS, (row for visit in visits for row in _curve_rows(visit)))


def _curve_rows(visit: Visit) -> Iterator[tuple[Any, ...]]:
    fast = visit.unit.current_type == "DC"
    voltage_v = 400 if fast else 230
    station = visit.unit.station
    for at, energy_wh, power_w, soc in visit.curve:
        current_a = round(power_w / (400 if fast else 690), 2)
        samples = [
            {"measurand": "Energy.Active.Import.Register", "value": str(energy_wh), "unit": "Wh"},
            {"measurand": "Power.Active.Import", "value": str(power_w), "unit": "W"},
        ]
        yield (
            at,
            station.organisation_id,
            station.pk,
            visit.port.number,
            visit.id,
            at,
            "Sample.Periodic",
            energy_wh,
            power_w,
            current_a,
            voltage_v,
            soc if fast else None,
            json.dumps(samples),
        )


def _write_messages(visits: list[Visit]) -> None:
    copy_rows("ocpp_gateway_exchange", MESSAGE_COLUMNS, (row for visit in visits for row in _message_rows(visit)))


def _message_rows(visit: Visit) -> Iterator[tuple[Any, ...]]:
    tag, port = visit.token.token, visit.port.number
    accepted = {"idTagInfo": {"status": "Accepted"}}
    yield _message(visit, visit.start - timedelta(seconds=25), "StatusNotification", _status(visit, "Preparing"), {})
    yield _message(visit, visit.start - timedelta(seconds=8), "Authorize", {"idTag": tag}, accepted)
    begin = {"connectorId": port, "idTag": tag, "meterStart": visit.meter_start_wh, "timestamp": _z(visit.start)}
    yield _message(visit, visit.start, "StartTransaction", begin, {"transactionId": visit.id, **accepted})
    yield _message(visit, visit.start + timedelta(seconds=2), "StatusNotification", _status(visit, "Charging"), {})
    for at, energy_wh, power_w, _ in list(visit.curve)[1:-1:3]:
        yield _message(visit, at, "MeterValues", _meter_values(visit, at, energy_wh, power_w), {})
    end = {
        "transactionId": visit.id,
        "meterStop": visit.meter_start_wh + visit.energy_wh,
        "timestamp": _z(visit.end),
        "reason": visit.reason,
    }
    yield _message(visit, visit.end, "StopTransaction", end, {})
    yield _message(visit, visit.end + timedelta(seconds=40), "StatusNotification", _status(visit, "Available"), {})


def _status(visit: Visit, status: str) -> dict[str, Any]:
    return {"connectorId": visit.port.number, "errorCode": "NoError", "status": status}


def _meter_values(visit: Visit, at: datetime, energy_wh: int, power_w: int) -> dict[str, Any]:
    samples = [
        {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": str(power_w), "measurand": "Power.Active.Import", "unit": "W"},
    ]
    value = {"timestamp": _z(at), "sampledValue": samples}
    return {"connectorId": visit.port.number, "transactionId": visit.id, "meterValue": [value]}


def _message(
    visit: Visit, at: datetime, action: str, request: dict[str, Any], response: dict[str, Any]
) -> tuple[Any, ...]:
    station = visit.unit.station
    message_id = f"{visit.id}-{int(at.timestamp())}"
    return (
        at,
        station.organisation_id,
        station.pk,
        "in",
        message_id,
        action,
        visit.port.number,
        visit.id,
        json.dumps([2, message_id, action, request], separators=(",", ":")),
        json.dumps([3, message_id, response], separators=(",", ":")),
        at + timedelta(milliseconds=12),
        [],
    )


def _z(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _errors(chance: random.Random, unit: Unit, now: datetime, least: int) -> Iterator[EquipmentError]:
    for _ in range(max(least, chance.choice((0, 1, 1, 2, 4, 7)))):
        code, vendor_code, info, severity = chance.choice(ERRORS)
        since = now - timedelta(days=chance.uniform(0.1, DAYS))
        lasted = timedelta(minutes=chance.lognormvariate(4, 1.2))
        yield EquipmentError(
            organisation_id=unit.station.organisation_id,
            station=unit.station,
            port_number=chance.choice(unit.ports).number,
            error_code=code,
            vendor_error_code=vendor_code,
            info=info,
            severity=severity,
            since=since,
            until=min(since + lasted, now - timedelta(minutes=30)),
            last_at=since,
            occurrences=chance.choice((1, 1, 1, 2, 5)),
        )


def _connections(chance: random.Random, unit: Unit, now: datetime) -> Iterator[Connection]:
    opened = now - timedelta(days=CONNECTION_DAYS)
    last = now - timedelta(hours=2)
    address = f"100.64.{chance.randint(0, 255)}.{chance.randint(1, 254)}"
    while opened < last:
        closed = min(opened + timedelta(hours=chance.lognormvariate(5.3, 1.0)), last)
        code, side, reason, _ = chance.choices(CLOSINGS, weights=[closing[3] for closing in CLOSINGS])[0]
        yield Connection(
            organisation_id=unit.station.organisation_id,
            station=unit.station,
            address=address,
            node_host="gateway-1",
            subprotocol="ocpp1.6",
            security_profile=unit.station.security_profile,
            opened_at=opened,
            closed_at=closed,
            code=code,
            side=side,
            reason=reason,
            messages_in=int((closed - opened).total_seconds() // 300),
        )
        opened = closed + timedelta(minutes=chance.lognormvariate(1.2, 1.1))
