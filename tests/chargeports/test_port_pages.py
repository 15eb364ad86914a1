"""The pages of charge ports: list, control, and the station's tab Charge points. Who may open them at all is swept in
`tests/contracts/test_urls.py`.
"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from chargeports import selectors
from chargeports.models import ChargePort, PortState
from chargeports.rights import CHANGE_PORTS, VIEW_PORTS
from charging.choices import SessionState
from charging.models import ChargingSession, SessionDay
from common.keyset import Keyset
from stations.choices import LifeCycle
from stations.models import Station, StationState
from stations.rights import VIEW_STATIONS
from stations.services import index_stations
from tests import factories
from tests.accounts.conftest import streamed

LIST = "/charge-ports/"


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation):
    made = factories.station(organisation, identity="BER-1", name="Hall", ports=0)
    factories.port(
        made,
        1,
        status="Charging",
        name="Left",
        evse_id="DE*ABC*E1*1",
        evse_id_key="DEABCE11",
        plugs=["IEC_62196_T2"],
        max_power_w=22_000,
    )
    factories.port(made, 2, status="Faulted", plugs=["IEC_62196_T2_COMBO"], max_power_w=150_000)
    PortState.objects.filter(port__number=2).update(error_code="GroundFailure", vendor_error_code="E42")
    return made


def shown(answer) -> list[str]:
    return [str(row.object) for row in answer.context["table"].rows]


def body(answer) -> str:
    return answer.content.decode()


class TestList:
    def test_shows_the_ports_of_the_own_organisation_only(self, page, station, other_organisation):
        factories.station(other_organisation, identity="VIE-1")
        assert shown(page.get(LIST)) == ["BER-1 · 1", "BER-1 · 2"]

    @pytest.mark.parametrize(
        "query, numbers",
        [
            ("status=Charging", [1]),
            ("status=Charging&status=Faulted", [1, 2]),
            ("status=unknown", []),
            ("error=true", [2]),
            ("error=false", [1]),
            ("error_code=ground", [2]),
            ("error_code=e42", [2]),
            ("evse_id=de-abc-e1", [1]),
            ("plug=IEC_62196_T2", [1]),
            ("power_min=50", [2]),
            ("power_max=22", [1]),
            ("current_type=DC", []),
            ("online=true", [1, 2]),
            ("life_cycle=planned", []),
            ("status=Nonsense", [1, 2]),
        ],
    )
    def test_filters(self, page, station, query, numbers):
        assert [row.object.number for row in page.get(f"{LIST}?{query}").context["table"].rows] == numbers

    def test_filters_by_text_of_the_station(self, page, station, organisation):
        factories.station(organisation, identity="HAM-1")
        index_stations([station.pk])
        assert shown(page.get(f"{LIST}?q=ber-1")) == ["BER-1 · 1", "BER-1 · 2"]

    @pytest.mark.parametrize("query", ["power_min=lots", "status=x", "after=%00", "sort=name"])
    def test_bad_input_still_shows_the_list(self, page, station, query):
        assert page.get(f"{LIST}?{query}").status_code == 200

    def test_a_status_that_nobody_knows_is_shown_as_it_came(self, page, station):
        PortState.objects.update(status="Levitating")
        assert "Levitating" in body(page.get(LIST))

    def test_csv_has_what_is_filtered(self, page, station):
        lines = streamed(page.get(f"{LIST}?status=Faulted&format=csv")).decode().splitlines()
        assert len(lines) == 2
        assert "BER-1,2,Faulted,GroundFailure · E42" in lines[1]
        assert lines[1].endswith("150000,")

    def test_is_empty_with_words(self, page, organisation):
        assert "No charge ports yet" in body(page.get(LIST))

    def test_queries_do_not_grow_with_the_ports(self, page, station, organisation):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                page.get(LIST)
            return len(counted)

        queries()
        few = queries()
        factories.station(organisation, ports=20)
        assert queries() == few
        assert few < 12

    @pytest.mark.parametrize(
        "path, index", [("station__identity", "station_by_identity"), ("evse_id_key", "evse_id_key")]
    )
    def test_a_page_of_a_large_network_comes_from_an_index(self, organisation, path, index):
        stations = Station.objects.bulk_create(
            Station(organisation=organisation, identity=f"A{number:05}") for number in range(3000)
        )
        StationState.objects.bulk_create(StationState(station=one, organisation=organisation) for one in stations)
        ports = ChargePort.objects.bulk_create(
            ChargePort(organisation=organisation, station=one, number=1, evse_id_key=one.identity) for one in stations
        )
        PortState.objects.bulk_create(PortState(port=port) for port in ports)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        keyset = Keyset(selectors.port_list(organisation), path)
        place = keyset.cursor_of(keyset.rows(None, 50)[-1])
        with CaptureQueriesContext(connection) as queries:
            keyset.rows(place, 50)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert index in plan
        assert "Seq Scan" not in plan


class TestPort:
    def test_leads_to_its_first_tab(self, page, station):
        assert page.get("/charge-ports/BER-1/1/").headers["Location"] == "/charge-ports/BER-1/1/control/"

    def test_other_letters_lead_to_the_stored_spelling(self, page, station):
        answer = page.get("/charge-ports/ber-1/1/commands/?state=queued")
        assert answer.headers["Location"] == "/charge-ports/BER-1/1/commands/?state=queued"

    @pytest.mark.parametrize("address", ["BER-1/3/", "HAM-1/1/", "BER-1/99999999999/", "BER-1/1/nothing/"])
    def test_what_does_not_exist_is_not_found(self, page, station, address):
        assert page.get(f"{LIST}{address}").status_code == 404

    def test_strangers_find_nothing(self, client, stranger, station):
        client.force_login(stranger)
        for address in ("", "control/", "commands/", "edit/", "delete/"):
            assert client.get(f"{LIST}BER-1/1/{address}").status_code == 404

    def test_a_planned_station_has_no_control(self, page, organisation):
        factories.station(organisation, identity="NEW", life_cycle=LifeCycle.PLANNED)
        assert page.get("/charge-ports/NEW/1/").headers["Location"] == "/charge-ports/NEW/1/configuration/"
        assert page.get("/charge-ports/NEW/1/control/").status_code == 404
        assert "/charge-ports/NEW/1/control/" not in body(page.get("/charge-ports/NEW/1/commands/"))

    def test_the_header_leads_to_station_and_other_ports(self, page, station):
        text = body(page.get("/charge-ports/BER-1/1/control/"))
        assert 'href="/stations/BER-1/"' in text
        assert 'href="/charge-ports/BER-1/2/"' in text
        assert 'data-copy="DE*ABC*E1*1"' in text

    def test_control_shows_state_error_and_last_communication(self, page, station):
        StationState.objects.update(last_seen_at=datetime(2026, 3, 4, 5, 6, tzinfo=UTC))
        text = body(page.get("/charge-ports/BER-1/2/control/"))
        assert "GroundFailure · E42" in text
        assert "06:06" in text, "the time is the station's"
        assert "Nobody has charged here yet." in text

    def test_control_shows_the_running_session_with_its_figures(self, page, station, organisation):
        ChargingSession.objects.create(
            organisation=organisation,
            station=station,
            port_number=1,
            id_tag="TAG1",
            started_at=datetime.now(UTC) + timedelta(minutes=4),
            power_w=11_000,
            energy_wh=1_234,
            last_value_at=datetime.now(UTC),
            soc_percent=56,
        )
        text = body(page.get("/charge-ports/BER-1/1/control/"))
        for figure in ("11.0 kW", "1.234 kWh", "56 %", "TAG1", ">0:00 min<"):
            assert figure in text
        assert "/port-stop/BER-1/1/" in text

    def test_control_shows_the_last_session_where_none_runs(self, page, station, organisation):
        ChargingSession.objects.create(
            organisation=organisation,
            station=station,
            port_number=1,
            state=SessionState.ENDED,
            started_at=datetime.now(UTC),
            ended_at=datetime.now(UTC),
            energy_wh=7_500,
            stop_reason="EVDisconnected",
        )
        text = body(page.get("/charge-ports/BER-1/1/control/"))
        assert "No session is running." in text
        assert "7.500 kWh" in text
        assert "EVDisconnected" in text

    def test_control_offers_only_what_the_person_may_ask(self, client, organisation, station):
        client.force_login(factories.member(organisation, VIEW_PORTS, VIEW_STATIONS))
        text = body(client.get("/charge-ports/BER-1/1/control/"))
        assert "/commands/new/" not in text
        assert "Your roles allow no commands here." in text

    def test_control_takes_few_queries(self, page, station):
        page.get("/charge-ports/BER-1/1/control/")
        with CaptureQueriesContext(connection) as counted:
            page.get("/charge-ports/BER-1/1/control/")
        assert len(counted) <= 20


class TestChargePoints:
    URL = "/stations/BER-1/charge-points/"

    def test_shows_every_port_and_what_is_missing(self, page, station):
        text = body(page.get(self.URL))
        assert text.count("The name is missing.") == 1
        assert text.count("The EVSE ID is missing.") == 1
        assert "150.0 kW" in text

    def test_warns_of_equal_names(self, page, station):
        ChargePort.objects.update(name="left")
        assert body(page.get(self.URL)).count("Another charge port of the station has this name.") == 2

    def test_shows_number_and_energy_of_charging_processes(self, page, station, organisation):
        for number in (1, 2):
            SessionDay.objects.create(
                organisation=organisation,
                station=station,
                port_number=number,
                day=datetime.now(UTC).date(),
                sessions=3 * number,
                energy_wh=10_000 * number,
            )
        answer = page.get(self.URL)
        text = body(answer)
        assert '<div class="figure-value">9</div>' in text
        assert "30.0 kWh" in text
        assert 'id="chart-charging-processes-data"' in text

    def test_queries_do_not_grow_with_the_ports(self, page, station):
        def queries() -> int:
            with CaptureQueriesContext(connection) as counted:
                page.get(self.URL)
            return len(counted)

        queries()
        few = queries()
        for number in range(3, 20):
            factories.port(station, number)
        assert queries() == few

    def test_pills_of_all_ports_stand_in_the_stations_header(self, page, station):
        text = body(page.get(self.URL))
        for number in (1, 2):
            assert f'class="pill-link" href="/charge-ports/BER-1/{number}/"' in text

    def test_the_next_number_is_offered_for_a_new_port(self, page, station):
        assert page.get("/charge-ports/BER-1/create/").context["form"]["number"].value() == 3

    def test_create_edit_and_delete(self, page, station):
        values = {"number": 3, "name": "Back", "current_type": "DC", "plugs": ["CHADEMO"], "evse_id": "de*abc*e1*3"}
        assert page.post("/charge-ports/BER-1/create/", values).headers["Location"] == self.URL
        port = ChargePort.objects.get(number=3)
        assert (port.name, port.plugs, port.evse_id) == ("Back", ["CHADEMO"], "DE*ABC*E1*3")
        page.post("/charge-ports/BER-1/3/edit/", {**values, "name": "Rear", "max_power_w": 50_000})
        port.refresh_from_db()
        assert (port.name, port.max_power_w) == ("Rear", 50_000)
        assert page.post("/charge-ports/BER-1/3/delete/", {"confirmed": "1"}).headers["Location"] == self.URL
        assert not ChargePort.objects.filter(number=3).exists()
        assert AuditEntry.objects.filter(object_type="chargeports.chargeport").count() == 3

    @pytest.mark.parametrize(
        "wrong, field",
        [
            ({"number": 1}, "number"),
            ({"number": 0}, "number"),
            ({"evse_id": "nonsense"}, "evse_id"),
            ({"evse_id": "DE-ABC-E1-1"}, "evse_id"),
            ({"evse_id": "DE*ABC*E11"}, "evse_id"),
            ({"plugs": ["Antenna"]}, "plugs"),
            ({"phases": 7}, "phases"),
            ({"max_power_w": "lots"}, "max_power_w"),
        ],
    )
    def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(self, page, station, wrong, field):
        values = {"number": 3, "name": "Typed name", "current_type": "AC", **wrong}
        answer = page.post("/charge-ports/BER-1/create/", values)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert "Typed name" in body(answer)
        assert ChargePort.objects.count() == 2

    def test_a_port_at_which_a_car_charges_stays(self, page, station):
        answer = page.post("/charge-ports/BER-1/1/delete/", {"confirmed": "1"})
        assert answer.status_code == 422
        assert "stop the session first" in body(answer)
        assert ChargePort.objects.filter(number=1).exists()

    def test_changing_needs_its_right(self, client, organisation, station):
        client.force_login(factories.member(organisation, VIEW_PORTS, VIEW_STATIONS))
        assert "/charge-ports/BER-1/create/" not in body(client.get(self.URL))
        for address in ("create/", "1/edit/", "1/delete/"):
            assert client.post(f"{LIST}BER-1/{address}").status_code == 403
        client.force_login(factories.member(organisation, CHANGE_PORTS))
        assert client.get(f"{LIST}BER-1/1/edit/").status_code == 200
