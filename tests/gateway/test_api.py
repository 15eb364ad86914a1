"""A charger that is driven through the REST API alone."""

from collections.abc import Iterator

import httpx
import pytest
from django_scopes import scopes_disabled

from tests import factories
from tests.programs import remote
from tests.simulated import Driven, simulated


@pytest.fixture
def station(server):
    with scopes_disabled():
        return factories.station(online=False, ports=0)


@pytest.fixture
def program(server, station) -> Iterator[httpx.Client]:
    with remote(server.url, station.organisation) as client:
        yield client


@pytest.fixture
def driven(server, station) -> Iterator[Driven]:
    with simulated(station.identity, server.ocpp_url) as made:
        made.do(made.charger.connect())
        yield made


def test_a_command_is_waited_for(driven, station, program):
    listed = program.get("/stations", params={"online": True}).json()
    assert [one["identity"] for one in listed["items"]] == [station.identity]
    asked = program.post(f"/stations/{station.identity}/commands", json={"command": "clear_cache"})
    assert (asked.status_code, asked.json()["command"]) == (202, "clear_cache")
    command = program.get(f"/commands/{asked.json()['id']}", params={"wait": 30})
    told = command.json()
    assert (told["state"], told["is_over"], told["outcome"]) == ("accepted", True, "Accepted")
    assert told["answer"] == {"status": "Accepted"}
    assert told["created_at"] <= told["sent_at"] <= told["ended_at"]
    assert not [name for name in command.headers if name.startswith("cpms")]
