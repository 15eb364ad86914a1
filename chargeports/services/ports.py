"""Creating, changing and deleting charge ports by hand."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_scopes import scopes_disabled

from accounts.services import differences, record
from chargeports.choices import PortStatus
from chargeports.models import ChargePort, PortState
from chargeports.services.search_index import index_ports
from chargeports.services.shown_locks import show_locks
from common.actor import Actor
from common.errors import Refused
from common.identifiers import evse_id_key, normalise, validate_evse_id
from common.live import announce
from stations.models import Station

FIELDS = (
    "number",
    "name",
    "evse_id",
    "current_type",
    "plugs",
    "max_power_w",
    "max_voltage_v",
    "max_current_a",
    "phases",
    "calibration_law",
    "authentication_required",
    "authentication_types",
)
# What the tab Configuration shows: a change of one of these is a change of the configuration.
CONFIGURED = tuple(name for name in FIELDS if name not in ("number", "name", "current_type", "plugs"))
EVSE_ID_TAKEN = _("This EVSE ID is in use already. EVSE IDs are unique over the whole portal.")
NUMBER_TAKEN = _("The station has a charge port of this number already.")
_IN_USE = (PortStatus.CHARGING, PortStatus.SUSPENDED_EV, PortStatus.SUSPENDED_EVSE)


def create_port(actor: Actor, station: Station, values: Mapping[str, Any]) -> ChargePort:
    """Create a port of the station from `values` by field name (`FIELDS`). Raises ValidationError by field name."""
    port = ChargePort(organisation_id=station.organisation_id, station=station, configured_at=timezone.now())
    _set(port, values)
    with transaction.atomic():
        check(port)
        _save(port)
        PortState.objects.create(port=port)
        show_locks([station.pk])
        _after(actor, port, "chargeports.port_created", {}, _filled(audited(port)))
    return port


def update_port(actor: Actor, port: ChargePort, values: Mapping[str, Any]) -> ChargePort:
    """Change the fields named in `values`. Raises ValidationError by field name, and `port` then is unchanged."""
    with transaction.atomic():
        stored = ChargePort.objects.select_for_update(of=("self",)).select_related("station").get(pk=port.pk)
        before = audited(stored)
        _set(stored, values)
        check(stored)
        old, new = differences(before, audited(stored))
        if new:
            if set(new) & set(CONFIGURED):
                stored.configured_at = timezone.now()
            _save(stored)
            _after(actor, stored, "chargeports.port_changed", old, new)
    for name in (*values, "evse_id_key", "configured_at"):
        setattr(port, name, getattr(stored, name))
    return port


def delete_port(actor: Actor, port: ChargePort) -> None:
    """Delete the port; its sessions, status history and errors stay with the station.

    Raises Refused while a car charges there. A charger that reports the connector again makes the port again.
    """
    with transaction.atomic():
        if PortState.objects.filter(port=port, status__in=_IN_USE, port__station__state__online=True).exists():
            raise Refused(_("A car is charging at this port: stop the session first."))
        station_id, before = port.station_id, _filled(audited(port))
        record(actor, port.organisation_id, "chargeports.port_deleted", port, before=before)
        port.delete()
        index_ports([station_id])
        announce([f"station.{station_id}"])


def _set(port: ChargePort, values: Mapping[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"Not fields of a charge port that are entered: {', '.join(sorted(unknown))}.")
    for name, value in values.items():
        setattr(port, name, value.strip() if isinstance(value, str) else value)
    port.evse_id = normalise(port.evse_id)
    port.evse_id_key = evse_id_key(port.evse_id) or None


def check(port: ChargePort) -> None:
    """Raise ValidationError by field name where the port cannot be saved; its values are cleaned."""
    errors = field_errors(port)
    if "evse_id" not in errors and _is_evse_id_taken(port):
        errors["evse_id"] = [ValidationError(EVSE_ID_TAKEN, code="unique")]
    if "number" not in errors and _is_number_taken(port):
        errors["number"] = [ValidationError(NUMBER_TAKEN, code="unique")]
    if errors:
        raise ValidationError(errors)


def field_errors(port: ChargePort) -> dict[str, list[ValidationError]]:
    """What is wrong with the port's fields, each looked at by itself. No query."""
    errors: dict[str, list[ValidationError]] = {}
    try:
        port.clean_fields(exclude=["organisation", "station"])
    except ValidationError as error:
        errors.update(error.error_dict)
    if port.evse_id and "evse_id" not in errors:
        try:
            validate_evse_id(port.evse_id)
        except ValidationError as error:
            errors["evse_id"] = [error]
    return errors


def _is_evse_id_taken(port: ChargePort) -> bool:
    if port.evse_id_key is None:
        return False
    with scopes_disabled():
        return ChargePort.objects.filter(evse_id_key=port.evse_id_key).exclude(pk=port.pk).exists()


def _is_number_taken(port: ChargePort) -> bool:
    return ChargePort.objects.filter(station_id=port.station_id, number=port.number).exclude(pk=port.pk).exists()


def _save(port: ChargePort) -> None:
    """Save the port; somebody else may take its number or its EVSE ID at this moment."""
    try:
        with transaction.atomic():
            port.save()
    except IntegrityError as error:
        if "evse_id_key" in str(error):
            raise ValidationError({"evse_id": ValidationError(EVSE_ID_TAKEN, code="unique")}) from error
        if "port_number_unique" in str(error):
            raise ValidationError({"number": ValidationError(NUMBER_TAKEN, code="unique")}) from error
        raise


def _after(actor: Actor, port: ChargePort, action: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    record(actor, port.organisation_id, action, port, before=before, after=after)
    index_ports([port.station_id])
    announce([f"station.{port.station_id}", f"port.{port.station_id}.{port.number}"])


def audited(port: ChargePort) -> dict[str, Any]:
    """The port's entered values as an audit row keeps them."""
    return {name: getattr(port, name) for name in FIELDS}


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [])}
