"""The gateway's pages: communication logs, connection history, unknown stations, passwords."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry
from ocpp_gateway import credentials, exchanges
from ocpp_gateway.choices import Direction
from ocpp_gateway.exchanges import Row
from ocpp_gateway.models import Connection, RefusedHandshake, StationCredential
from ocpp_gateway.views.connections import availability_percent
from stations.choices import LifeCycle, SecurityProfile
from stations.models import Station
from tests import factories
from tests.factories import refusal
from tests.gateway.pipeline_kit import peer

LOGS = "/stations/BER-1/communication-logs/"
HISTORY = "/stations/BER-1/connection-history/"


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def log(of: Station, *ages_s: int, action: str = "Heartbeat", **fields) -> None:
    now = timezone.now()
    frame = fields.pop("request", f'[2,"a","{action}",{{}}]')
    direction = fields.pop("direction", Direction.IN)
    exchanges.write(
        Row(peer(of), now - timedelta(seconds=age), direction, frame, action=action, **fields) for age in ages_s
    )


# --- Communication logs -------------------------------------------------------------------------------------------
def test_a_frame_stands_as_it_was_sent(page, station):
    log(station, 5, request='[2,"7","StatusNotification",{"info":"<b>"}]', action="StatusNotification")
    answer = page.get(LOGS).content.decode()
    assert "[2,&quot;7&quot;,&quot;StatusNotification&quot;,{&quot;info&quot;:&quot;&lt;b&gt;&quot;}]" in answer


def test_the_log_is_filtered_by_message_direction_errors_and_period(page, station):
    log(station, 5, action="Heartbeat")
    log(station, 6, action="Authorize", error_code="InternalError")
    log(station, 30 * 86_400, action="BootNotification")
    rows = page.get(LOGS).context["table"].page.rows
    assert [row.action for row in rows] == ["Heartbeat", "Authorize"]
    only = page.get(LOGS, {"errors": "on"}).context["table"].page.rows
    assert [row.action for row in only] == ["Authorize"]
    chosen = page.get(LOGS, {"action": "Heartbeat"}).context["table"].page.rows
    assert [row.action for row in chosen] == ["Heartbeat"]
    early = (timezone.localtime() - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M")
    assert len(page.get(LOGS, {"start": early}).context["table"].page.rows) == 3


def test_the_log_is_paged_by_key(page, station):
    log(station, *range(10, 130))
    first = page.get(LOGS)
    second = page.get(first.context["table"].next_url)
    seen = {row.id for answer in (first, second) for row in answer.context["table"].page.rows}
    assert len(seen) == 100


def test_one_exchange_has_an_address_of_its_own(page, station, other_organisation):
    log(station, 5, request='[2,"7","Heartbeat",{}]')
    row = page.get(LOGS).context["table"].page.rows[0]
    answer = page.get(LOGS, {"frame": row.frame_key})
    assert answer.context["exchange"].id == row.id
    with scopes_disabled():
        elsewhere = factories.station(other_organisation)
    log(elsewhere, 5)
    foreign = f"{row.frame_key.split('-')[0]}-{row.id + 1}"
    assert page.get(LOGS, {"frame": foreign}).status_code == 404


@pytest.mark.parametrize("key", ["x", "1-2", "999999999999999999-1", "-", "1-99999999999999999999"])
def test_an_address_of_no_exchange_finds_nothing(page, station, key):
    assert page.get(LOGS, {"frame": key}).status_code == 404


def test_newer_messages_are_counted_not_thrust_upon_the_reader(page, station):
    log(station, 60)
    newest = page.get(LOGS).context["newest"]
    assert page.get(LOGS, {"newer": newest}).context["count"] == 0
    log(station, 30, 20)
    assert page.get(LOGS, {"newer": newest}).context["count"] == 2
    assert page.get(LOGS, {"newer": "nonsense"}).status_code == 404


def test_the_log_takes_few_queries(page, station, django_assert_max_num_queries):
    log(station, *range(10, 110))
    page.get(LOGS)
    with django_assert_max_num_queries(12):
        page.get(LOGS)


def test_the_tabs_need_the_subscription(page, station, organisation):
    organisation.features = []
    organisation.save()
    assert page.get(LOGS).status_code == 404
    assert page.get(HISTORY).status_code == 404


# --- Connection history -------------------------------------------------------------------------------------------
def connect(station: Station, opened_h: float, closed_h: float | None, code: str = "") -> Connection:
    now = timezone.now()
    return Connection.objects.create(
        organisation_id=station.organisation_id,
        station=station,
        security_profile=1,
        opened_at=now - timedelta(hours=opened_h),
        closed_at=now - timedelta(hours=closed_h) if closed_h is not None else None,
        code=code,
    )


def test_connections_show_their_end_in_words_and_the_commonest_causes(page, station, organisation):
    with scope(organisation=organisation):
        connect(station, 30, 20, "1006")
        connect(station, 19, 10, "1006")
        connect(station, 9, 5, "0001")
        connect(station, 4, None)
    answer = page.get(HISTORY)
    assert [(cause.code, cause.count) for cause in answer.context["causes"]] == [("1006", 2), ("0001", 1)]
    assert "Server reboot" in answer.content.decode()
    assert len(answer.context["timeline"].spans) == 4
    # What lay before its first connection does not count as away.
    assert answer.context["availability"] == pytest.approx(90, abs=0.1)


def test_availability_is_the_share_of_the_period_connected(station, organisation):
    with scope(organisation=organisation):
        connect(station, 30, 12, "1006")
        connect(station, 6, None)
        end = timezone.now()
        assert availability_percent(station, end - timedelta(hours=24), end) == pytest.approx(75, abs=0.1)
        assert availability_percent(station, end - timedelta(hours=11), end - timedelta(hours=7)) == 0


def test_an_impossible_period_is_the_shortest_one(page, station):
    assert page.get(HISTORY, {"days": "400"}).context["days"] == 7
    assert page.get(HISTORY, {"days": "90"}).context["days"] == 90


# --- Unknown stations ---------------------------------------------------------------------------------------------
def test_an_unknown_charger_is_adopted_in_one_click(page, organisation):
    row = refusal(organisation, shown_digest=credentials.digest_of(b"secret"))
    assert "NEW-1" in page.get("/unknown-stations/").content.decode()
    answer = page.post(f"/unknown-stations/{row.pk}/adopt/")
    assert answer["Location"] == "/stations/NEW-1/"
    with scope(organisation=organisation):
        station = Station.objects.get(identity="NEW-1")
    assert station.life_cycle == LifeCycle.IN_OPERATION
    assert station.security_profile == SecurityProfile.BASIC
    assert credentials.match(station.credential, b"secret") is credentials.Key.CURRENT
    assert not RefusedHandshake.objects.exists()


def test_what_others_see_cannot_be_adopted(page, other_organisation):
    row = refusal(other_organisation)
    assert "NEW-1" not in page.get("/unknown-stations/").content.decode()
    assert page.post(f"/unknown-stations/{row.pk}/adopt/").status_code == 404


def test_a_charger_that_cannot_be_adopted_says_why(page, organisation):
    row = refusal(organisation, identity="bad/id")
    answer = page.post(f"/unknown-stations/{row.pk}/adopt/", follow=True)
    assert "letters, digits" in answer.content.decode()
    assert RefusedHandshake.objects.filter(pk=row.pk).exists()


def test_selected_rows_are_forgotten(page, organisation, other_organisation):
    mine, kept = refusal(organisation), refusal(organisation, "KEPT-1")
    foreign = refusal(other_organisation)
    page.post("/unknown-stations/forget/", {"selected": [mine.pk, foreign.pk]})
    assert set(RefusedHandshake.objects.values_list("pk", flat=True)) == {kept.pk, foreign.pk}


# --- Passwords and what a charger may do differently --------------------------------------------------------------
def test_a_new_password_is_shown_once_and_kept_as_a_digest(page, station):
    answer = page.post("/station-connections/BER-1/password/", {"way": "shown"})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    credential = StationCredential.objects.get(station=station)
    assert credentials.match(credential, secret.encode())
    entry = AuditEntry.objects.get(action="ocpp_gateway.secret_made")
    assert secret not in str(entry.after) + str(entry.before)


def test_a_password_cannot_be_sent_to_a_charger_that_is_offline(page, organisation):
    factories.station(organisation, identity="OFF-1", online=False)
    answer = page.post("/station-connections/OFF-1/password/", {"way": "ocpp"})
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors()


def test_connection_settings_are_saved_and_audited(page, station):
    page.post("/station-connections/BER-1/settings/", {"accepts_hex_text": "on"})
    credential = StationCredential.objects.get(station=station)
    assert credential.accepts_hex_text
    assert not credential.assume_subprotocol
    entry = AuditEntry.objects.get(action="ocpp_gateway.settings_changed")
    assert entry.after == {"accepts_hex_text": True}


def test_a_lower_profile_is_allowed_by_a_person_only_where_one_was_shown(page, station):
    address = "/station-connections/BER-1/lower-profile/"
    assert page.post(address).status_code == 422
    StationCredential.objects.create(station=station, highest_profile=SecurityProfile.TLS_BASIC)
    assert "lower-profile" in page.get("/stations/BER-1/information/").content.decode()
    assert page.post(address).status_code == 302
    assert StationCredential.objects.get(station=station).highest_profile == SecurityProfile.UNSECURED
    assert AuditEntry.objects.filter(action="ocpp_gateway.lower_profile_allowed").exists()
    assert "lower-profile" not in page.get("/stations/BER-1/information/").content.decode()
