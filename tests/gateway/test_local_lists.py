"""The station's own list of tokens over a real connection: from the version to the check of it (L02)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from chargeports.services import request_command
from charging.choices import LocalListState
from charging.models import IdToken, LocalList
from common.actor import SYSTEM
from stations.models import StationState
from tests import factories
from tests.gateway.charger import Charger, eventually

ACCEPTED = {"status": "Accepted"}


@pytest.fixture
def station(server):
    with scopes_disabled():
        made = factories.station(online=False)
        StationState.objects.update(configuration_read_at=timezone.now())
        for number in range(1, 6):
            factories.token(made.organisation, f"CARD{number}")
        return made


@pytest.fixture
def charger(server, station):
    with Charger(f"{server.ocpp_url}/{station.identity}") as connected:
        connected.boot()
        yield connected


def send(station, **parameters):
    with scopes_disabled():
        return request_command(SYSTEM, station, CommandKind.SEND_LOCAL_LIST, parameters)


def ended(command):
    still = (CommandState.QUEUED, CommandState.SENT)
    return eventually(lambda: Command.objects.filter(pk=command.pk).exclude(state__in=still).first())


def known(station):
    with scopes_disabled():
        return LocalList.objects.select_related("content").get(station=station)


def part(charger, answer="Accepted"):
    """The next part: its version, its kind and its tags, with a minus before those that go."""
    said = charger.asked("SendLocalList", {"status": answer})
    entries = said.get("localAuthorizationList", [])
    tags = [one["idTag"] if "idTagInfo" in one else f"-{one['idTag']}" for one in entries]
    return said["listVersion"], said["updateType"], tags


def has_version(charger, version):
    charger.asked("GetLocalListVersion", {"listVersion": version})


def sent_once(charger, station, version=0):
    """The whole list is there, in one part."""
    command = send(station)
    has_version(charger, version)
    part(charger)
    has_version(charger, version + 1)
    assert ended(command).state == CommandState.ACCEPTED


def test_L02_a_first_list_goes_in_full_in_parts_and_is_verified(charger, station):
    with scopes_disabled():
        factories.setting(station, "SendLocalListMaxLength", "2")
    command = send(station)
    has_version(charger, 0)
    parts = [part(charger) for _ in range(3)]
    assert [(version, kind) for version, kind, _ in parts] == [(1, "Full"), (2, "Differential"), (3, "Differential")]
    assert [tag for _, _, tags in parts for tag in tags] == ["CARD5", "CARD4", "CARD3", "CARD2", "CARD1"]
    has_version(charger, 3)
    done = ended(command)
    assert (done.state, done.outcome, done.answer["tokens"]) == (CommandState.ACCEPTED, "Sent and verified", 5)
    ours = known(station)
    assert (ours.state, ours.version, ours.content.size) == (LocalListState.CURRENT, 3, 5)
    assert (ours.parts_sent, ours.parts, ours.pending) == (3, 3, None)


def test_L02_what_is_known_of_a_token_travels_with_it(charger, station):
    later = timezone.now().replace(microsecond=0) + timedelta(days=3)
    with scopes_disabled():
        IdToken.objects.exclude(token="CARD1").delete()
        group = factories.token_group(station.organisation, "FLEET")
        IdToken.objects.update(group=group, expires_at=later)
    send(station)
    has_version(charger, 0)
    (entry,) = charger.asked("SendLocalList", ACCEPTED)["localAuthorizationList"]
    info = {"status": "Accepted", "expiryDate": f"{later:%Y-%m-%dT%H:%M:%SZ}", "parentIdTag": "FLEET"}
    assert entry == {"idTag": "CARD1", "idTagInfo": info}


def test_L02_later_only_what_has_changed(charger, station):
    sent_once(charger, station)
    with scopes_disabled():
        IdToken.objects.filter(token="CARD2").delete()
        factories.token(station.organisation, "CARD6")
    command = send(station)
    has_version(charger, 1)
    assert part(charger) == (2, "Differential", ["-CARD2", "CARD6"])
    has_version(charger, 2)
    assert ended(command).answer["updateType"] == "Differential"
    again = send(station)
    has_version(charger, 2)
    assert ended(again).outcome == "Up to date"


@pytest.mark.parametrize("refusal", ["VersionMismatch", "Failed"])
def test_L02_a_refused_change_is_sent_in_full(charger, station, refusal):
    sent_once(charger, station)
    with scopes_disabled():
        factories.token(station.organisation, "CARD6")
    command = send(station)
    has_version(charger, 1)
    assert part(charger, refusal)[1] == "Differential"
    version, kind, tags = part(charger)
    assert (kind, len(tags)) == ("Full", 6)
    has_version(charger, version)
    assert ended(command).state == CommandState.ACCEPTED


@pytest.mark.parametrize("version, parameters", [(7, {}), (0, {}), (1, {"full": True})])
def test_L02_another_version_than_the_one_remembered_means_everything_anew(charger, station, version, parameters):
    sent_once(charger, station)
    send(station, **parameters)
    has_version(charger, version)
    sent, kind, tags = part(charger)
    assert (kind, len(tags)) == ("Full", 5)
    assert sent > max(version, 1)


def test_L02_a_list_that_is_emptied_is_no_longer_kept(charger, station):
    sent_once(charger, station)
    send(station, empty=True, full=True)
    has_version(charger, 1)
    assert charger.asked("SendLocalList", ACCEPTED) == {"listVersion": 2, "updateType": "Full"}
    has_version(charger, 2)
    eventually(lambda: known(station).content and known(station).content.size == 0)
    assert not known(station).is_kept


@pytest.mark.parametrize(
    "answer, state",
    [("Failed", LocalListState.FAILED), ("NotSupported", LocalListState.UNSUPPORTED)],
)
def test_L02_a_list_that_is_not_taken_is_forgotten(charger, station, answer, state):
    command = send(station)
    has_version(charger, 0)
    part(charger, answer)
    assert ended(command).outcome == answer
    ours = known(station)
    assert (ours.state, ours.problem, ours.version, ours.content) == (state, answer, None, None)
    assert ours.retry_at > timezone.now()


def test_L01_L02_a_station_without_a_list_is_told_so(charger, station):
    command = send(station)
    has_version(charger, -1)
    assert (ended(command).state, ended(command).outcome) == (CommandState.REJECTED, "Local list not supported")
    assert (known(station).state, known(station).is_kept) == (LocalListState.UNSUPPORTED, False)


def test_L02_a_version_that_did_not_arrive_fails_the_command(charger, station):
    command = send(station)
    has_version(charger, 3)
    part(charger)
    has_version(charger, 3)
    assert ended(command).outcome == "Sent, but the station tells another version"
    assert known(station).state == LocalListState.FAILED
