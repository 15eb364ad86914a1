"""The demo's stations and charge ports: what was entered, without what the simulated chargers will report."""

import hashlib
import hmac
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings

from accounts.models import Organisation
from chargeports import services as chargeports
from chargeports.models import ChargePort, PortState
from common import identifiers
from cpms.demo.places import CITIES, OTHER_CITIES, Place, place
from ocpp_gateway import credentials
from ocpp_gateway.models import StationCredential
from ocpp_gateway.simulator.products import nameplate
from stations import services as stations
from stations.choices import AccessType, LifeCycle, SecurityProfile
from stations.models import Contact, Station, StationGroup, StationState

DEMO_STATIONS = 160
OTHER_STATIONS = 40
# (current, power of one port in W, ports, share of the fleet)
KINDS = (
    ("AC", 22_000, 2, 45),
    ("AC", 11_000, 1, 20),
    ("DC", 150_000, 2, 20),
    ("DC", 50_000, 1, 10),
    ("DC", 300_000, 2, 5),
)


@dataclass(frozen=True)
class Unit:
    """A station with its ports, and what the simulator needs to know to play it."""

    station: Station
    ports: list[ChargePort]
    current_type: str
    power_w: int


def secret_of(identity: str) -> str:
    """The demo password of a station: always the same, so that the demo fleet finds in after a restart."""
    return hmac.new(settings.SECRET_KEY.encode(), f"demo {identity}".encode(), hashlib.sha256).hexdigest()[:32]


def make_equipment(chance: random.Random, organisation: Organisation, contacts: list[Contact]) -> list[Unit]:
    """Stations with ports, groups, credentials and search entries."""
    is_demo = organisation.slug == "demo"
    cities, count = (CITIES, DEMO_STATIONS) if is_demo else (OTHER_CITIES, OTHER_STATIONS)
    places = [place(chance, cities[number % len(cities)]) for number in range(count)]
    units = [_unit(chance, organisation, contacts, where, number) for number, where in enumerate(places)]
    Station.objects.bulk_create([unit.station for unit in units])
    StationState.objects.bulk_create([StationState(station=u.station, organisation=organisation) for u in units])
    ports = ChargePort.objects.bulk_create([port for unit in units for port in unit.ports])
    PortState.objects.bulk_create([PortState(port=port) for port in ports])
    _credentials(units)
    _groups(organisation, units)
    ids = [unit.station.pk for unit in units]
    stations.index_stations(ids)
    chargeports.index_ports(ids)
    return units


def _unit(
    chance: random.Random, organisation: Organisation, contacts: list[Contact], where: Place, number: int
) -> Unit:
    current, power_w, count, _ = chance.choices(KINDS, weights=[kind[3] for kind in KINDS])[0]
    identity = f"{where.city.code}-{number + 1:04d}"
    plate = nameplate(identity, current, power_w)
    owner, operator, partner, person = contacts
    station = Station(
        organisation=organisation,
        identity=identity,
        name=f"{where.site} {where.street}",
        life_cycle=_life_cycle(number),
        security_profile=SecurityProfile.BASIC,
        vendor=plate.product.vendor,
        model=plate.product.model,
        serial_number=plate.serial_number,
        firmware_version=plate.firmware_version,
        iccid=plate.iccid or "",
        imsi=plate.imsi or "",
        street=where.street,
        postal_code=where.city.postal_code,
        city=where.city.name,
        country=where.city.country,
        latitude=where.latitude,
        longitude=where.longitude,
        time_zone="Europe/Vienna" if where.city.country == "AT" else "Europe/Berlin",
        access_type=AccessType.RESTRICTED if where.site in ("Depot", "Office") else AccessType.PUBLIC,
        owner=owner,
        operator=operator,
        service_partner=partner,
        contact_person=person,
    )
    return Unit(
        station, _ports(organisation, station, current, plate.product.max_power_w, count, number), current, power_w
    )


def _life_cycle(number: int) -> str:
    return {11: LifeCycle.PLANNED, 23: LifeCycle.OUT_OF_OPERATION, 37: LifeCycle.DECOMMISSIONED}.get(
        number % 50, LifeCycle.IN_OPERATION
    )


def _ports(
    organisation: Organisation, station: Station, current: str, power_w: int, count: int, number: int
) -> list[ChargePort]:
    country, operator = ("DE", "DCH") if organisation.slug == "demo" else ("AT", "OTH")
    ports = []
    for port_number in range(1, count + 1):
        evse_id = f"{country}*{operator}*E{number + 1:04d}*{port_number}"
        ports.append(
            ChargePort(
                organisation=organisation,
                station=station,
                number=port_number,
                name="Left" if port_number == 1 and count > 1 else "Right" if count > 1 else "",
                evse_id=evse_id,
                evse_id_key=identifiers.evse_id_key(evse_id),
                current_type=current,
                plugs=["IEC_62196_T2_COMBO"] if current == "DC" else ["IEC_62196_T2"],
                max_power_w=power_w,
                max_voltage_v=920 if current == "DC" else 400,
                max_current_a=round(power_w / 400) if current == "DC" else round(power_w / 690),
                phases=None if current == "DC" else 1 if power_w < 8_000 else 3,
                # Most measure in conformity; at one site nobody has dealt with it yet.
                calibration_law="none" if number % 40 == 9 else "external",
                authentication_required=number % 40 != 12,
                authentication_types=["rfid", "remote", "terminal"] if current == "DC" else ["rfid", "remote"],
                configured_at=datetime.now(UTC) - timedelta(days=200 - number),
            )
        )
    return ports


def _credentials(units: list[Unit]) -> None:
    StationCredential.objects.bulk_create(
        StationCredential(station=unit.station, digest=credentials.digest_of(secret_of(unit.station.identity).encode()))
        for unit in units
    )


def _groups(organisation: Organisation, units: list[Unit]) -> None:
    names = [*sorted({unit.station.city for unit in units}), "Fast charging"]
    groups = {
        g.name: g
        for g in StationGroup.objects.bulk_create(StationGroup(organisation=organisation, name=n) for n in names)
    }
    through = Station.groups.through
    links = [(unit.station.pk, groups[unit.station.city].pk) for unit in units]
    links += [(unit.station.pk, groups["Fast charging"].pk) for unit in units if unit.power_w >= 100_000]
    through.objects.bulk_create(through(station_id=station, stationgroup_id=group) for station, group in links)
