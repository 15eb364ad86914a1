"""What the demo's people entered of meters, the keys these were seen with, notes, and descriptions of settings."""

import random
from datetime import datetime, timedelta

from accounts.models import Organisation
from chargeports.models import ChargePort, ConfigurationKey, ConfigurationValue, MeterKey, Note, PortDevice
from cpms.demo.equipment import Unit
from cpms.demo.service import PERSON

_NOTES = (
    "Bollard in front of the charger is bent: drivers have to park at an angle.",
    "Driver reports that the cable is stiff in the cold. Pull it out completely before plugging in.",
    "Key of the cabinet lies with the janitor, telephone on the door.",
    "Restarted twice this week after a fault of the earth leakage; watch it.",
)
_POSITIONS = ("left", "right")


def make_hardware(chance: random.Random, organisation: Organisation, units: list[Unit], now: datetime) -> None:
    """Set-based: a few statements, however many stations."""
    ports = [(unit, port) for unit in units for port in unit.ports]
    PortDevice.objects.bulk_create([_device(chance, unit, port, now) for unit, port in ports])
    # Where a station tells the key of its meter, nobody entered another one.
    told = ConfigurationValue.objects.filter(organisation=organisation, key__startswith="MeterPublicKey")
    telling = set(told.values_list("station_id", flat=True))
    labelled = [port for unit, port in ports[::2] if unit.station.pk not in telling]
    MeterKey.objects.bulk_create([key for port in labelled for key in _keys(chance, port, now)])
    Note.objects.bulk_create([_note(chance, unit) for unit in units[::6]])
    ConfigurationKey.objects.bulk_create(_described(organisation))


def _device(chance: random.Random, unit: Unit, port: ChargePort, now: datetime) -> PortDevice:
    """Every eighth meter is due within half a year, some are over."""
    days = chance.randint(-40, 170) if chance.random() < 0.12 else chance.randint(200, 2_900)
    number = f"{10_000_000 + unit.station.pk * 10 + port.number}"
    return PortDevice(
        organisation_id=port.organisation_id,
        port=port,
        position=_POSITIONS[port.number - 1] if len(unit.ports) > 1 else "",
        metering_point_id=f"{unit.station.country}{unit.station.pk:011d}{'':0>12}{number}",
        meter_number=number,
        meter_server_id=f"1EMH00{number}",
        calibrated_until=now.date() + timedelta(days=days),
    )


def _keys(chance: random.Random, port: ChargePort, now: datetime) -> list[MeterKey]:
    """The key of today, and after an exchange the one before."""
    exchanged = now - timedelta(days=chance.randint(20, 400))
    made = [_key(chance, port, "entered", exchanged, now)]
    if chance.random() < 0.15:
        made.append(_key(chance, port, "configuration", exchanged - timedelta(days=900), exchanged))
    return made


def _key(chance: random.Random, port: ChargePort, source: str, first: datetime, last: datetime) -> MeterKey:
    return MeterKey(
        organisation_id=port.organisation_id,
        port=port,
        public_key=f"04{chance.getrandbits(512):0128x}",
        source=source,
        first_seen_at=first,
        last_seen_at=last,
    )


def _note(chance: random.Random, unit: Unit) -> Note:
    numbers = [port.number for port in unit.ports]
    return Note(
        organisation_id=unit.station.organisation_id,
        station=unit.station,
        port_numbers=numbers if chance.random() < 0.5 else numbers[:1],
        text=chance.choice(_NOTES),
        **PERSON,
    )


def _described(organisation: Organisation) -> list[ConfigurationKey]:
    """What an operator learns from the manuals of chargers."""
    rows = (
        ("Connector{port}MaxCurrent", "integer", "A", "Upper limit of the current at one connector.", "max_current_a"),
        ("DisplayLanguage", "text", "", "Language of the charger's display when nobody has chosen another.", ""),
        ("LedBrightnessNight", "integer", "%", "Brightness of the status light between 22 and 6 o'clock.", ""),
    )
    return [
        ConfigurationKey(
            organisation=organisation,
            key=key,
            form=form,
            unit=unit,
            meaning=meaning,
            port_field=tells,
            reading="number" if tells else "text",
        )
        for key, form, unit, meaning, tells in rows
    ]
