"""The configuration that stations report (GetConfiguration, OCPP 1.6 §5.8)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chargeports.choices import MeterKeySource, PortField
from chargeports.configuration import is_secret
from chargeports.models import ConfigurationChange, ConfigurationValue
from chargeports.port_fields import known_rules, told_of_ports
from chargeports.services.devices import SeenMeterKey, note_meter_keys
from chargeports.services.reported import MAX_PORT_NUMBER, make_reported_ports
from common.bulk import update_rows
from common.live import announce
from common.numbers import whole_number
from common.text import fit
from stations.models import StationState

NUMBER_OF_CONNECTORS = "NumberOfConnectors"


@dataclass(frozen=True)
class ReportedKey:
    """One configuration key as the station reported it."""

    key: str
    value: str | None
    readonly: bool


def record_configuration(
    station_id: int, organisation_id: int, keys: Iterable[ReportedKey], at: datetime, command_id: int | None = None
) -> None:
    """Keep what the station reported: all its keys or some of them.

    A value that differs from the one known makes a `ConfigurationChange`, which names our command where one asked for
    it; the first reading makes none. Values of secret keys are dropped. Ports up to NumberOfConnectors are made.
    """
    reported = {fit(one.key, 120): one for one in keys}
    StationState.objects.select_for_update().filter(station_id=station_id).first()
    known = {value.key: value for value in ConfigurationValue.objects.filter(station_id=station_id)}
    fresh, changed, changes = [], [], []
    for key, one in reported.items():
        value = None if one.value is None or is_secret(key) else one.value.replace("\x00", "")
        row = known.get(key)
        if row is None:
            fresh.append(_new_row(station_id, organisation_id, key, value, one.readonly, at))
        elif (row.value, row.readonly) != (value, one.readonly):
            if row.value != value:
                changes.append(_change(row, value, at, command_id))
                row.changed_at = at
            row.value, row.readonly = value, one.readonly
            changed.append(row)
    ConfigurationValue.objects.bulk_create(fresh)
    update_rows(changed, ["value", "readonly", "changed_at"])
    ConfigurationChange.objects.bulk_create(changes)
    _make_ports(station_id, organisation_id, reported)
    _note_meter_keys(station_id, [*fresh, *changed], at)
    StationState.objects.filter(station_id=station_id).update(configuration_read_at=at)
    announce([f"station.{station_id}"])


def _new_row(
    station_id: int, organisation_id: int, key: str, value: str | None, readonly: bool, at: datetime
) -> ConfigurationValue:
    return ConfigurationValue(
        station_id=station_id,
        organisation_id=organisation_id,
        key=key,
        value=value,
        readonly=readonly,
        first_read_at=at,
        changed_at=at,
    )


def _change(row: ConfigurationValue, value: str | None, at: datetime, command_id: int | None) -> ConfigurationChange:
    return ConfigurationChange(
        station_id=row.station_id,
        organisation_id=row.organisation_id,
        key=row.key,
        before=row.value,
        after=value,
        at=at,
        command_id=command_id,
    )


def _make_ports(station_id: int, organisation_id: int, reported: dict[str, ReportedKey]) -> None:
    told = whole_number(reported[NUMBER_OF_CONNECTORS].value) if NUMBER_OF_CONNECTORS in reported else None
    if told:
        count = min(told, MAX_PORT_NUMBER)
        make_reported_ports([(station_id, organisation_id, number) for number in range(1, count + 1)])


def _note_meter_keys(station_id: int, values: list[ConfigurationValue], at: datetime) -> None:
    """The public keys of meters that are new in the configuration; an unchanged reading asks nothing."""
    rules = [rule for rule in known_rules() if rule.tells == PortField.METER_PUBLIC_KEY]
    told = told_of_ports(rules, values, range(1, MAX_PORT_NUMBER + 1))
    note_meter_keys(
        SeenMeterKey(station_id, number, said[PortField.METER_PUBLIC_KEY].value, MeterKeySource.CONFIGURATION, at)
        for number, said in told.items()
        if said
    )
