"""The trace that hardware leaves: which serial numbers, SIM cards and firmware a station had, and since when."""

from collections.abc import Collection, Iterator
from typing import Any

from stations.choices import HardwareSource
from stations.models import DeviceDetails, HardwareTrace, Station, StationReport

_ENTERED = ("serial_number", "firmware_version", "iccid", "imsi")
_REPORTED = (*_ENTERED, "box_serial_number", "meter_serial_number")


def trace_hardware(station_ids: Collection[int]) -> None:
    """Note what the stations' hardware is now, where it is not what was noted last. Four queries and a write, however
    many stations; call it where master data, device details or reports changed."""
    if not station_ids:
        return
    newest = HardwareTrace._base_manager.filter(station__in=station_ids).order_by(
        "station_id", "field", "source", "-id"
    )
    rows = newest.distinct("station_id", "field", "source").values_list("station_id", "field", "source", "value")
    known = {(station, field, source): value for station, field, source, value in rows}
    HardwareTrace._base_manager.bulk_create(
        HardwareTrace(organisation_id=organisation, station_id=station, field=field, source=source, value=value)
        for organisation, station, field, source, value in _now(station_ids)
        if known.get((station, field, source), "") != value and value
    )


def _now(station_ids: Collection[int]) -> Iterator[tuple[int, int, str, str, str]]:
    """Organisation, station, field, source and value of whatever identifies hardware."""
    reports = StationReport.objects.in_bulk(station_ids)
    devices = DeviceDetails._base_manager.in_bulk(station_ids)
    for station in Station._base_manager.filter(pk__in=station_ids).order_by("pk"):
        for source, fields, holder in (
            (HardwareSource.ENTERED, _ENTERED, station),
            (HardwareSource.ENTERED, ("imei",), devices.get(station.pk)),
            (HardwareSource.REPORTED, _REPORTED, reports.get(station.pk)),
        ):
            for field in fields if holder else ():
                yield station.organisation_id, station.pk, field, source.value, _text(holder, field)


def _text(holder: Any, field: str) -> str:
    return str(getattr(holder, field))
