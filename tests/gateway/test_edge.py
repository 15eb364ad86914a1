"""The door: identities, subprotocols, refusals before the upgrade, security profiles, replaced and silent connections.

Tests are named after the behaviour they hold to (docs/ocpp.md).
"""

import http.client
import json
import socket
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.utils import timezone
from django_scopes import scopes_disabled
from websockets.exceptions import InvalidStatus

from common.actor import SYSTEM
from cpms.web import server_options
from ocpp_gateway import admission, credentials, edge, line, refusals
from ocpp_gateway.choices import RefusalReason
from ocpp_gateway.models import Connection, Exchange, GatewayNode, RefusedHandshake, StationCredential
from stations.choices import LifeCycle, SecurityProfile
from stations.models import StationState, validate_identity
from stations.signals import send_station_changed
from tests import factories
from tests.gateway.charger import PATIENCE_S, Charger, basic, eventually
from tests.server import running_server

SECRET = "correct horse batter"


@pytest.fixture(autouse=True)
def _no_counters():
    cache.clear()


def station(**fields):
    with scopes_disabled():
        return factories.station(online=False, **fields)


def secured(profile=SecurityProfile.BASIC, secret=SECRET, **credential):
    made = station(security_profile=profile)
    key = secret if isinstance(secret, bytes) else secret.encode()
    StationCredential.objects.create(station=made, digest=credentials.digest_of(key), **credential)
    return made


def refused(url, **options):
    """The HTTP status of a refusal."""
    with pytest.raises(InvalidStatus) as refusal, Charger(url, **options):
        pass
    return refusal.value.response.status_code


def admitted(url, **options):
    with Charger(url, **options) as charger:
        return charger.call("Heartbeat")[0] == 3


def refusal_of(identity):
    return RefusedHandshake.objects.get(identity=identity)


def closed_connection(of):
    return eventually(lambda: Connection.objects.filter(station=of, closed_at__isnull=False).order_by("-id").first())


def test_T01_the_one_known_subprotocol_is_echoed(server):
    with Charger(f"{server.ocpp_url}/{station().identity}") as charger:
        assert charger.socket.subprotocol == "ocpp1.6"


@pytest.mark.parametrize("offered", [["ocpp1.6", "ocpp1.5"], ["ocpp2.0.1", "ocpp1.6"]])
def test_T02_of_a_list_the_first_that_the_station_may_use_is_taken(server, offered):
    with Charger(f"{server.ocpp_url}/{station().identity}", subprotocols=offered) as charger:
        assert charger.socket.subprotocol == "ocpp1.6"


def handshake(server, path, *headers, upgrade=True):
    """Send a handshake as raw bytes and return the status line and headers of the answer."""
    asked = ["Upgrade: websocket", "Connection: Upgrade"] if upgrade else []
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: localhost",
        *asked,
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as raw:
        raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        return raw.recv(4096).decode("latin-1")


@pytest.mark.parametrize(
    "headers",
    [
        ["Sec-WebSocket-Protocol: ocpp1.6,ocpp1.5"],
        ["Sec-WebSocket-Protocol: ocpp1.5", "Sec-WebSocket-Protocol: ocpp1.6"],
        ["Sec-WebSocket-Protocol: ocpp1.6, ocpp1.6"],
    ],
)
def test_T03_lists_without_blanks_repeated_headers_and_double_entries_are_read(server, headers):
    answer = handshake(server, f"/ocpp/{station().identity}", *headers)
    assert answer.startswith("HTTP/1.1 101")
    assert "sec-websocket-protocol: ocpp1.6\r\n" in answer.lower()


@pytest.mark.parametrize("offered", [["ocpp1.2"], [], ["OCPP1.6"]], ids=["T04", "T05", "T06"])
def test_T04_T05_T06_without_a_known_subprotocol_the_connection_is_made_and_closed(server, offered):
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}", subprotocols=offered) as charger:
        assert charger.socket.subprotocol is None
        assert charger.closed() == (1002, "no supported subprotocol offered")
    found = refusal_of(of.identity)
    assert (found.reason, found.subprotocols) == (RefusalReason.SUBPROTOCOL, offered)
    assert found.organisation_id == of.organisation_id


def test_T05_Q01_Q02_a_station_may_be_assumed_to_speak_1_6(server):
    of = station()
    StationCredential.objects.create(station=of, assume_subprotocol=True)
    assert admitted(f"{server.ocpp_url}/{of.identity}", subprotocols=[])


def test_T06_an_odd_header_never_breaks_the_door(server):
    of = station()
    for odd in ("ocpp1.6;", "ocpp1.6 ocpp1.5", ""):
        assert handshake(server, f"/ocpp/{of.identity}", f"Sec-WebSocket-Protocol: {odd}").startswith("HTTP/1.1")
    assert admitted(f"{server.ocpp_url}/{of.identity}")


def test_T07_an_unknown_identity_gets_404_and_is_kept_and_counted(server):
    with scopes_disabled():
        receiver = factories.organisation(receives_unknown_stations=True)
    for _ in range(2):
        assert refused(f"{server.ocpp_url}/NEW-1", headers=basic("NEW-1", "secret")) == 404
    found = refusal_of("NEW-1")
    assert (found.organisation_id, found.count, found.address) == (receiver.pk, 2, "127.0.0.1")
    assert (found.reason, found.subprotocols) == (RefusalReason.UNKNOWN_IDENTITY, ["ocpp1.6"])
    assert bytes(found.shown_digest) == credentials.digest_of(b"secret")


def test_T07_the_organisation_named_in_the_address_sees_its_unknown_stations(server):
    with scopes_disabled():
        factories.organisation(receives_unknown_stations=True)
        named = factories.organisation(slug="acme")
    assert refused(f"{server.ocpp_url}/acme/NEW-2") == 404
    assert refusal_of("NEW-2").organisation_id == named.pk


def test_T07_a_station_of_another_organisation_is_unknown_at_this_address(server):
    of = station()
    with scopes_disabled():
        factories.organisation(slug="acme")
    assert refused(f"{server.ocpp_url}/acme/{of.identity}") == 404


def test_T07_an_unknown_charger_that_is_adopted_gets_in_and_boots(server):
    with scopes_disabled():
        factories.organisation(receives_unknown_stations=True)
    url, headers = f"{server.ocpp_url}/NEW-3", basic("NEW-3", "its own password")
    assert refused(url, headers=headers) == 404
    with scopes_disabled():
        made = refusals.adopt(SYSTEM, refusal_of("NEW-3"))
    assert made.security_profile == SecurityProfile.BASIC
    with Charger(url, headers=headers) as charger:
        assert charger.boot()["status"] == "Accepted"
    assert refused(url, headers=basic("NEW-3", "another password")) == 401


def test_T08_a_planned_station_connects_and_is_answered_pending(server):
    with Charger(f"{server.ocpp_url}/{station(life_cycle=LifeCycle.PLANNED).identity}") as charger:
        assert charger.boot()["status"] == "Pending"


def test_T08_a_decommissioned_station_is_refused(server):
    of = station(life_cycle=LifeCycle.DECOMMISSIONED)
    assert refused(f"{server.ocpp_url}/{of.identity}") == 403
    assert refusal_of(of.identity).reason == RefusalReason.DECOMMISSIONED


@pytest.mark.parametrize("identity", ["RDAM 123", "CP*7.1"], ids=["T09", "Q11"])
def test_T09_Q11_the_identity_is_the_decoded_last_segment(server, identity):
    of = station(identity=identity)
    validate_identity(of.identity)
    assert admitted(f"{server.ocpp_url}/{quote(of.identity)}")


def test_T11_an_encoded_slash_does_not_cut_the_identity(server):
    of = station(identity="1")
    assert refused(f"{server.ocpp_url}/CP%2F{of.identity}") == 404
    assert refusal_of("CP/1")


@pytest.mark.parametrize(
    "path", ["{slug}/{identity}", "CentralSystemService/4/{identity}", "{identity}/", "x//{identity}"]
)
def test_T12_whatever_precedes_the_identity_is_ignored(server, path):
    of = station()
    assert admitted(f"{server.ocpp_url}/" + path.format(slug=of.organisation.slug, identity=of.identity))


@pytest.mark.parametrize(
    "path", ["/ocpp/CP#1", "/ocpp/RDAM 123", "/ocpp/CP\xe9", "ocpp/CP1", "/ocpp/", "/ocpp/%00", "/ocpp/%FF"]
)
def test_T15_odd_paths_do_not_break_the_door(server, path):
    answer = handshake(server, path, "Sec-WebSocket-Protocol: ocpp1.6")
    assert answer == "" or answer.split()[1] in ("400", "403", "404")
    assert admitted(f"{server.ocpp_url}/{station().identity}")


def test_T16_letters_match_in_any_case_and_the_stored_spelling_is_used(server):
    of = station(identity="Cp-Mixed-1")
    assert admitted(f"{server.ocpp_url}/cP-mIXED-1")
    assert Exchange.objects.get().station_id == of.pk


def test_T18_markup_in_an_identity_is_kept_as_it_came(server):
    nasty = "<script>'\";DROP TABLE"
    assert refused(f"{server.ocpp_url}/{quote(nasty)}") == 404
    assert refusal_of(nasty).identity == nasty


def test_T19_a_plain_request_is_told_to_upgrade_and_counted(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    client.request("GET", "/ocpp/CP-PLAIN")
    answer = client.getresponse()
    assert (answer.status, answer.headers["Upgrade"]) == (426, "websocket")
    assert refusal_of("CP-PLAIN").reason == RefusalReason.MALFORMED


@pytest.mark.parametrize("only", [[], ["Upgrade: websocket"], ["Connection: Upgrade"]], ids=["none", "one", "other"])
def test_T19_Q06_a_handshake_without_connection_or_upgrade_is_told_so_and_seen(server, only):
    answer = handshake(server, "/ocpp/CP-HALF", "Sec-WebSocket-Protocol: ocpp1.6", *only, upgrade=False)
    assert answer.split()[1] == "426"
    assert refusal_of("CP-HALF").reason == RefusalReason.MALFORMED


def test_Q17_a_station_without_security_may_show_an_empty_password_or_none(server):
    of = station(security_profile=SecurityProfile.UNSECURED)
    for headers in ({}, basic(of.identity, ""), basic("", "")):
        assert admitted(f"{server.ocpp_url}/{of.identity}", headers=headers)


def test_T20_the_right_password_opens(server):
    of = secured()
    assert admitted(f"{server.ocpp_url}/{of.identity}", headers=basic(of.identity, SECRET))
    assert closed_connection(of).security_profile == SecurityProfile.BASIC


def test_T21_a_wrong_password_gets_401(server):
    of = secured()
    assert refused(f"{server.ocpp_url}/{of.identity}", headers=basic(of.identity, "wrong")) == 401
    assert refusal_of(of.identity).reason == RefusalReason.WRONG_PASSWORD
    assert refusal_of(of.identity).shown_digest is None


def test_T21_too_many_wrong_passwords_stop_the_guessing(server, monkeypatch):
    monkeypatch.setattr(admission, "WRONG_PASSWORDS", 2)
    of = secured()
    url = f"{server.ocpp_url}/{of.identity}"
    for _ in range(2):
        assert refused(url, headers=basic(of.identity, "wrong")) == 401
    assert refused(url, headers=basic(of.identity, SECRET)) == 401
    assert RefusedHandshake.objects.get(reason=RefusalReason.THROTTLED).identity == of.identity


def test_T22_the_user_name_is_the_identity(server):
    of = secured()
    assert refused(f"{server.ocpp_url}/{of.identity}", headers=basic("other", SECRET)) == 401
    assert refusal_of(of.identity).reason == RefusalReason.USER_MISMATCH


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic ???"}])
def test_T23_without_a_readable_password_401(server, headers):
    of = secured()
    assert refused(f"{server.ocpp_url}/{of.identity}", headers=headers) == 401
    assert refusal_of(of.identity).reason == RefusalReason.NO_CREDENTIALS


def test_T24_Q18_a_binary_key_is_compared_as_bytes(server):
    key = b"\x80\xff:colon:\x00inside"
    of = secured(secret=key)
    assert admitted(f"{server.ocpp_url}/{of.identity}", headers=basic(of.identity, key))


def test_T25_Q19_the_key_as_hexadecimal_text_only_where_it_may_be_so(server):
    strict, tolerant = secured(), secured(accepts_hex_text=True)
    as_text = SECRET.encode().hex()
    assert refused(f"{server.ocpp_url}/{strict.identity}", headers=basic(strict.identity, as_text)) == 401
    assert admitted(f"{server.ocpp_url}/{tolerant.identity}", headers=basic(tolerant.identity, as_text))
    assert admitted(f"{server.ocpp_url}/{tolerant.identity}", headers=basic(tolerant.identity, SECRET))


def test_T26_while_a_key_is_on_its_way_both_open_and_the_new_one_settles_it(server):
    of = secured()
    url = f"{server.ocpp_url}/{of.identity}"
    credentials.propose_key(of.pk, b"the next one".hex())
    assert admitted(url, headers=basic(of.identity, SECRET))
    assert admitted(url, headers=basic(of.identity, "the next one"))
    assert refused(url, headers=basic(of.identity, SECRET)) == 401


def over_tls(headers, **more):
    return {**headers, "X-Forwarded-Proto": "https", **more}


def test_T27_profile_2_is_refused_without_tls(server, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    of = secured(SecurityProfile.TLS_BASIC)
    url, headers = f"{server.ocpp_url}/{of.identity}", basic(of.identity, SECRET)
    assert refused(url, headers=headers) == 403
    assert refusal_of(of.identity).reason == RefusalReason.NOT_TLS
    assert admitted(url, headers=over_tls(headers))


def test_T27_Z09_a_profile_once_reached_over_tls_is_never_left(server, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    of = secured(SecurityProfile.BASIC)
    url, headers = f"{server.ocpp_url}/{of.identity}", basic(of.identity, SECRET)
    assert admitted(url, headers=headers)
    assert admitted(url, headers=over_tls(headers))
    assert refused(url, headers=headers) == 403


def test_T27_nobody_but_a_trusted_proxy_says_that_there_was_tls(server):
    of = secured(SecurityProfile.TLS_BASIC)
    assert refused(f"{server.ocpp_url}/{of.identity}", headers=over_tls(basic(of.identity, SECRET))) == 403


def certificate(subject, verified="SUCCESS"):
    return over_tls({}, **{"X-Client-Cert-Subject": subject, "X-Client-Cert-Verify": verified})


def test_T29_a_client_certificate_names_the_station_or_its_serial_number(server, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    of = station(security_profile=SecurityProfile.TLS_CERTIFICATE, serial_number="SN-77")
    url = f"{server.ocpp_url}/{of.identity}"
    assert admitted(url, headers=certificate(f"CN={of.identity},O={of.organisation.name}"))
    assert admitted(url, headers=certificate(f"O={of.organisation.slug.upper()},CN=SN-77"))
    for headers in (
        certificate(f"CN={of.identity},O=Somebody else"),
        certificate(f"CN={of.identity}"),
        certificate(f"CN=other,O={of.organisation.name}"),
        certificate(f"CN={of.identity},O={of.organisation.name}", "FAILED"),
        certificate("nonsense"),
        over_tls({}),
    ):
        assert refused(url, headers=headers) == 403
    assert refusal_of(of.identity).reason == RefusalReason.CERTIFICATE


def test_T29_a_certificate_header_from_anybody_else_is_nothing(server):
    of = station(security_profile=SecurityProfile.TLS_CERTIFICATE)
    assert refused(f"{server.ocpp_url}/{of.identity}", headers=certificate(f"CN={of.identity}")) == 403


@pytest.mark.parametrize("version, is_old", [("TLSv1", True), ("TLSv1.1", True), ("TLSv1.2", False), ("", False)])
def test_T28_Q20_old_tls_is_for_stations_that_are_flagged_so(server, settings, version, is_old):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    strict, flagged = secured(), secured(allows_old_tls=True)
    for of in (strict, flagged):
        url, headers = f"{server.ocpp_url}/{of.identity}", over_tls(basic(of.identity, SECRET))
        headers["X-TLS-Version"] = version
        if is_old and of is strict:
            assert refused(url, headers=headers) == 403
            assert refusal_of(of.identity).reason == RefusalReason.OLD_TLS
        else:
            assert admitted(url, headers=headers)


def test_T30_the_newer_connection_wins_and_the_older_ones_end_changes_nothing(server):
    of = station()
    url = f"{server.ocpp_url}/{of.identity}"
    with Charger(url) as older:
        older.call("Heartbeat")
        with Charger(url) as newer:
            assert newer.call("Heartbeat")[0] == 3
            assert older.closed() == (1008, "replaced by a newer connection")
            late_end = eventually(lambda: Connection.objects.filter(messages_in=1, closed_at__isnull=False).first())
            assert (late_end.code, late_end.side, late_end.reason) == ("1008", "broker", "Replaced")
            assert eventually(lambda: Connection.objects.filter(closed_at=None).count()) == 1
            assert StationState.objects.get().online
    eventually(lambda: not StationState.objects.get().online)


def test_Q12_a_second_connection_replaces_nothing_before_it_speaks_or_stays(server, monkeypatch):
    of = station()
    url = f"{server.ocpp_url}/{of.identity}"
    with Charger(url) as live:
        live.call("Heartbeat")
        with Charger(url):
            pass
        assert live.call("Heartbeat")[0] == 3
        with scopes_disabled():
            assert Connection.objects.get().closed_at is None
        assert StationState.objects.get().online
        monkeypatch.setattr(edge, "FIRST_WORD_PATIENCE_S", 0.1)
        with Charger(url) as silent:
            assert live.closed() == (1008, "replaced by a newer connection")
            assert silent.call("Heartbeat")[0] == 3


def test_T30_who_was_silent_beside_a_newer_connection_that_talks_never_takes_its_place(server, monkeypatch):
    of = station()
    url = f"{server.ocpp_url}/{of.identity}"
    monkeypatch.setattr(edge, "FIRST_WORD_PATIENCE_S", 1)
    with Charger(url) as oldest, Charger(url) as silent, Charger(url) as newest:
        assert newest.call("Heartbeat")[0] == 3
        assert oldest.closed()[0] == 1008
        assert silent.closed()[0] == 1008
        assert newest.call("Heartbeat")[0] == 3


PING, CLOSE = 0x89, 0x88


@contextmanager
def by_hand(server, identity):
    """A websocket that does nothing by itself: neither pongs nor answers to a close."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as raw, raw.makefile("rb") as stream:
        raw.sendall(
            f"GET /ocpp/{identity} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n".encode()
        )
        while stream.readline().strip():
            pass
        yield raw, stream


def say(raw, message):
    """Send a short text, masked with zeros."""
    text = json.dumps(message).encode()
    raw.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)


def frame(stream):
    """The first byte and the content of the next short frame."""
    first, length = stream.read(2)
    return first, stream.read(length)


def test_T31_T32_Q13_Q16_state_hangs_on_the_socket_and_a_replaced_one_is_not_answered(server):
    of = station()
    with by_hand(server, of.identity) as (raw, stream):
        say(raw, [2, "1", "Heartbeat", {}])
        assert json.loads(frame(stream)[1])[:2] == [3, "1"]
        with Charger(f"{server.ocpp_url}/{of.identity}") as newer:
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
            assert newer.call("StatusNotification", status, unique_id="1")[2] == {}
            assert frame(stream)[0] == CLOSE
            with suppress(OSError):
                say(raw, [2, "2", "Heartbeat", {}])
                raw.shutdown(socket.SHUT_WR)
                assert stream.read() == b""
            assert newer.call("Heartbeat", unique_id="3")[0] == 3
    assert list(Exchange.objects.order_by("id").values_list("message_id", flat=True)) == ["1", "1", "3"]


@pytest.mark.django_db(transaction=True)
def test_T33_Q02_Q03_Q04_Q05_who_never_answers_a_ping_stays_connected():
    of = station()
    assert server_options()["ws_ping_timeout"] is None
    with running_server(ws_ping_interval=0.1) as server, by_hand(server, of.identity) as (raw, stream):
        assert [frame(stream)[0] for _ in range(5)] == [PING] * 5
        say(raw, [2, "1", "Heartbeat", {}])
        while (found := frame(stream))[0] == PING:
            pass
        assert json.loads(found[1])[:2] == [3, "1"]


def test_T34_a_chargers_ping_is_answered(server):
    with Charger(f"{server.ocpp_url}/{station().identity}") as charger:
        assert charger.socket.ping().wait(PATIENCE_S)
        assert charger.call("Heartbeat")[0] == 3


def test_T45_the_version_belongs_to_the_connection(server):
    of = station()
    url = f"{server.ocpp_url}/{of.identity}"
    with Charger(url) as probe:
        assert probe.socket.subprotocol == "ocpp1.6"
    with Charger(url, subprotocols=["ocpp2.0.1"]) as unknown:
        assert unknown.closed()[0] == 1002
    with Charger(url, subprotocols=["ocpp2.0.1", "ocpp1.6"]) as charger:
        assert charger.socket.subprotocol == "ocpp1.6"
        assert charger.call("Heartbeat")[0] == 3
    with scopes_disabled():
        assert set(Connection.objects.values_list("subprotocol", flat=True)) == {"ocpp1.6"}


def test_Q38_a_charger_that_takes_any_time_for_local_is_told_the_local_time(server):
    of = station(time_zone="Asia/Tokyo")
    StationCredential.objects.create(station=of, wants_local_time=True)
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        told = [charger.boot()["currentTime"], charger.call("Heartbeat")[2]["currentTime"]]
    for text in told:
        assert text.endswith("+09:00")
        assert abs(datetime.fromisoformat(text) - timezone.now()) < timedelta(minutes=5)


def test_T37_a_message_in_fragments_is_put_together(server):
    with Charger(f"{server.ocpp_url}/{station().identity}") as charger:
        charger.socket.send(iter(['[2,"f1",', '"Heartbeat",', "{}]"]))
        charger.socket.ping()
        assert charger.receive()[:2] == [3, "f1"]


def test_T38_a_message_that_is_too_big_ends_the_connection_with_1009(server, settings):
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        charger.send("x" * (settings.GATEWAY_MAX_MESSAGE_BYTES + 1))
        assert charger.closed()[0] == 1009
    assert closed_connection(of).code == "1009"


def test_T38_a_message_of_a_megabyte_is_taken(server):
    with Charger(f"{server.ocpp_url}/{station().identity}") as charger:
        answer = charger.call("DataTransfer", {"vendorId": "x", "data": "y" * 2**20})
    assert answer[2] == {"status": "UnknownVendorId"}


def test_T39_text_that_is_not_utf_8_is_shown_in_the_connection_history(server):
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        charger.socket.send(b"\xff\xfe", text=True)
        assert charger.closed()[0] == 1007
    assert closed_connection(of).code == "1007"


def test_binary_messages_are_refused(server):
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        charger.socket.send(b"[]")
        assert charger.closed()[0] == 1003
    assert closed_connection(of).code == "1003"


def test_T40_compression_is_negotiated(server):
    with Charger(f"{server.ocpp_url}/{station().identity}") as charger:
        assert charger.socket.protocol.extensions
        assert charger.call("Heartbeat")[0] == 3


def test_T42_a_charger_that_was_accepted_before_is_served_without_a_boot(server):
    with Charger(f"{server.ocpp_url}/{station().identity}") as charger:
        answer = charger.call("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"})
    assert answer[2] == {}


@pytest.mark.django_db(transaction=True)
def test_T43_a_shutdown_closes_with_1012_and_leaves_nothing_open():
    of = station()
    with ExitStack() as stack:
        with running_server() as server:
            charger = stack.enter_context(Charger(f"{server.ocpp_url}/{of.identity}"))
            charger.call("Heartbeat")
        assert charger.closed()[0] == 1012
    assert (closed_connection(of).code, closed_connection(of).side) == ("0001", "broker")
    assert not StationState.objects.get().online
    assert not GatewayNode.objects.exists()


def test_T44_a_silent_charger_is_given_up(server, settings, monkeypatch):
    monkeypatch.setattr(line, "SILENCE_MARGIN_S", 0)
    settings.GATEWAY_HEARTBEAT_INTERVAL_S = 0
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        assert charger.closed() == (1001, "no sign of life")
    found = closed_connection(of)
    assert (found.code, found.reason) == ("1006", "No sign of life")
    assert not StationState.objects.get().online


def test_the_connection_is_counted_and_dated(server):
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        charger.call("Heartbeat")
        charger.call("Heartbeat")
        assert StationState.objects.get().online
    found = closed_connection(of)
    assert (found.messages_in, found.messages_out, found.code, found.side) == (2, 2, "1000", "station")
    assert found.last_message_at > found.opened_at


def test_the_identity_of_a_changed_station_ends_its_connection(server):
    of = station()
    with Charger(f"{server.ocpp_url}/{of.identity}") as charger:
        charger.call("Heartbeat")
        send_station_changed(of.pk, frozenset({"identity"}))
        assert charger.closed() == (1008, "disconnected by the operator")


def test_without_a_database_the_door_says_try_later(server, monkeypatch):
    def broken(*args):
        raise RuntimeError("no database")

    monkeypatch.setattr(admission.Admission, "admit", broken)
    assert refused(f"{server.ocpp_url}/{station().identity}") == 503


def test_nothing_of_a_password_is_in_the_message_log(server):
    of = secured()
    with Charger(f"{server.ocpp_url}/{of.identity}", headers=basic(of.identity, SECRET)) as charger:
        charger.boot()
    assert SECRET not in json.dumps(list(Exchange.objects.values()), default=str)
