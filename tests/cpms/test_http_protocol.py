"""The web server hangs up on whoever begins a request and never ends it."""

import socket
from contextlib import contextmanager, suppress

import pytest
from django_scopes import scopes_disabled

from cpms import http_protocol
from tests import factories
from tests.gateway.charger import PATIENCE_S, Charger

HANDSHAKE = b"GET /ocpp/NW-1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: webso"
FORM = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nlogin="
LIVE = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextmanager
def connection(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as raw:
        yield raw


def rest(raw):
    """All that comes until the server hangs up; no end within the patience raises."""
    with suppress(ConnectionResetError), raw.makefile("rb") as stream:
        return stream.read()
    return b""


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\n", HANDSHAKE, LIVE + HANDSHAKE])
def test_a_head_that_never_ends(server, monkeypatch, begun):
    monkeypatch.setattr(http_protocol, "HEAD_PATIENCE_S", 0.1)
    with connection(server) as raw:
        raw.sendall(begun)
        answer = rest(raw)
    assert b"HTTP/1.1 408 " in answer
    assert answer.startswith(b"HTTP/1.1 200 ") is begun.startswith(LIVE)


def test_a_head_beyond_all_measure(server):
    with connection(server) as raw:
        with suppress(OSError):
            raw.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 4 * http_protocol.MAX_HEAD_BYTES)
        assert b"200" not in rest(raw)


def test_a_body_that_stops_coming_but_no_silent_charger(server, monkeypatch):
    monkeypatch.setattr(http_protocol, "BODY_PATIENCE_S", 0.1)
    with scopes_disabled():
        station = factories.station(online=False)
    with Charger(f"{server.ocpp_url}/{station.identity}") as charger, connection(server) as raw:
        raw.sendall(FORM)
        assert rest(raw) == b""
        assert charger.call("Heartbeat")[0] == 3
