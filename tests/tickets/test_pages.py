"""The pages of tickets, teams, categories and rules. Who may open them is swept in `tests/contracts/test_urls.py`."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from accounts.models import StoredFile
from common.actor import SYSTEM
from stations.rights import VIEW_STATIONS
from stations.services import index_stations
from tests import factories
from tests.accounts.conftest import streamed
from tickets import selectors, services
from tickets.choices import Priority, TicketState
from tickets.models import EscalationRule, Team, Ticket, TicketCategory
from tickets.rights import VIEW_TICKETS

LIST = "/tickets/"
TAB = "/stations/BER-1/tickets/"


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", name="Hall")


@pytest.fixture
def opened(organisation, station):
    def make(title="Cable torn", **values) -> Ticket:
        with scope(organisation=organisation):
            return services.open_ticket(SYSTEM, organisation, title=title, **({"station": station} | values))

    return make


def shown(answer) -> list[str]:
    return [row.object.title for row in answer.context["table"].rows]


def body(answer) -> str:
    return answer.content.decode()


class TestLists:
    def test_list_shows_own_tickets_and_filters_them(self, page, opened, owner, other_organisation):
        services.open_ticket(SYSTEM, other_organisation, title="Foreign")
        opened("Mine", assignee=owner, priority=Priority.URGENT)
        opened("Old", state=TicketState.CLOSED, station=None)
        assert shown(page.get(LIST)) == ["Old", "Mine"]
        assert shown(page.get(f"{LIST}?mine=mine")) == ["Mine"]
        assert shown(page.get(f"{LIST}?mine=nobody")) == ["Old"]
        assert shown(page.get(f"{LIST}?state=closed")) == ["Old"]
        assert shown(page.get(f"{LIST}?priority=4")) == ["Mine"]
        assert shown(page.get(f"{LIST}?q=%231")) == ["Mine"]
        assert shown(page.get(f"{LIST}?q=ol")) == ["Old"]
        assert b"Mine" in streamed(page.get(f"{LIST}?format=csv"))

    @pytest.mark.parametrize("query", ["state=huge", "priority=x", "created_at_after=soon", "team=0"])
    def test_bad_filter_is_told(self, page, opened, query):
        opened()
        assert page.get(f"{LIST}?{query}").context["filters"].form.errors

    def test_tab_shows_the_stations_tickets_and_information_their_number(self, page, opened, organisation):
        opened("Here")
        opened("There", station=factories.station(organisation))
        assert shown(page.get(TAB)) == ["Here"]
        assert "#1 Here" in body(page.get("/stations/BER-1/information/"))

    @pytest.mark.parametrize("url", [LIST, TAB, "/tickets/board/"])
    def test_take_few_queries(self, page, opened, owner, url):
        for number in range(60):
            opened(f"Ticket {number}", assignee=owner)
        page.get(url)
        with CaptureQueriesContext(connection) as queries:
            page.get(url)
        assert len(queries) <= 12, "\n".join(query["sql"][:60] + query["sql"][-150:] for query in queries)

    def test_board_has_a_column_for_each_state_and_moves_without_a_script(self, page, opened):
        opened("First")
        answer = page.get("/tickets/board/")
        assert [(state.value, count) for state, count, _tickets in answer.context["columns"]] == [
            ("new", 1),
            ("in_progress", 0),
            ("waiting", 0),
            ("resolved", 0),
            ("closed", 0),
        ]
        moved = page.post("/tickets/1/move/", {"state": "waiting", "next": "/tickets/board/?q=First"})
        assert moved["Location"] == "/tickets/board/?q=First"
        assert Ticket.objects.get().state == TicketState.WAITING

    def test_move_leads_to_no_other_site(self, page, opened):
        opened()
        moved = page.post("/tickets/1/move/", {"state": "waiting", "next": "https://evil.example/"})
        assert moved["Location"] == "/tickets/1/"


class TestTicket:
    VALUES = {"title": "Cable torn", "priority": "3", "station": "ber-1", "port_numbers": "1", "watch": "on"}

    def test_ticket_is_opened_with_attachments_and_watched(self, page, organisation, station, owner):
        photo = SimpleUploadedFile("note.txt", b"torn off at the plug")
        answer = page.post("/tickets/new/", self.VALUES | {"attachments": photo})
        assert answer["Location"] == "/tickets/1/"
        made = Ticket.objects.get()
        assert (made.station, made.port_numbers, list(made.watchers.all())) == (station, [1], [owner])
        [file] = made.files.all()
        assert f"/files/{file.pk}/note.txt" in body(page.get("/tickets/1/"))

    @pytest.mark.parametrize(
        "values, text",
        [
            ({"title": ""}, "This field is required"),
            ({"station": "NOWHERE"}, "no station of this id"),
            ({"port_numbers": "9"}, "no such charge port"),
            ({"port_numbers": "left"}, "Numbers with commas"),
            ({"due_on": "soon"}, "valid date"),
        ],
    )
    def test_bad_input_is_told_and_nothing_typed_is_lost(self, page, station, values, text):
        photo = SimpleUploadedFile("note.txt", b"torn off at the plug")
        answer = page.post("/tickets/new/", self.VALUES | {"description": "Torn off", "attachments": photo} | values)
        assert answer.status_code == 422
        assert text in body(answer)
        assert "Torn off" in body(answer)
        assert (Ticket.objects.count(), StoredFile.objects.count()) == (0, 0)

    def test_error_fills_in_the_form_and_shows_the_ticket(self, page, station):
        error = factories.error(station)
        text = body(page.get(f"/tickets/new/?error={error.pk}"))
        assert 'value="BER-1: GroundFailure"' in text
        page.post(f"/tickets/new/?error={error.pk}", self.VALUES)
        assert Ticket.objects.get().error == error
        assert "#1 Cable torn" in body(page.get(f"/errors/{error.pk}/"))
        assert "The residual-current protection tripped" in body(page.get("/tickets/1/"))

    def test_edit_comment_take_watch_and_close(self, page, opened, owner):
        opened()
        page.post("/tickets/1/edit/", {"title": "Cable cut", "priority": "4", "station": "BER-1"})
        page.post("/tickets/1/comment/", {"text": "Spare part ordered", "internal": "on"})
        page.post("/tickets/1/take/")
        page.post("/tickets/1/watch/")
        page.post("/tickets/1/move/", {"state": "closed"})
        text = body(page.get("/tickets/1/"))
        for told in (
            "Title: Cable torn → Cable cut",
            "Spare part ordered",
            f"Assignee: – → {owner}",
            "State: New → Closed",
            "· The portal",
        ):
            assert told in text
        made = Ticket.objects.get()
        assert (made.assignee, list(made.watchers.all()), made.state) == (owner, [owner], TicketState.CLOSED)
        page.post("/tickets/1/watch/", {"stop": "1"})
        assert not made.watchers.exists()

    def test_internal_comment_and_its_file_are_hidden_from_those_who_only_see(self, page, client, opened, organisation):
        opened()
        secret = SimpleUploadedFile("secret.txt", b"the master key")
        page.post("/tickets/1/comment/", {"text": "Key under the mat", "internal": "on", "attachments": secret})
        file = Ticket.objects.get().entries.get().files.get()
        client.force_login(factories.member(organisation, VIEW_TICKETS))
        assert "Key under the mat" not in body(client.get("/tickets/1/"))
        assert client.get(file.get_absolute_url()).status_code == 404

    def test_empty_comment_is_refused(self, page, opened):
        opened()
        answer = page.post("/tickets/1/comment/", {"text": ""})
        assert answer.status_code == 422
        assert "Write something" in body(answer)

    def test_bulky_ticket_takes_few_queries(self, page, opened, organisation):
        ticket = opened()
        with scope(organisation=organisation):
            for number in range(20):
                services.comment_ticket(SYSTEM, ticket, f"Comment {number}")
        page.get("/tickets/1/")
        with CaptureQueriesContext(connection) as queries:
            page.get("/tickets/1/")
        assert len(queries) <= 12, "\n".join(query["sql"][:60] + query["sql"][-150:] for query in queries)

    def test_only_the_newest_entries_are_shown_and_said_so(self, page, opened, organisation, monkeypatch):
        monkeypatch.setattr(selectors, "ENTRIES_SHOWN", 2)
        ticket = opened()
        with scope(organisation=organisation):
            for text in ("First word", "Second word", "Third word"):
                services.comment_ticket(SYSTEM, ticket, text)
        text = body(page.get("/tickets/1/"))
        assert "Only the newest entries" in text
        assert "First word" not in text
        assert text.index("Second word") < text.index("Third word")


class TestSettings:
    def test_team_is_made_changed_and_deleted(self, page, organisation, owner):
        page.post("/ticket-teams/new/", {"name": "Night", "people": [owner.pk]})
        team = Team.objects.get()
        assert page.post("/ticket-teams/new/", {"name": "NIGHT"}).status_code == 422
        page.post(f"/ticket-teams/{team.pk}/", {"name": "Day"})
        assert (Team.objects.get().name, team.people.count()) == ("Day", 0)
        page.post(f"/ticket-teams/{team.pk}/delete/", {"confirmed": "1"})
        assert not Team.objects.exists()

    def test_category_is_made_renamed_and_deleted(self, page, organisation):
        page.post("/ticket-categories/new/", {"name": "Repair"})
        made = TicketCategory.objects.get()
        page.post(f"/ticket-categories/{made.pk}/", {"name": "Billing"})
        assert TicketCategory.objects.get().name == "Billing"
        page.post(f"/ticket-categories/{made.pk}/delete/", {"confirmed": "1"})
        assert not TicketCategory.objects.exists()

    RULE = {
        "name": "Grave",
        "active": "on",
        "severities": ["outage"],
        "vendor_codes": "e42, E43",
        "stations": "BER-1",
        "after_minutes": "10",
        "addresses": "duty@network.example",
        "ticket_priority": "3",
    }

    def test_rule_is_made_and_changed(self, page, station):
        assert page.post("/escalation-rules/new/", self.RULE).status_code == 302
        rule = EscalationRule.objects.get()
        assert (rule.vendor_codes, list(rule.stations.all())) == (["E42", "E43"], [station])
        assert "duty@network.example" in body(page.get("/escalation-rules/"))
        page.post(f"/escalation-rules/{rule.pk}/", self.RULE | {"stations": "", "after_minutes": "20"})
        rule.refresh_from_db()
        assert (rule.after_minutes, rule.stations.count()) == (20, 0)

    @pytest.mark.parametrize(
        "values, text",
        [
            ({"stations": "NOWHERE"}, "no stations of these ids: NOWHERE"),
            ({"addresses": "nobody"}, "is no e-mail address"),
            ({"addresses": ""}, "Name somebody to tell"),
            ({"after_minutes": "-1"}, "greater than or equal to 0"),
        ],
    )
    def test_bad_rule_is_refused(self, page, station, values, text):
        answer = page.post("/escalation-rules/new/", self.RULE | values)
        assert answer.status_code == 422
        assert text in body(answer)
        assert not EscalationRule.objects.exists()


class TestQuickSearch:
    @pytest.mark.parametrize("text", ["%231", "1", "%23 1"])
    def test_a_ticket_is_found_by_its_number(self, page, opened, other_organisation, text):
        services.open_ticket(SYSTEM, other_organisation, title="Foreign")
        ticket = opened()
        assert f'href="/tickets/{ticket.number}/"' in body(page.get(f"/search/?q={text}"))
        assert "Foreign" not in body(page.get(f"/search/?q={text}"))
        assert page.get(f"/search/?q={text}&best=1")["Location"] == "/tickets/1/"

    def test_a_station_that_is_called_so_comes_first(self, page, opened, organisation):
        index_stations(
            [factories.station(organisation, identity="1").pk, factories.station(organisation, identity="12").pk]
        )
        opened()
        found = [result.url for result in page.get("/search/?q=1").context["results"]]
        assert found == ["/stations/1/", "/tickets/1/", "/stations/12/"]

    @pytest.mark.parametrize("text", ["2", "%23", "1a", "%C2%B2", "9999999999999999999999"])
    def test_other_numbers_find_none(self, page, opened, text):
        opened()
        assert not page.get(f"/search/?q={text}").context["results"]

    def test_who_may_not_see_tickets_finds_none(self, client, opened, organisation):
        opened()
        member = factories.member(organisation, VIEW_STATIONS)
        client.force_login(member)
        assert not client.get("/search/?q=1").context["results"]
