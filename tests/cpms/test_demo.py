"""The demo as a whole: made once, complete, the same every time, and played by the right chargers."""

from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scopes_disabled

from accounts.models import Organisation, User
from chargeports.models import ChargePort, ChargingProfile, EquipmentError, FileTransfer, InstalledProfile
from charging.models import ChargingSession, FaultDay, MeterValue, SessionDay, SignedValue
from common import identifiers
from cpms.demo import equipment, making, people
from cpms.management.commands.demo import identity_lines, tags
from ocpp_gateway import credentials
from ocpp_gateway.models import Connection, Exchange, StationCredential
from stations.models import DeviceDetails, HardwareTrace, Station, StationState
from tests import factories


def test_the_demo_is_complete_consistent_and_made_once(db):
    making.make_demo()
    with scopes_disabled():
        _fills_every_list()
        _identifies_and_counts_rightly()
        _never_charges_twice_at_once()
        _plays_its_own_stations_only()
    out = StringIO()
    call_command("demo", stdout=out)
    assert "already" in out.getvalue()
    assert Organisation.objects.count() == 2


def _fills_every_list() -> None:
    assert Station.objects.count() == StationState.objects.count() == 200
    for model in (ChargingSession, MeterValue, SessionDay, EquipmentError, Connection, Exchange):
        assert model.objects.count() > 200, model
    assert HardwareTrace.objects.filter(field="firmware_version").count() > DeviceDetails.objects.count() > 20
    assert FileTransfer.objects.filter(file__isnull=False).count() > 20
    assert FileTransfer.objects.filter(firmware__isnull=False).count() > 10
    assert {user.email for user in User.objects.all()} == {login[0] for login in people.LOGINS}
    assert all(user.is_demo and user.check_password("demo") for user in User.objects.all())

    assert ChargingProfile.objects.count() >= 8
    assert InstalledProfile.objects.exists()
    assert FaultDay.objects.values("fault").distinct().count() >= 8
    assert set(SignedValue.objects.values_list("verdict", flat=True)) == {"valid", "invalid"}


def _identifies_and_counts_rightly() -> None:
    for port in ChargePort.objects.all():
        identifiers.validate_evse_id(port.evse_id)
        assert port.evse_id_key == identifiers.evse_id_key(port.evse_id)
    assert sum(day.sessions for day in SessionDay.objects.all()) == ChargingSession.objects.count()
    energy_wh = sum(day.energy_wh for day in SessionDay.objects.all())
    assert energy_wh == sum(ChargingSession.objects.values_list("energy_wh", flat=True))


def _never_charges_twice_at_once() -> None:
    sessions = ChargingSession.objects.order_by("station_id", "port_number", "started_at")
    rows = sessions.values_list("station_id", "port_number", "started_at", "ended_at")
    for (station, port, _begin, end), (next_station, next_port, begin, _end) in pairwise(rows):
        assert (station, port) != (next_station, next_port) or end <= begin


def _plays_its_own_stations_only() -> None:
    other = factories.station(Organisation.objects.get(slug="demo"), identity="SOMEBODYS-1")
    StationCredential.objects.create(station=other, digest=credentials.digest_of(b"their secret"))
    lines = [line.split(",") for line in identity_lines()]
    assert "SOMEBODYS-1" not in {line[0] for line in lines}
    assert len(lines) > 180
    assert all(line[1] == equipment.secret_of(line[0]) for line in lines)
    assert len(tags()) > 200


def test_production_makes_no_demo(settings, db):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("demo")
    assert not User.objects.exists()
