"""What is installed at a station: what people enter of it, and the trace that hardware leaves."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.services import differences, record
from common.actor import Actor
from common.identifiers import validate_iccid, validate_imsi
from common.live import announce
from common.text import fit
from stations.models import DeviceDetails, Station
from stations.services.master_data import update_station
from stations.services.traces import trace_hardware

DETAILS = ("controller", "gateway", "imei", "sim_address", "commissioned_on", "warranty_until")
MASTER_DATA = ("serial_number", "iccid", "imsi")
_FORMS = {"iccid": validate_iccid, "imsi": validate_imsi}


def change_device(actor: Actor, station: Station, values: Mapping[str, Any]) -> None:
    """Change device details (`DETAILS`) and master data (`MASTER_DATA`). Raises ValidationError by field name."""
    _check(values)
    with transaction.atomic():
        update_station(actor, station, {name: values[name] for name in MASTER_DATA if name in values})
        device = _locked(station)
        before = _values(device)
        for name in DETAILS:
            value = values.get(name, before[name])
            setattr(device, name, fit(value, 1_000) if isinstance(value, str) else value)
        device.clean_fields(exclude=["organisation", "station"])
        old, new = differences(before, _values(device))
        if new:
            device.save()
            trace_hardware([station.pk])
            record(actor, station.organisation_id, "stations.device_changed", station, before=old, after=new)
            announce([f"station.{station.pk}"])


def _locked(station: Station) -> DeviceDetails:
    found = DeviceDetails.objects.select_for_update().filter(station=station).first()
    return found or DeviceDetails(station=station, organisation_id=station.organisation_id)


def _check(values: Mapping[str, Any]) -> None:
    errors = {}
    for name, validate in _FORMS.items():
        try:
            validate(values.get(name) or "")
        except ValidationError as error:
            errors[name] = error
    if errors:
        raise ValidationError(errors)


def _values(device: DeviceDetails) -> dict[str, Any]:
    return {name: getattr(device, name) for name in DETAILS}
