"""A charger that is driven through the REST API alone, and commands that are waited for."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django_scopes import scopes_disabled

from common import waiting
from common.consumers import Hub
from tests import factories
from tests.gateway.charger import Charger, eventually
from tests.programs import PATIENCE_S, remote
from tests.simulated import Driven, simulated

IDENTITY = "API-1"
CARD = "04A2B3C4D5"


@pytest.fixture
def organisation(server):
    with scopes_disabled():
        return factories.organisation()


@pytest.fixture
def program(server, organisation) -> Iterator[httpx.Client]:
    with remote(server.url, organisation) as client:
        yield client


def ok(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def ask(program: httpx.Client, command: str, **parameters: Any) -> int:
    """Ask the station; the command's number."""
    body = {"command": command, "parameters": parameters}
    return int(ok(program.post(f"/stations/{IDENTITY}/commands", json=body))["id"])


def ended(program: httpx.Client, number: int) -> Any:
    told = ok(program.get(f"/commands/{number}", params={"wait": 60}))
    assert told["is_over"]
    return told


def done(program: httpx.Client, command: str, **parameters: Any) -> Any:
    told = ended(program, ask(program, command, **parameters))
    assert told["state"] == "accepted", told
    return told


def only(program: httpx.Client, path: str, **wanted: Any) -> Any:
    """The one entry of a list that is as wanted, once it is."""
    return eventually(lambda: next((one for one in listed(program, path) if _is(one, wanted)), None))


def listed(program: httpx.Client, path: str) -> list[Any]:
    found: list[Any] = ok(program.get(path))["items"]
    return found


def _is(one: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(one[name] == value for name, value in wanted.items())


# --- Everything without a browser ---------------------------------------------------------------------------------
@pytest.fixture
def driven(server, program, settings, tmp_path) -> Iterator[Driven]:
    """A charger in the field, and its station, which was created by the API."""
    settings.MEDIA_ROOT, settings.TRANSFER_URL, settings.TRANSFER_FALLBACK = tmp_path, server.url, "http"
    ok(program.post("/stations", json={"identity": IDENTITY, "life_cycle": "in_operation", "security_profile": 0}))
    ok(program.post("/id-tokens", json={"token": CARD}))
    with simulated(IDENTITY, server.ocpp_url) as made:
        made.do(made.charger.connect())
        yield made


def test_a_charger_is_driven_through_the_api_alone(driven, program):
    station = eventually(lambda: _booted(program, ""))
    charge(driven, program)
    driven.stay_connected()
    done(program, "reset", type="Hard")
    eventually(lambda: _booted(program, station["last_boot_at"]))
    update_firmware(program, station["reported"])
    send_diagnostics(program)


def _booted(program: httpx.Client, before: str) -> Any:
    told = ok(program.get(f"/stations/{IDENTITY}"))
    is_there = told["online"] and told["boot_status"] == "Accepted" and told["reported"]
    return told if is_there and told["last_boot_at"] > before else None


def charge(driven: Driven, program: httpx.Client) -> None:
    driven.do(driven.charger.plug_in(1))
    done(program, "remote_start_transaction", idTag=CARD, connectorId=1)
    session = only(program, "/sessions?state=running", station=IDENTITY, id_tag=CARD)
    eventually(lambda: listed(program, f"/sessions/{session['id']}/meter-values"))
    done(program, "remote_stop_transaction", transactionId=session["id"])
    only(program, "/sessions", id=session["id"], state="ended", stop_reason="Remote")


def update_firmware(program: httpx.Client, reported: dict[str, str]) -> None:
    said = {"vendor": reported["vendor"], "model": reported["model"], "version": "9.8.7"}
    files = {"file": ("firmware-9.8.7.bin", b"\x7fELF" + b"firmware " * 500)}
    entry = ok(program.post("/firmware", data=said, files=files))
    done(program, "update_firmware", location=entry["location"])
    told = only(program, f"/stations/{IDENTITY}/firmware-updates", state="confirmed")
    assert told["version_after"] == "9.8.7"


def send_diagnostics(program: httpx.Client) -> None:
    done(program, "get_diagnostics", retries=1)
    told = only(program, f"/stations/{IDENTITY}/diagnostics", state="uploaded")
    content = program.get(f"/files/{told['file_id']}/content")
    assert b"firmware 9.8.7" in content.content
    assert "attachment" in content.headers["content-disposition"]


# --- Waiting ------------------------------------------------------------------------------------------------------
WAITERS = 40


@pytest.fixture
def charger(server, organisation) -> Iterator[Charger]:
    with scopes_disabled():
        factories.station(organisation, identity=IDENTITY, online=False)
    with Charger(f"{server.ocpp_url}/{IDENTITY}") as connected:
        connected.boot()
        yield connected


def test_whoever_waits_is_told_when_the_charger_answers(charger, program, monkeypatch):
    """By the poke alone: nobody looks again by himself."""
    monkeypatch.setattr(waiting, "ASK_EVERY_S", 3600)
    number = ask(program, "clear_cache")
    frame = asked_to_clear(charger)
    assert not ok(program.get(f"/commands/{number}"))["is_over"]
    assert not ok(program.get(f"/commands/{number}", params={"wait": 0.01}))["is_over"]
    charger.send([3, frame[1], {"status": "Rejected"}])
    told = program.get(f"/commands/{number}", params={"wait": 60})
    assert (told.json()["state"], told.json()["outcome"]) == ("rejected", "Rejected")
    assert not [name for name in told.headers if name.startswith("cpms")]


def asked_to_clear(charger: Charger) -> list[Any]:
    frame = charger.receive()
    assert frame[2] == "ClearCache"
    return frame


def test_who_waits_holds_nothing_up(charger, program, server):
    """More callers than a process has threads for: the portal answers others meanwhile, and then all of them."""
    number = ask(program, "clear_cache")
    frame = asked_to_clear(charger)
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(asyncio.run, waited(server.url, dict(program.headers), number))
        eventually(lambda: listeners() == WAITERS)
        eventually(lambda: threading.active_count() < WAITERS)
        assert listed(program, "/commands")
        charger.send([3, frame[1], {"status": "Accepted"}])
        assert answers.result(PATIENCE_S) == ["accepted"] * WAITERS
    assert not listeners()


async def waited(url: str, headers: dict[str, str], number: int) -> list[str]:
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", headers=headers, timeout=PATIENCE_S) as client:
        calls = [client.get(f"/commands/{number}", params={"wait": 60}) for _caller in range(WAITERS)]
        return [answer.json()["state"] for answer in await asyncio.gather(*calls)]


def listeners() -> int:
    return sum(len(hub._listeners) for hub in Hub._by_loop.values())


def test_who_hangs_up_is_forgotten(charger, program, server):
    number = ask(program, "clear_cache")
    asked_to_clear(charger)
    with pytest.raises(httpx.ReadTimeout):
        program.get(f"/commands/{number}", params={"wait": 60}, timeout=0.5)
    eventually(lambda: not listeners())


def test_waiting_needs_what_reading_needs(charger, program, server):
    assert httpx.get(f"{server.url}/api/v1/commands/1?wait=60").status_code == 401
    assert program.get("/commands/99999999", params={"wait": 60}).status_code == 404
    for wrong in (61, -1, "long", "nan"):
        assert program.get("/commands/1", params={"wait": wrong}).status_code == 422
