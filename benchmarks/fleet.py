"""The equipment that is measured: stations of one organisation, the first of them with a long history."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from accounts.models import Organisation, Role, User
from accounts.services import add_member, create_organisation
from chargeports.choices import CommandKind, CommandState
from chargeports.models import ChargePort, Command, ConfigurationValue, EquipmentError, PortState
from charging.choices import SessionState
from charging.models import ChargingSession, IdToken
from charging.partitions import METER_VALUES
from charging.services.recount import recount
from common.actor import SYSTEM
from common.bulk import copy_new
from common.partitions import ensure
from common.rights import all_features
from ocpp_gateway.models import Connection
from ocpp_gateway.partitions import MESSAGE_LOG
from ocpp_gateway.uptime import reckon_days
from stations.choices import BootStatus, LifeCycle, OperatingKind, PackageKind, SecurityProfile
from stations.models import ServicePackage, Station, StationAccess, StationGroup, StationState
from stations.services.search_index import search_entries

VENDORS = ("Nordwatt", "Ampere & Sons", "Volta")
CITIES = ("Hamburg", "Berlin", "Bremen", "Leipzig", "Kassel", "Ulm", "Bonn", "Trier")
AT_A_TIME = 10_000


def make_organisation(tag: str) -> tuple[Organisation, User]:
    """An organisation with an administrator, and a token that may charge everywhere at once."""
    organisation = create_organisation(SYSTEM, "Bench", "bench", features=[one.code for one in all_features()])
    person = User.objects.create_user("bench@bench.example", "never used to sign in")
    add_member(
        SYSTEM, organisation, person, list(Role.objects.filter(organisation=organisation, is_administrator=True))
    )
    IdToken.objects.create(organisation=organisation, token=tag, concurrent_sessions=True)
    return organisation, person


def make_stations(organisation: Organisation, count: int) -> None:
    """Stations `BENCH-0` … with a charge port each, searchable."""
    read_at = timezone.now()  # known stations: at first contact there would be their configuration to read
    for start in range(0, count, AT_A_TIME):
        made = copied(station(organisation, number) for number in range(start, min(start + AT_A_TIME, count)))
        copied(
            StationState(
                station=one,
                organisation=organisation,
                boot_status=BootStatus.ACCEPTED,
                configuration_read_at=read_at,
                status="Available",
            )
            for one in made
        )
        ports = copied(ChargePort(organisation=organisation, station=one, number=1) for one in made)
        copied(PortState(port=port, status="Available") for port in ports)
        copied(entry for one in made for entry in search_entries(one))
    group = StationGroup.objects.create(organisation=organisation, name="Some")
    group.stations.set(Station.objects.filter(organisation=organisation).order_by("pk")[: count // 100])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


M = TypeVar("M", bound=Model)


def copied(objects: Iterable[M]) -> list[M]:
    made = list(objects)
    copy_new(made)
    return made


def station(organisation: Organisation, number: int) -> Station:
    return Station(
        organisation=organisation,
        identity=f"BENCH-{number}",
        name=f"Car park {number:06}",
        vendor=VENDORS[number % len(VENDORS)],
        model=f"N{number % 23}",
        street=f"Long road {number % 997}",
        city=CITIES[number % len(CITIES)],
        serial_number=f"SN{number * 7919:09}",
        latitude=Decimal(47_500 + number * 7919 % 7_300) / 1000,
        longitude=Decimal(6_000 + number * 104_729 % 9_000) / 1000,
        life_cycle=LifeCycle.IN_OPERATION,
        security_profile=SecurityProfile.UNSECURED,
    )


DAYS = 90


def make_history(organisation: Organisation, of: Station, messages: int, sessions: int) -> None:
    """Three months of one station, evenly spread: messages, connections, sessions with their meter values, commands,
    errors and settings."""
    now = timezone.now()
    for table in (MESSAGE_LOG, METER_VALUES):
        ensure(table, (now - timedelta(days=DAYS)).date(), now.date())
    with connection.cursor() as cursor:
        here: dict[str, Any] = {"organisation": organisation.pk, "station": of.pk, "now": now, "days": DAYS}
        cursor.execute(MESSAGES, {**here, "count": messages})
        charged = copied(session(organisation, of, now - DAYS_LONG * (n / sessions)) for n in range(1, sessions + 1))
        cursor.execute(METER_READINGS, {**here, "session_ids": [one.pk for one in charged[:SESSIONS_WITH_VALUES]]})
        recount([of.pk])
    times = [now - timedelta(hours=hours) for hours in range(1, DAYS * 24)]
    copied(connection_of(organisation, of, at) for at in times)
    copied(error_of(organisation, of, at) for at in times)
    copied(command_of(organisation, of, at) for at in times)
    copied(setting_of(organisation, of, number, now) for number in range(100))
    reckon_days([of.pk], [(now - timedelta(days=ago)).date() for ago in range(1, DAYS)], ZoneInfo(of.time_zone))
    offer_everything(organisation, of, now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def offer_everything(organisation: Organisation, of: Station, now: datetime) -> None:
    """What some tabs are only there with: a service package, and hours of operation."""
    ServicePackage.objects.create(
        organisation=organisation, station=of, kind=PackageKind.SUPPORT, since=(now - DAYS_LONG).date()
    )
    StationAccess.objects.create(organisation=organisation, station=of, operating_kind=OperatingKind.OPENING)


DAYS_LONG = timedelta(days=DAYS)
SESSIONS_WITH_VALUES = 1_000
MESSAGES = """
    INSERT INTO ocpp_gateway_exchange (received_at, organisation_id, station_id, connection_id, direction, message_id,
        action, request, response, answered_at, mended)
    SELECT at, %(organisation)s, %(station)s, 1, 'in', number, 'Heartbeat', '[2,"1","Heartbeat",{}]',
        '[3,"1",{"currentTime":"2026-01-01T00:00:00Z"}]', at, '{}'
    FROM (SELECT number, %(now)s - make_interval(days => %(days)s) * number / %(count)s AS at
        FROM generate_series(1, %(count)s) AS number) AS message
"""
METER_READINGS = """
    INSERT INTO charging_metervalue (received_at, organisation_id, station_id, port_number, session_id, sampled_at,
        context, energy_wh, power_w, samples)
    SELECT started_at + minute * interval '1 minute', %(organisation)s, %(station)s, 1, session.id,
        started_at + minute * interval '1 minute', 'Sample.Periodic', minute * 180, 11000, '[]'
    FROM charging_chargingsession AS session, generate_series(0, 40) AS minute WHERE session.id = ANY(%(session_ids)s)
"""


def session(organisation: Organisation, of: Station, began_at: datetime) -> ChargingSession:
    ended_at = began_at + timedelta(minutes=40)
    return ChargingSession(
        organisation=organisation, station=of, port_number=1, state=SessionState.ENDED, id_tag="BENCH",
        started_at=began_at, start_received_at=began_at, ended_at=ended_at, stop_received_at=ended_at,
        meter_start_wh=0, meter_stop_wh=9_000, energy_wh=9_000
    )  # fmt: skip


def connection_of(organisation: Organisation, of: Station, at: datetime) -> Connection:
    return Connection(
        organisation=organisation, station=of, security_profile=0, subprotocol="ocpp1.6", opened_at=at,
        closed_at=at + timedelta(minutes=59), code="0001",
    )  # fmt: skip


def error_of(organisation: Organisation, of: Station, at: datetime) -> EquipmentError:
    return EquipmentError(
        organisation=organisation, station=of, port_number=1, error_code="GroundFailure", since=at, last_at=at,
        until=at + timedelta(minutes=9),
    )  # fmt: skip


def command_of(organisation: Organisation, of: Station, at: datetime) -> Command:
    return Command(
        organisation=organisation, station=of, kind=CommandKind.UNLOCK, port_number=1, state=CommandState.ACCEPTED,
        actor_kind=SYSTEM.kind, actor_label=SYSTEM.label, expires_at=at, sent_at=at, ended_at=at, outcome="Unlocked",
    )  # fmt: skip


def setting_of(organisation: Organisation, of: Station, number: int, at: datetime) -> ConfigurationValue:
    return ConfigurationValue(
        organisation=organisation, station=of, key=f"Key{number}", value="1", first_read_at=at, changed_at=at
    )
