"""An export of this portal, played against it again: what is alike, what differs, and what cannot be played."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts.models import Job
from accounts.services import jobs
from chargeports.choices import CommandKind
from chargeports.models import PortState
from chargeports.services import request_command
from charging.choices import TokenStatus
from charging.models import ChargingSession, IdToken
from common.actor import SYSTEM
from ocpp_gateway import export
from ocpp_gateway.models import Exchange
from ocpp_gateway.replay.comparison import is_alike
from ocpp_gateway.replay.recording import Unreadable, read
from tests import factories
from tests.gateway.charger import Charger, eventually

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}


@pytest.fixture
def stations(server):
    """The recorded station, and a like one on which the recording is played."""
    with scopes_disabled():
        recorded = factories.station(identity="REC-1", online=False, time_zone="UTC")
        factories.token(recorded.organisation, "TAG")
        played = factories.station(recorded.organisation, identity="REC-2", online=False, time_zone="UTC")
        return recorded, played


@pytest.fixture
def recording(server, stations, tmp_path):
    """A session with a command in the middle, and a frame that is no message; exported as the tab does it."""
    recorded, _played = stations
    with Charger(f"{server.ocpp_url}/REC-1") as charger:
        charger.boot()
        now = f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}"
        begin = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": now}
        number = charger.call("StartTransaction", begin)[2]["transactionId"]
        charger.call("StatusNotification", STATUS | {"info": None})
        charger.send('[2,"77","Heartb')
        with scopes_disabled():
            request_command(SYSTEM, recorded, CommandKind.CLEAR_CACHE, {})
        charger.asked("ClearCache", {"status": "Rejected"})
        charger.call("Foo")
        values = [{"timestamp": now, "sampledValue": [{"value": "300"}]}]
        charger.call("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
        charger.call("StopTransaction", {"transactionId": number, "meterStop": 600, "timestamp": now})
    eventually(lambda: Exchange.objects.filter(action="ClearCache").exists())
    with scopes_disabled():
        today = datetime.now(UTC).date()
        job = export.start_export(SYSTEM, recorded, today, today)
        jobs.run_job(job.pk)
        file = tmp_path / "frames.json"
        file.write_bytes(default_storage.open(Job.objects.get(pk=job.pk).result.path).read())
    return file


def replay(server, file, **options):
    call_command("replay", file, url=server.ocpp_url, identity="REC-2", speed=1000.0, **options)


def test_a_recording_is_played_and_answered_alike(server, stations, recording, capsys):
    with scopes_disabled():
        request_command(SYSTEM, stations[1], CommandKind.CLEAR_CACHE, {}, wait_for_station=True)
    replay(server, recording)
    assert "6 of 6 answers are alike" in capsys.readouterr().out
    with scopes_disabled():
        first, second = ChargingSession.objects.order_by("pk")
        assert (first.station.identity, second.station.identity) == ("REC-1", "REC-2")
        assert (second.energy_wh, second.flags, second.state) == (first.energy_wh, first.flags, first.state)
        assert PortState.objects.get(port__station__identity="REC-2").status == "Charging"
        sent = {
            name: list(Exchange.objects.filter(station_id=of.pk, direction="invalid").values_list("request", flat=True))
            for name, of in zip(("then", "now"), stations, strict=True)
        }
    assert sent["then"] == ['[2,"77","Heartb']
    assert len(sent["now"]) == 1


def test_what_is_answered_otherwise_is_shown_and_tells_by_the_exit_status(server, recording, capsys, tmp_path):
    with scopes_disabled():
        IdToken.objects.update(status=TokenStatus.BLOCKED)
    packed = tmp_path / "frames.json.gz"
    packed.write_bytes(gzip.compress(recording.read_bytes()))
    with pytest.raises(SystemExit) as end:
        replay(server, packed)
    said = capsys.readouterr().out
    assert end.value.code == 1
    assert "5 of 6 answers are alike" in said
    assert '"status":"Accepted"' in said.split("recorded")[1]
    assert '"status":"Blocked"' in said.split("now")[1]


@pytest.mark.parametrize("content", [b"", b"{}", b"\x1f\x8b", b'{"format": "cpms-ocpp-frames", "version": 2}'])
def test_a_file_that_is_no_export_cannot_be_played(tmp_path, content):
    file = tmp_path / "other.json"
    file.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        call_command("replay", file)
    assert refusal.value.returncode == 2


def test_without_a_central_system_nothing_is_played(tmp_path):
    frame = {"time": "2026-01-01T00:00:00+00:00", "direction": "in", "message_id": "1", "action": "Heartbeat"}
    file = tmp_path / "frames.json"
    about = {"format": "cpms-ocpp-frames", "version": 1, "station": {"identity": "A", "protocol": "ocpp1.6"}}
    file.write_text(json.dumps({**about, "frames": [{**frame, "frame": '[2,"1","Heartbeat",{}]'}]}))
    with pytest.raises(CommandError) as refusal:
        call_command("replay", file, url="ws://127.0.0.1:9/ocpp")
    assert refusal.value.returncode == 2
    assert [one.answer for one in read(file).exchanges] == [None]
    with pytest.raises(Unreadable):
        read(_written(tmp_path, {**about, "frames": [{"time": "x"}]}))


def _written(folder, content):
    file = folder / "broken.json"
    file.write_text(json.dumps(content))
    return file


@pytest.mark.parametrize(
    "recorded, found, alike",
    [
        ('[3,"1",{"currentTime":"2026"}]', '[3,"2",{"currentTime":"2027"}]', True),
        ('[3,"1",{"status":"Accepted","interval":300}]', '[3,"1",{"interval":60,"status":"Accepted"}]', True),
        ('[3,"1",{"idTagInfo":{"status":"Blocked"}}]', '[3,"1",{"idTagInfo":{"status":"Invalid"}}]', False),
        ('[4,"1","NotImplemented","a",{}]', '[4,"1","NotImplemented","b",{}]', True),
        ('[4,"1","NotImplemented","a",{}]', '[3,"1",{}]', False),
        ('[3,"1",{}]', None, False),
    ],
)
def test_times_and_numbers_of_transactions_are_no_difference(recorded, found, alike):
    assert is_alike(recorded, found) is alike
