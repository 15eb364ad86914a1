"""The equipment that is measured: stations of one organisation, the first of them with a long history."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Organisation, Role, User
from accounts.services import add_member, create_organisation
from chargeports.models import ChargePort, PortState
from charging.choices import SessionState
from charging.models import ChargingSession, IdToken
from common.actor import SYSTEM
from common.rights import all_features
from ocpp_gateway import exchanges
from ocpp_gateway.choices import Direction
from ocpp_gateway.exchanges import Row
from ocpp_gateway.messages import Peer, zone_of
from stations.choices import BootStatus, LifeCycle, SecurityProfile
from stations.models import Station, StationState
from stations.services.search_index import index_stations

CITIES = ("Hamburg", "Berlin", "Bremen", "Leipzig", "Kassel", "Ulm", "Bonn", "Trier")
AT_A_TIME = 5_000


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
    for start in range(0, count, AT_A_TIME):
        numbers = range(start, min(start + AT_A_TIME, count))
        made = Station.objects.bulk_create(station(organisation, number) for number in numbers)
        read_at = timezone.now()  # known stations: at first contact there would be their configuration to read
        StationState.objects.bulk_create(
            StationState(
                station=one,
                organisation=organisation,
                boot_status=BootStatus.ACCEPTED,
                configuration_read_at=read_at,
            )
            for one in made
        )
        ports = ChargePort.objects.bulk_create(
            ChargePort(organisation=organisation, station=one, number=1) for one in made
        )
        PortState.objects.bulk_create(PortState(port=port, status="Available") for port in ports)
        index_stations([one.pk for one in made])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def station(organisation: Organisation, number: int) -> Station:
    return Station(
        organisation=organisation,
        identity=f"BENCH-{number}",
        name=f"Car park {number:06}",
        street=f"Long road {number % 997}",
        city=CITIES[number % len(CITIES)],
        serial_number=f"SN{number * 7919:09}",
        life_cycle=LifeCycle.IN_OPERATION,
        security_profile=SecurityProfile.UNSECURED,
    )


def make_history(organisation: Organisation, of: Station, messages: int, sessions: int) -> None:
    """Messages of the last hours and sessions of the last months, evenly spread."""
    now = timezone.now()
    peer = Peer(1, of.pk, organisation.pk, of.identity, zone_of(of.time_zone))
    exchanges.write(
        Row(
            peer, now - timedelta(seconds=number), Direction.IN, '[2,"1","Heartbeat",{}]', "1", "Heartbeat",
            response='[3,"1",{"currentTime":"2026-01-01T00:00:00Z"}]', answered_at=now - timedelta(seconds=number),
        )
        for number in range(messages)
    )  # fmt: skip
    ChargingSession.objects.bulk_create(
        (session(organisation, of, now - timedelta(hours=number)) for number in range(1, sessions + 1)),
        batch_size=AT_A_TIME,
    )


def session(organisation: Organisation, of: Station, began_at: Any) -> ChargingSession:
    ended_at = began_at + timedelta(minutes=40)
    return ChargingSession(
        organisation=organisation, station=of, port_number=1, state=SessionState.ENDED, id_tag="BENCH",
        started_at=began_at, start_received_at=began_at, ended_at=ended_at, stop_received_at=ended_at,
        meter_start_wh=0, meter_stop_wh=9_000, energy_wh=9_000, counted_on=ended_at.date(),
    )  # fmt: skip
