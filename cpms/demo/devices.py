"""What is known of the demo's hardware: what people entered of it, and the trace it left before the portal's own."""

import random
from datetime import datetime, timedelta

from common.identifiers import with_luhn_digit
from ocpp_gateway.simulator.products import PRODUCTS
from stations import services
from stations.choices import HardwareSource
from stations.models import DeviceDetails, HardwareTrace, Station

_VERSIONS = {(product.vendor, product.model): product.firmware_versions for product in PRODUCTS}


def make_devices(chance: random.Random, stations: list[Station], now: datetime) -> None:
    DeviceDetails.objects.bulk_create(_details(chance, station, now) for station in stations)
    earlier = [trace for station in stations for trace in _firmware(chance, station, now)]
    _keep([*earlier, *_moved_sim(stations, now)])
    services.trace_hardware([station.pk for station in stations])
    entered = HardwareTrace.objects.filter(station__in=stations, source=HardwareSource.ENTERED)
    entered.update(since=now - timedelta(days=400))


def _details(chance: random.Random, station: Station, now: datetime) -> DeviceDetails:
    commissioned_on = (now - timedelta(days=chance.randint(400, 900))).date()
    modem = {"imei": with_luhn_digit("35" + _digits(chance, 12)), "sim_address": f"10.64.{chance.randint(0, 99)}.7"}
    return DeviceDetails(
        organisation_id=station.organisation_id,
        station=station,
        controller=f"{station.vendor} CC-{chance.randint(2, 4)}",
        gateway="Teltonika RUT240",
        commissioned_on=commissioned_on,
        warranty_until=commissioned_on + timedelta(days=730),
        **(modem if station.iccid else {}),
    )


def _firmware(chance: random.Random, station: Station, now: datetime) -> list[HardwareTrace]:
    """The versions up to the present one, as the charger reported them."""
    versions = _VERSIONS[(station.vendor, station.model)]
    had = versions[: versions.index(station.firmware_version) + 1]
    begin = now - timedelta(days=chance.randint(300, 380))
    return [
        _trace(station, "firmware_version", version, begin + timedelta(days=120 * number))
        for number, version in enumerate(had)
    ]


def _moved_sim(stations: list[Station], now: datetime) -> list[HardwareTrace]:
    """The SIM card of one station was in another before."""
    first, second = [station for station in stations if station.iccid][:2]
    return [
        _trace(second, "iccid", first.iccid, now - timedelta(days=390)),
        _trace(second, "iccid", second.iccid, now - timedelta(days=150)),
        _trace(first, "iccid", first.iccid, now - timedelta(days=149)),
    ]


def _trace(station: Station, field: str, value: str, since: datetime) -> HardwareTrace:
    return HardwareTrace(
        organisation_id=station.organisation_id,
        station=station,
        field=field,
        source=HardwareSource.REPORTED,
        value=value,
        since=since,
    )


def _keep(traces: list[HardwareTrace]) -> None:
    """Saved as of their own time, which a new row does not take."""
    times = [trace.since for trace in traces]
    made = HardwareTrace.objects.bulk_create(traces)
    for trace, since in zip(made, times, strict=True):
        trace.since = since
    HardwareTrace.objects.bulk_update(made, ["since"])


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))
