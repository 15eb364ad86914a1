"""The hardware behind charge ports: what people enter of it, and the public keys that its meters were seen with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.services import differences, record
from chargeports.choices import MeterKeySource
from chargeports.models import ChargePort, MeterKey, PortDevice
from common.actor import Actor
from common.identifiers import normalise, validate_public_key
from common.live import announce
from common.text import fit

DETAILS = ("position", "metering_point_id", "meter_number", "meter_server_id", "calibrated_until")
PUBLIC_KEY = "meter_public_key"
_UPPER = ("metering_point_id", "meter_server_id")
_KEY_LENGTH = 2_000


@dataclass(frozen=True)
class SeenMeterKey:
    """A public key that a meter was seen with, at port `port_number` of a station of whatever organisation."""

    station_id: int
    port_number: int
    public_key: str
    source: MeterKeySource
    at: datetime


def device_of(port: ChargePort) -> PortDevice:
    """What was entered, or an empty one. One query."""
    found = PortDevice.objects.filter(port=port).first()
    return found or PortDevice(port=port, organisation_id=port.organisation_id)


def change_port_device(actor: Actor, port: ChargePort, values: Mapping[str, Any]) -> None:
    """Change what is entered (`DETAILS`, and `meter_public_key`). Raises ValidationError by field name."""
    key = "".join(str(values.get(PUBLIC_KEY) or "").split())
    with transaction.atomic():
        ChargePort.objects.select_for_update(of=("self",)).get(pk=port.pk)
        device = device_of(port)
        before = _values(device)
        for name in DETAILS:
            if name in values:
                setattr(device, name, _clean(name, values[name]))
        _check(device, key)
        old, new = differences(before, _values(device))
        if key and key != entered_key(port):
            old[PUBLIC_KEY], new[PUBLIC_KEY] = entered_key(port), key
            note_meter_keys([SeenMeterKey(port.station_id, port.number, key, MeterKeySource.ENTERED, timezone.now())])
        if new:
            device.save()
            record(actor, port.organisation_id, "chargeports.device_changed", port, before=old, after=new)
            announce([f"station.{port.station_id}", f"port.{port.station_id}.{port.number}"])


def entered_key(port: ChargePort) -> str:
    newest = MeterKey.objects.filter(port=port, source=MeterKeySource.ENTERED).first()
    return newest.public_key if newest else ""


def note_meter_keys(seen: Iterable[SeenMeterKey]) -> None:
    """Keep the public keys that meters were seen with: two queries, however many, also of several organisations. A key
    seen before only has its time moved on. What has no form of a public key is left out.
    """
    wanted = {_place(one): one for one in seen if is_public_key(one.public_key)}
    if not wanted:
        return
    ports = ChargePort._base_manager.filter(station_id__in={place[0] for place in wanted})
    found = {(port.station_id, port.number): port for port in ports}
    MeterKey._base_manager.bulk_create(
        [
            MeterKey(
                organisation_id=found[place[:2]].organisation_id,
                port=found[place[:2]],
                public_key=one.public_key,
                source=one.source,
                first_seen_at=one.at,
                last_seen_at=one.at,
            )
            for place, one in sorted(wanted.items())
            if place[:2] in found
        ],
        update_conflicts=True,
        unique_fields=["port", "public_key", "source"],
        update_fields=["last_seen_at"],
    )


def is_public_key(text: str) -> bool:
    try:
        validate_public_key(text)
    except ValidationError:
        return False
    return 0 < len(text) <= _KEY_LENGTH


def _place(one: SeenMeterKey) -> tuple[int, int, str, str]:
    return one.station_id, one.port_number, one.public_key, one.source


def _clean(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return normalise(value) if name in _UPPER else fit(value, 1_000)


def _check(device: PortDevice, key: str) -> None:
    errors: dict[str, Any] = {}
    try:
        device.clean_fields(exclude=["organisation", "port"])
    except ValidationError as error:
        errors.update(error.error_dict)
    try:
        validate_public_key(key)
    except ValidationError as error:
        errors[PUBLIC_KEY] = error
    if errors:
        raise ValidationError(errors)


def _values(device: PortDevice) -> dict[str, Any]:
    return {name: getattr(device, name) for name in DETAILS}
