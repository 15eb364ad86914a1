"""Commands in the browser: asking, watching, cancelling, and the histories."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from accounts.selectors import access_for
from chargeports.choices import CommandKind as Kind
from chargeports.choices import CommandState as State
from chargeports.models import Command, ConfigurationValue
from chargeports.rights import CONTROL_CHARGING, RESET, VIEW_COMMANDS
from charging.choices import PORTAL_TAG, SessionState
from charging.models import ChargingSession, IdToken
from common.consumers import draw_all
from common.declarations import declared
from stations.choices import LifeCycle
from stations.models import Station, StationState
from tests import factories

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1", ports=2)


@pytest.fixture
def access(owner, organisation):
    return access_for(owner, organisation)


def body(answer) -> str:
    return answer.content.decode()


def ask(page, slug: str, values: dict[str, Any] | None = None, query: str = "", **kwargs: Any):
    return page.post(f"/commands/new/{slug}/BER-1/{query}", values or {}, **kwargs)


def drawn_one(access, name: str):
    return draw_all(access, [name])[name]


def running_session(station: Station, port_number: int = 1, **fields: Any) -> ChargingSession:
    return ChargingSession.objects.create(
        organisation_id=station.organisation_id,
        station=station,
        port_number=port_number,
        id_tag="TAG1",
        **{"started_at": datetime.now(UTC), **fields},
    )


def test_every_kind_has_a_form_with_an_address_of_its_own():
    forms = declared("forms", "COMMAND_FORMS")
    assert sorted(form.kind for form in forms) == sorted(Kind)
    assert len({reverse(form.url_name(), args=["BER-1"]) for form in forms}) == len(Kind)


ASKED = [
    ("reset", {"type": "hard"}, Kind.RESET, {"type": "hard"}, None),
    ("change-availability", {"operative": "no"}, Kind.CHANGE_AVAILABILITY, {"operative": False}, None),
    ("change-availability", {"operative": "yes", "port_number": 2}, Kind.CHANGE_AVAILABILITY, {"operative": True}, 2),
    ("unlock", {"port_number": 1}, Kind.UNLOCK, {}, 1),
    ("read-configuration", {"keys": ""}, Kind.READ_CONFIGURATION, {"keys": []}, None),
    ("read-configuration", {"keys": "A, B"}, Kind.READ_CONFIGURATION, {"keys": ["A", "B"]}, None),
    ("change-configuration", {"key": "K", "value": ""}, Kind.CHANGE_CONFIGURATION, {"key": "K", "value": ""}, None),
    ("clear-cache", {}, Kind.CLEAR_CACHE, {}, None),
    ("trigger-message", {"message": "status", "port_number": 2}, Kind.TRIGGER_MESSAGE, {"message": "status"}, 2),
    ("data-transfer", {"vendor_id": "v", "data": " d "}, Kind.DATA_TRANSFER, {"vendor_id": "v", "data": " d "}, None),
    ("start-charging", {"id_tag": "PORTAL", "port_number": 1}, Kind.START_CHARGING, {"id_tag": "PORTAL"}, 1),
    (
        "start-charging",
        {"id_tag": "PORTAL", "port_number": 1, "limit_a": "16"},
        Kind.START_CHARGING,
        {"id_tag": "PORTAL", "limit_a": 16.0},
        1,
    ),
]


@pytest.mark.parametrize("slug, values, kind, parameters, port_number", ASKED)
def test_asking_queues_the_command_and_leads_to_it(page, owner, station, slug, values, kind, parameters, port_number):
    answer = ask(page, slug, values)
    command = Command.objects.get()
    assert answer.headers["Location"] == f"/commands/{command.pk}/"
    assert (command.kind, command.parameters, command.port_number) == (kind, parameters, port_number)
    assert (command.actor_kind, command.actor_id, command.state) == ("user", owner.pk, State.QUEUED)


@pytest.mark.parametrize(
    "slug, values, field",
    [
        ("reset", {}, "type"),
        ("reset", {"type": "gently"}, "type"),
        ("change-availability", {}, "operative"),
        ("unlock", {}, "port_number"),
        ("unlock", {"port_number": 9}, "port_number"),
        ("read-configuration", {"keys": "K" * 51}, "keys"),
        ("change-configuration", {"value": "1"}, "key"),
        ("change-configuration", {"key": "LightIntensity", "value": "bright"}, "value"),
        ("change-configuration", {"key": "HeartbeatInterval", "value": "300"}, "confirmed"),
        ("change-configuration", {"key": "K", "value": "v" * 501}, "value"),
        ("trigger-message", {"message": "song"}, "message"),
        ("data-transfer", {}, "vendor_id"),
        ("start-charging", {"id_tag": "", "port_number": 1}, "id_tag"),
        ("start-charging", {"id_tag": "STRANGER", "port_number": 1}, "id_tag"),
        ("start-charging", {"id_tag": "PORTAL", "port_number": 1, "limit_a": "-1"}, "limit_a"),
        ("stop-charging", {"session_id": "1"}, "session_id"),
    ],
)
def test_what_cannot_be_stands_at_its_field(page, station, slug, values, field):
    answer = ask(page, slug, values)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Command.objects.exists()


def test_what_the_station_cannot_do_now_stands_above_the_form_and_nothing_is_lost(page, station):
    Station.objects.update(life_cycle=LifeCycle.OUT_OF_OPERATION)
    factories.token(station.organisation, "TAG1")
    answer = ask(page, "start-charging", {"id_tag": "TAG1", "port_number": 2})
    assert answer.status_code == 422
    assert "in operation" in body(answer)
    assert answer.context["form"]["id_tag"].value() == "TAG1"


def test_C18_what_the_station_says_it_lacks_is_greyed_with_the_reason_and_may_still_be_asked(page, station):
    sheet = body(page.get("/stations/BER-1/", follow=True))
    assert "Read version of the local list" in sheet
    assert "is-doubtful" not in sheet
    factories.setting(station, "SupportedFeatureProfiles", "Core, RemoteTrigger,FirmwareManagement")
    sheet = body(page.get("/stations/BER-1/", follow=True))
    assert "lacks OCPP&#x27;s profile LocalAuthListManagement" in sheet
    assert "is-doubtful" in sheet
    assert "lacks OCPP&#x27;s profile FirmwareManagement" not in sheet
    assert "lacks OCPP&#x27;s profile LocalAuthListManagement" in body(
        page.get("/commands/new/get-local-list-version/BER-1/")
    )
    assert ask(page, "get-local-list-version").status_code == 302


def test_in_the_dialog_the_answer_is_the_commands_progress(page, station):
    text = body(ask(page, "reset", {"type": "soft"}, headers=HTMX))
    command = Command.objects.get()
    assert f'data-live="chargeports.command:{command.pk}"' in text
    assert "<html" not in text


def test_who_may_not_see_commands_comes_back_to_the_sheet(client, organisation, station):
    client.force_login(factories.member(organisation, RESET))
    assert ask(client, "reset", {"type": "soft"}).headers["Location"] == "/stations/BER-1/"
    assert Command.objects.count() == 1


def test_the_query_fills_in_the_port(page, station):
    form = page.get("/commands/new/unlock/BER-1/?port_number=2").context["form"]
    assert str(form["port_number"].value()) == "2"


@pytest.mark.parametrize("query", ["?port_number=x", "?port_number=-1", "?port_number=99999999999999", "?type=<b>"])
def test_a_damaged_query_still_shows_the_form(page, station, query):
    for slug in ("reset", "unlock"):
        assert page.get(f"/commands/new/{slug}/BER-1/{query}").status_code == 200


class TestOffline:
    @pytest.fixture(autouse=True)
    def offline(self, station):
        StationState.objects.update(online=False)

    def test_the_form_says_so_and_offers_to_wait(self, page):
        text = body(page.get("/commands/new/reset/BER-1/"))
        assert "The station is offline." in text
        assert "Send when it is back" in text

    def test_the_command_waits_as_long_as_was_chosen(self, page):
        ask(page, "reset", {"type": "soft", "expires_in_s": 86400})
        command = Command.objects.get()
        assert timedelta(hours=23) < command.expires_at - command.created_at < timedelta(hours=25)

    def test_without_a_choice_nothing_is_sent(self, page):
        """The station went offline while the form was open."""
        answer = ask(page, "reset", {"type": "hard"})
        assert answer.status_code == 422
        assert "expires_in_s" in answer.context["form"].errors
        assert answer.context["form"]["type"].value() == "hard"


class TestConsequences:
    def test_a_restart_names_the_sessions_that_it_ends(self, page, station):
        running_session(station, 1)
        running_session(station, 2)
        assert "this ends 2 running sessions (charge ports 1, 2)" in body(page.get("/commands/new/reset/BER-1/"))

    def test_nothing_is_said_where_nothing_runs(self, page, station):
        running_session(station, 1, state=SessionState.ENDED)
        assert "alert-warning" not in body(page.get("/commands/new/reset/BER-1/"))

    def test_unlocking_names_the_session_of_its_port_only(self, page, station):
        running_session(station, 1)
        assert "releasing the plug ends it" in body(page.get("/commands/new/unlock/BER-1/?port_number=1"))
        assert "alert-warning" not in body(page.get("/commands/new/unlock/BER-1/?port_number=2"))
        assert "ends it (charge port 1)" in body(page.get("/commands/new/unlock/BER-1/"))

    def test_a_lock_says_when_it_takes_effect(self, page, station):
        running_session(station, 1)
        text = body(page.get("/commands/new/change-availability/BER-1/"))
        assert "a lock takes effect when it has ended" in text


class TestStart:
    def test_Q70_the_portals_token_is_made_once_and_is_short(self, page, station):
        """Some chargers stop nothing by a tag that is longer than 16 characters."""
        assert len(PORTAL_TAG) <= 16
        for _ in range(2):
            ask(page, "start-charging", {"id_tag": "portal", "port_number": 1})
        assert IdToken.objects.filter(token="PORTAL", concurrent_sessions=True).count() == 1
        assert Command.objects.count() == 2

    def test_a_blocked_token_is_refused_with_the_reason(self, page, station):
        factories.token(station.organisation, "TAG1", status="blocked")
        assert "The token is blocked" in body(ask(page, "start-charging", {"id_tag": "TAG1", "port_number": 1}))

    def test_tokens_are_suggested_by_number_label_and_holder(self, page, organisation, other_organisation):
        factories.token(organisation, "04AA", holder="Anna Adler")
        factories.token(organisation, "04BB", label="Pool <car>")
        factories.token(other_organisation, "04CC", holder="Anna Other")

        def suggested(text: str) -> str:
            return body(page.get("/id-tokens/suggestions/", {"id_tag": text}))

        assert "04AA" in suggested("anna")
        assert "04CC" not in suggested("anna")
        assert "Pool &lt;car&gt;" in suggested("pool")
        assert "04BB" in suggested("04b")
        assert suggested("0").strip() == ""


class TestStop:
    def test_the_session_is_named(self, page, station):
        session = running_session(station, 2)
        page.get(f"/commands/new/stop-charging/BER-1/?session_id={session.pk}")
        ask(page, "stop-charging", {"session_id": session.pk}, f"?session_id={session.pk}")
        command = Command.objects.get()
        assert (command.kind, command.parameters, command.port_number) == (
            Kind.STOP_CHARGING,
            {"session_id": session.pk},
            2,
        )

    def test_a_session_that_ended_or_runs_elsewhere_is_refused(self, page, station, organisation):
        ended = running_session(station, state=SessionState.ENDED)
        elsewhere = running_session(factories.station(organisation))
        for session in (ended, elsewhere):
            assert "does not run any more" in body(ask(page, "stop-charging", {"session_id": session.pk}))


def with_state(station: Station, state: State, kind: Kind = Kind.RESET, **fields: Any) -> Command:
    sent = state not in (State.QUEUED, State.EXPIRED, State.CANCELLED)
    ended = state not in (State.QUEUED, State.SENT)
    return factories.command(
        station,
        kind,
        state=state,
        sent_at=NOW + timedelta(seconds=2) if sent else None,
        ended_at=NOW + timedelta(seconds=3.5) if ended else None,
        **fields,
    )


class TestProgress:
    @pytest.mark.parametrize(
        "state, words",
        [
            (State.QUEUED, ["Queued", "waiting for the charger", "until", "Cancel the command"]),
            (State.SENT, ["Queued", "Sent", "waiting for the charger's answer"]),
            (State.ACCEPTED, ["Queued", "Sent", "Accepted", "1.5 s"]),
            (State.REJECTED, ["Queued", "Sent", "Rejected", "1.5 s"]),
            (State.FAILED, ["Queued", "Sent", "Failed", "1.5 s"]),
            (State.TIMED_OUT, ["Queued", "Sent", "Timed out"]),
            (State.EXPIRED, ["Queued", "Expired"]),
            (State.CANCELLED, ["Queued", "Cancelled"]),
        ],
    )
    def test_every_state_shows_its_way(self, page, station, state, words):
        command = with_state(station, state)
        text = body(page.get(f"/commands/{command.pk}/")).replace("&#x27;", "'")
        for word in words:
            assert word in text
        assert ("Cancel the command" in text) == (state == State.QUEUED)
        assert ("waiting for" in text) == (state in (State.QUEUED, State.SENT))

    @pytest.mark.parametrize(
        "outcome, meaning",
        [
            ("Scheduled", "as soon as the running session has ended"),
            ("RebootRequired", "it counts after a restart"),
            ("NotSupported", "does not know this"),
            ("NotImplemented: no such thing", "does not know this kind of message"),
            ("No answer", "look at its status before you ask again"),
            ("Something <b>new</b>", ""),
        ],
    )
    def test_the_chargers_own_word_is_shown_and_explained(self, page, station, outcome, meaning):
        command = with_state(station, State.ACCEPTED, outcome=outcome)
        text = body(page.get(f"/commands/{command.pk}/"))
        assert f'<span class="mono">{outcome.replace("<", "&lt;").replace(">", "&gt;")}</span>' in text
        assert meaning in text

    def test_an_answer_that_came_late_is_shown_beside(self, page, station):
        late = {"outcome": "Accepted", "answer": {"status": "Accepted"}, "at": NOW.isoformat()}
        command = with_state(station, State.TIMED_OUT, answer={"late": late})
        assert "The charger answered later" in body(page.get(f"/commands/{command.pk}/"))

    def test_the_answer_stands_as_it_came(self, page, station):
        command = with_state(station, State.REJECTED, answer={"status": "Rejected", "note": "<script>"})
        text = body(page.get(f"/commands/{command.pk}/"))
        assert "&quot;status&quot;: &quot;Rejected&quot;" in text
        assert "<script>" not in text.partition("</head>")[2]

    def test_a_secret_is_never_shown(self, page, station):
        ask(page, "change-configuration", {"key": "AuthorizationKey", "value": "hush-hush-hush-1", "confirmed": "on"})
        command = Command.objects.get()
        for address in (f"/commands/{command.pk}/", "/stations/BER-1/commands/"):
            text = body(page.get(address))
            assert "AuthorizationKey" in text
            assert "hush" not in text
            assert command.parameters["secret"] not in text

    def test_it_is_drawn_anew_by_its_own_topic(self, access, station):
        drawn = drawn_one(access, f"chargeports.command:{with_state(station, State.SENT).pk}")
        assert drawn is not None
        assert drawn.topics == {f"command.{Command.objects.get().pk}"}
        assert "Sent" in drawn.html

    def test_nobody_draws_what_is_not_theirs(self, station, stranger, other_organisation):
        command = with_state(station, State.SENT)
        with scope(organisation=other_organisation):
            assert drawn_one(access_for(stranger, other_organisation), f"chargeports.command:{command.pk}") is None


class TestWayOfAStart:
    @pytest.fixture
    def accepted(self, station) -> Command:
        now = datetime.now(UTC)
        return factories.command(
            station,
            Kind.START_CHARGING,
            port_number=1,
            parameters={"id_tag": "TAG1"},
            state=State.ACCEPTED,
            sent_at=now - timedelta(seconds=5),
            ended_at=now - timedelta(seconds=4),
        )

    def text(self, page, command: Command) -> str:
        return body(page.get(f"/commands/{command.pk}/"))

    def test_it_waits_for_the_plug(self, page, accepted):
        assert "Waiting for the plug" in self.text(page, accepted)

    def test_it_charges(self, page, station, accepted):
        now = datetime.now(UTC)
        session = running_session(station, start_received_at=now, last_value_at=now, energy_wh=500, power_w=7_000)
        text = self.text(page, accepted)
        assert f"#{session.pk}" in text
        assert "7.0 kW" in text
        assert "0.500 kWh" in text

    def test_a_refused_token_is_the_reason(self, page, station, accepted):
        running_session(station, start_received_at=datetime.now(UTC), authorization="Blocked")
        assert "The token was refused: Blocked" in self.text(page, accepted)

    def test_sessions_of_others_are_not_taken_for_it(self, page, station, accepted):
        running_session(station, 2, start_received_at=datetime.now(UTC))
        running_session(station, 1, start_received_at=datetime.now(UTC) - timedelta(hours=1))
        other = running_session(station, 1, start_received_at=datetime.now(UTC))
        ChargingSession.objects.filter(pk=other.pk).update(id_tag="TAG2")
        assert "Waiting for the plug" in self.text(page, accepted)

    @pytest.mark.parametrize(
        "told, gave_up", [("30", True), ("600", False), (None, False), ("soon", False), ("9" * 14, False)]
    )
    def test_it_gives_up_when_the_charger_does(self, page, station, accepted, told, gave_up):
        Command.objects.update(ended_at=datetime.now(UTC) - timedelta(seconds=100))
        ConfigurationValue.objects.create(
            organisation_id=station.organisation_id,
            station=station,
            key="ConnectionTimeOut",
            value=told,
            first_read_at=NOW,
            changed_at=NOW,
        )
        assert ("No session began" in self.text(page, accepted)) == gave_up

    def test_a_start_that_was_rejected_waits_for_nothing(self, page, accepted):
        Command.objects.update(state=State.REJECTED)
        assert "Waiting for the plug" not in self.text(page, accepted)

    def test_it_is_drawn_anew_by_its_port_too(self, access, station, accepted):
        drawn = drawn_one(access, f"chargeports.command:{accepted.pk}")
        assert drawn.topics == {f"command.{accepted.pk}", f"port.{station.pk}.1"}


class TestCancel:
    def test_a_command_that_waits_is_taken_back(self, page, station):
        command = with_state(station, State.QUEUED)
        assert page.post(f"/commands/{command.pk}/cancel/").headers["Location"] == f"/commands/{command.pk}/"
        assert Command.objects.get().state == State.CANCELLED

    def test_one_that_was_sent_goes_on_and_the_page_says_why(self, page, station):
        command = with_state(station, State.SENT)
        answer = page.post(f"/commands/{command.pk}/cancel/", follow=True)
        assert "it can no longer be cancelled" in body(answer)
        assert Command.objects.get().state == State.SENT

    def test_it_needs_the_right_of_its_kind(self, client, organisation, station):
        command = with_state(station, State.QUEUED)
        client.force_login(factories.member(organisation, VIEW_COMMANDS, CONTROL_CHARGING))
        assert "Cancel the command" not in body(client.get(f"/commands/{command.pk}/"))
        assert client.post(f"/commands/{command.pk}/cancel/").status_code == 403
        assert Command.objects.get().state == State.QUEUED

    def test_it_is_no_link(self, page, station):
        assert page.get(f"/commands/{with_state(station, State.QUEUED).pk}/cancel/").status_code == 405


class TestHistory:
    URL = "/stations/BER-1/commands/"

    @pytest.fixture(autouse=True)
    def commands(self, station, organisation):
        with_state(station, State.ACCEPTED, Kind.RESET, actor_label="Anna")
        with_state(station, State.REJECTED, Kind.UNLOCK, parameters={}, port_number=1, actor_label="Ben")
        with_state(station, State.QUEUED, Kind.UNLOCK, parameters={}, port_number=2, actor_label="Ben")
        with_state(factories.station(organisation, identity="HAM-1"), State.ACCEPTED)

    def shown(self, answer) -> list[tuple[str, str]]:
        return [(row.object.kind, row.object.state) for row in answer.context["table"].rows]

    def test_a_station_shows_its_own_newest_first(self, page):
        assert self.shown(page.get(self.URL)) == [("unlock", "queued"), ("unlock", "rejected"), ("reset", "accepted")]

    def test_a_port_shows_its_own(self, page):
        assert self.shown(page.get("/charge-ports/BER-1/1/commands/")) == [("unlock", "rejected")]

    @pytest.mark.parametrize(
        "query, count",
        [
            ("kind=reset", 1),
            ("kind=reset&kind=unlock", 3),
            ("state=queued", 1),
            ("by=ben", 2),
            ("created_at_after=2000-01-01", 3),
            ("created_at_before=2000-01-01", 0),
            ("kind=dance", 3),
            ("created_at_after=yesterday", 3),
        ],
    )
    def test_filters(self, page, query, count):
        assert len(self.shown(page.get(f"{self.URL}?{query}"))) == count

    def test_pages_by_keyset(self, page, station):
        for _ in range(60):
            with_state(station, State.ACCEPTED)
        first = page.get(self.URL).context["table"]
        second = page.get(first.next_url).context["table"]
        assert (len(first.rows), len(second.rows)) == (30, 30)

    def test_queries_do_not_grow_with_the_commands(self, page, station):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                page.get(self.URL)
            return len(counted)

        queries()
        few = queries()
        for _ in range(20):
            with_state(station, State.ACCEPTED)
        assert queries() == few

    def test_it_hears_of_every_change(self, access, station):
        name = f"chargeports.open-commands:{station.pk}"
        before = drawn_one(access, name)
        assert before.topics == {f"station.{station.pk}"}
        with_state(station, State.EXPIRED)
        assert drawn_one(access, name).html != before.html

    def test_what_a_change_draws_anew_is_what_is_shown(self, page):
        headers = {"HX-Request": "true", "HX-Target": "table-commands"}
        text = body(page.get(f"{self.URL}?kind=reset", headers=headers))
        assert f'hx-get="{self.URL}?kind=reset" hx-trigger="cpms:live from:#open-commands"' in text
        assert "<html" not in text

    def test_a_history_without_commands_says_so(self, page, organisation):
        factories.station(organisation, identity="NEW-1")
        assert "No commands yet" in body(page.get("/stations/NEW-1/commands/"))


def test_the_kits_command_line_needs_no_more_than_the_command(station):
    """`{% command %}` stands in lists of other apps too."""
    text = render_to_string("command.html", {"command": with_state(station, State.ACCEPTED, outcome="Accepted")})
    assert text.count("<li>") == 3
