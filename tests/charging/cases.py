"""Short ways to say what a charger sends. All times count in minutes from `T0`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from charging.models import ChargingSession
from charging.services import (
    MeterReport,
    Reading,
    Sample,
    StartRequest,
    StopRequest,
    record_meter_values,
    start_sessions,
    stop_sessions,
)

T0 = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def start_request(station, minutes=0.0, *, port=1, tag="CARD1", meter=1000, received=None, **fields) -> StartRequest:
    return StartRequest(
        station_id=station.pk,
        organisation_id=station.organisation_id,
        port_number=port,
        id_tag=tag,
        meter_start_wh=meter,
        started_at=fields.pop("started_at", at(minutes)),
        received_at=at(minutes if received is None else received),
        **fields,
    )


def start(station, minutes=0.0, **fields) -> ChargingSession:
    return session(start_sessions([start_request(station, minutes, **fields)])[0].session_id)


def stop_request(
    station, transaction_id, minutes=60.0, *, tag=None, meter=6000, received=None, **fields
) -> StopRequest:
    return StopRequest(
        station_id=station.pk,
        organisation_id=station.organisation_id,
        transaction_id=transaction_id,
        id_tag=tag,
        meter_stop_wh=meter,
        ended_at=fields.pop("ended_at", at(minutes)),
        received_at=at(minutes if received is None else received),
        **fields,
    )


def stop(station, transaction_id, minutes=60.0, **fields) -> ChargingSession:
    return session(stop_sessions([stop_request(station, transaction_id, minutes, **fields)])[0].session_id)


def session(pk: int) -> ChargingSession:
    return ChargingSession.objects.get(pk=pk)


def sample(value, measurand="", **fields) -> Sample:
    number = None
    if fields.get("format") != "SignedData":
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            number = None
    return Sample(measurand=measurand, value=number, raw=str(value), **fields)


def reading(minutes, *samples) -> Reading:
    return Reading(at(minutes), samples)


def energy(minutes, value, **fields) -> Reading:
    return reading(minutes, sample(value, "Energy.Active.Import.Register", **fields))


def report(station, *readings, port=1, transaction_id=None, received=None) -> MeterReport:
    received_at = readings[-1].sampled_at if received is None and readings else at(received or 0)
    return MeterReport(station.pk, station.organisation_id, port, transaction_id, received_at, readings)


def meter(station, *readings, **fields) -> int | None:
    return record_meter_values([report(station, *readings, **fields)])[0]
