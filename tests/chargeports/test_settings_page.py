"""The station's tab Settings: what was reported, what is known of it, and changing it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chargeports import services
from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command, ConfigurationValue
from chargeports.rights import VIEW_CONFIGURATION
from chargeports.services import ReportedKey
from stations.models import Station, StationState
from stations.rights import VIEW_STATIONS
from tests import factories

URL = "/stations/BER-1/settings/"
FIRST = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
REPORTED = [
    ReportedKey("HeartbeatInterval", "900", readonly=False),
    ReportedKey("NumberOfConnectors", "2", readonly=True),
    ReportedKey("LocalPreAuthorize", "false", readonly=False),
    ReportedKey("AuthorizationKey", "hush-hush", readonly=False),
    ReportedKey("VendorThing/with <marks>", "on & off", readonly=False),
    ReportedKey("CpoName", None, readonly=False),
]


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation) -> Station:
    made = factories.station(organisation, identity="BER-1", ports=2, vendor="Acme & Sons", model="One")
    services.record_configuration(made.pk, organisation.pk, REPORTED, FIRST)
    return made


def body(answer) -> str:
    return answer.content.decode()


def keys(answer) -> list[str]:
    return [setting.reported.key for setting in answer.context["settings"]]


def change(page, values: dict, key: str):
    return page.post(f"/commands/new/change-configuration/BER-1/?key={key}", values)


def test_shows_what_was_reported_and_what_is_known_of_it(page, station):
    answer = page.get(URL)
    text = body(answer)
    assert keys(answer) == sorted(one.key for one in REPORTED)
    assert "After how long a silence the station shows that it is alive." in text
    assert "a setting of the manufacturer&#x27;s own" in text or "a setting of the manufacturer's own" in text
    assert "VendorThing/with &lt;marks&gt;" in text
    assert "on &amp; off" in text
    assert "marks%3E&amp;vendor=Acme+%26+Sons&amp;model=One" in text, "who describes a key need not type whose it is"
    assert "13:00:00" in text, "the time of the reading is the station's"


def test_secrets_are_never_shown(page, station):
    text = body(page.get(URL))
    assert "AuthorizationKey" in text
    assert "hush" not in text


@pytest.mark.parametrize(
    "query, wanted",
    [
        ("q=heartbeat", ["HeartbeatInterval"]),
        ("q=SILENCE", ["HeartbeatInterval"]),
        ("q=900", ["HeartbeatInterval"]),
        ("q=nothing-of-this", []),
        ("show=deviating", ["HeartbeatInterval"]),
        ("show=vendor", ["VendorThing/with <marks>"]),
        ("show=vendor&q=900", []),
        ("show=nonsense&q=connectors", ["NumberOfConnectors"]),
    ],
)
def test_search_and_narrowing_stand_in_the_address(page, station, query, wanted):
    assert keys(page.get(f"{URL}?{query}")) == wanted


def test_the_table_alone_is_drawn_anew(page, station):
    text = body(page.get(f"{URL}?q=heart", headers={"HX-Request": "true", "HX-Target": "settings-table"}))
    assert text.lstrip().startswith('<div id="settings-table"')
    assert "<html" not in text


def test_nothing_read_yet_says_what_to_do(page, organisation):
    factories.station(organisation, identity="NEW-1")
    assert "No settings are known yet" in body(page.get("/stations/NEW-1/settings/"))


def test_what_can_only_be_read_offers_no_change(page, station):
    text = body(page.get(f"{URL}?q=NumberOfConnectors"))
    assert "can only be read" in text
    assert "?key=NumberOfConnectors" in text, "its history"
    assert "change-configuration/BER-1/?key=" not in text


def test_without_the_right_nothing_can_be_changed(client, organisation, station):
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_CONFIGURATION))
    assert "change-configuration" not in body(client.get(URL))
    assert change(client, {"value": "1"}, "LightIntensity").status_code == 403


def test_queries_do_not_grow_with_the_settings(page, station, organisation):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            page.get(URL)
        return len(counted)

    queries()
    few = queries()
    more = [ReportedKey(f"Key{number}", "x", readonly=False) for number in range(80)]
    services.record_configuration(station.pk, organisation.pk, more, FIRST)
    assert queries() == few


class TestChange:
    def test_the_field_takes_what_is_known_of_the_key(self, page, station):
        form = page.get("/commands/new/change-configuration/BER-1/?key=LocalPreAuthorize").context["form"]
        assert form["value"].field.widget.input_type == "select"
        assert form["value"].value() == "false"
        form = page.get("/commands/new/change-configuration/BER-1/?key=HeartbeatInterval").context["form"]
        assert (form["value"].field.widget.input_type, form["value"].value()) == ("number", "900")
        assert "Recommended: 300." in form["value"].help_text

    def test_a_value_that_is_neither_true_nor_false_is_not_changed_by_looking(self, page, station, organisation):
        odd = [ReportedKey("LocalPreAuthorize", "1", readonly=False)]
        services.record_configuration(station.pk, organisation.pk, odd, FIRST)
        form = page.get("/commands/new/change-configuration/BER-1/?key=LocalPreAuthorize").context["form"]
        assert ("1", "1") in form["value"].field.widget.choices

    def test_the_key_of_the_address_counts(self, page, station):
        change(page, {"key": "SecurityProfile", "value": "50"}, "LightIntensity")
        assert Command.objects.get().parameters == {"key": "LightIntensity", "value": "50"}

    def test_a_risky_key_is_asked_for_twice(self, page, station):
        answer = change(page, {"value": "300"}, "HeartbeatInterval")
        assert answer.status_code == 422
        assert "tick this to go on" in body(answer)
        assert answer.context["form"]["value"].value() == "300"
        assert change(page, {"value": "300", "confirmed": "on"}, "HeartbeatInterval").status_code == 302
        assert Command.objects.get().parameters == {"key": "HeartbeatInterval", "value": "300"}

    def test_a_secret_field_shows_nothing_and_is_hidden_while_typing(self, page, station):
        form = page.get("/commands/new/change-configuration/BER-1/?key=AuthorizationKey").context["form"]
        assert (form["value"].field.widget.input_type, form["value"].value()) == ("password", None)

    def test_a_secret_that_was_typed_is_not_sent_back(self, page, station):
        answer = change(page, {"value": "hush-hush-hush-1"}, "AuthorizationKey")
        assert answer.status_code == 422
        assert "hush" not in body(answer)
        assert "Type it again" in body(answer)
        assert change(page, {"value": "", "confirmed": "on"}, "AuthorizationKey").status_code == 422

    def test_a_readonly_key_is_refused(self, page, station):
        answer = change(page, {"value": "3"}, "NumberOfConnectors")
        assert answer.status_code == 422
        assert "can only be read" in body(answer)

    def test_any_key_can_be_named(self, page, station):
        page.post("/commands/new/change-configuration/BER-1/", {"key": "HiddenKey", "value": "1"})
        assert Command.objects.get().parameters == {"key": "HiddenKey", "value": "1"}

    def test_the_result_of_our_last_change_stands_in_its_line(self, page, station):
        for state in (CommandState.ACCEPTED, CommandState.REJECTED):
            factories.command(
                station,
                CommandKind.CHANGE_CONFIGURATION,
                parameters={"key": "heartbeatinterval", "value": "300"},
                state=state,
                outcome=str(state.label),
            )
        text = body(page.get(f"{URL}?q=HeartbeatInterval")).partition("<tbody>")[2]
        assert "Rejected" in text
        assert "Accepted" not in text

    def test_a_needed_restart_is_shown_and_offered(self, page, station):
        assert "counts only after a restart" not in body(page.get(URL))
        StationState.objects.update(reboot_required=True)
        text = body(page.get(URL))
        assert "counts only after a restart" in text
        assert "Restart the station" in text


class TestHistory:
    def history(self, page, key: str) -> str:
        return body(page.get("/setting-history/BER-1/", {"key": key}))

    def test_each_change_with_who_asked_for_it(self, page, station, organisation):
        command = factories.command(station, CommandKind.CHANGE_CONFIGURATION, actor_label="Olivia")
        for minutes, value, command_id in ((1, "600", command.pk), (2, "700", None)):
            reported = [ReportedKey("HeartbeatInterval", value, readonly=False)]
            at = FIRST + timedelta(minutes=minutes)
            services.record_configuration(station.pk, organisation.pk, reported, at, command_id)
        rows = self.history(page, "HeartbeatInterval").partition("<tbody>")[2].split("<tr>")[1:]
        assert "700" in rows[0]
        assert "the charger or somebody on site" in rows[0]
        assert "900" in rows[1]
        assert "Olivia" in rows[1]

    def test_a_value_that_never_changed_says_since_when(self, page, station):
        assert "the same since it was first read" in self.history(page, "VendorThing/with <marks>")

    @pytest.mark.parametrize("key", ["NeverReported", ""])
    def test_what_was_never_reported_says_so(self, page, station, key):
        assert "never reported this setting" in self.history(page, key)

    def test_secrets_have_none(self, page, station):
        assert "The value is secret" in self.history(page, "AuthorizationKey")

    def test_it_opens_in_the_dialog(self, page, station):
        answer = page.get("/setting-history/BER-1/?key=CpoName", headers={"HX-Request": "true"})
        assert "<html" not in body(answer)

    def test_values_of_other_stations_are_not_mixed_in(self, page, station, organisation):
        other = factories.station(organisation)
        for value in ("1", "2"):
            services.record_configuration(
                other.pk, organisation.pk, [ReportedKey("CpoName", value, readonly=False)], FIRST
            )
        assert ConfigurationValue.objects.filter(key="CpoName").count() == 2
        assert "<tbody>" not in self.history(page, "CpoName")


class TestMany:
    """Several settings by one form, which names them in its address."""

    URL = "/settings/BER-1/change/?key=HeartbeatInterval&key=LocalPreAuthorize&key=NumberOfConnectors"

    def test_offers_what_can_be_changed_and_asks_twice_for_risky_ones(self, page, station):
        form = page.get(self.URL).context["form"]
        assert [value.key for value in form.values] == ["HeartbeatInterval", "LocalPreAuthorize"]
        assert "confirmed" in form.fields
        answer = page.post(self.URL, {"value-0": "300", "value-1": "true"})
        assert set(answer.context["form"].errors) == {"confirmed"}
        assert not Command.objects.exists()

    def test_sends_what_was_changed(self, page, station):
        page.post(self.URL, {"value-0": "900", "value-1": "true", "confirmed": "on"})
        command = Command.objects.get()
        assert command.parameters == {"key": "LocalPreAuthorize", "value": "true"}

    def test_one_bad_value_keeps_all_back(self, page, station):
        answer = page.post(self.URL, {"value-0": "soon", "value-1": "true", "confirmed": "on"})
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == {"value-0"}
        assert not Command.objects.exists()

    def test_what_is_wrong_stands_beside_its_field_and_a_secret_is_typed_again(self, page, station):
        url = "/settings/BER-1/change/?key=AuthorizationKey&key=HeartbeatInterval"
        errors = (
            page.post(url, {"value-0": "hush-hush-hush-1", "value-1": "-5", "confirmed": "on"}).context["form"].errors
        )
        assert set(errors) == {"value-0", "value-1"}
        assert "Type it again" in errors["value-0"][0]

    def test_a_secret_is_never_filled_in(self, page, station):
        text = body(page.get("/settings/BER-1/change/?key=AuthorizationKey"))
        assert 'type="password"' in text
        assert "hush" not in text


class TestCompared:
    URL = "/settings/BER-1/compare/"

    @pytest.fixture
    def other(self, organisation) -> Station:
        made = factories.station(organisation, identity="HAM-1")
        keys = [ReportedKey("heartbeatinterval", "300", readonly=False), ReportedKey("CpoName", None, readonly=False)]
        keys += [ReportedKey("AuthorizationKey", "else", readonly=False), ReportedKey("Only", "here", readonly=False)]
        services.record_configuration(made.pk, organisation.pk, keys, FIRST)
        return made

    def lines(self, page, query: str) -> list[str]:
        return [line.key for line in page.get(f"{self.URL}?{query}").context["lines"]]

    def test_shows_what_differs(self, page, station, other):
        differing = ["HeartbeatInterval", "LocalPreAuthorize", "NumberOfConnectors", "Only", "VendorThing/with <marks>"]
        assert self.lines(page, "with=ham-1") == differing
        assert len(self.lines(page, "with=HAM-1&all=1")) == len(differing) + 2

    def test_says_when_there_is_no_such_station(self, page, station):
        assert "There is no station of this id." in body(page.get(f"{self.URL}?with=NOWHERE"))
        assert self.lines(page, "") == []

    def test_another_organisations_station_is_none(self, page, station, other_organisation):
        factories.station(other_organisation, identity="FOREIGN")
        assert "There is no station of this id." in body(page.get(f"{self.URL}?with=FOREIGN"))
