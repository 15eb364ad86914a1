"""The pages of maintenance windows and reservations, the lock's pill, and the labels."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from chargeports import services
from chargeports.choices import CommandState, ReservationState
from chargeports.models import Command, MaintenanceWindow, PortLock, PortState, Reservation
from chargeports.services import ReservationWish
from common.actor import SYSTEM
from stations.models import ServicePackage
from tests import factories

WINDOWS, RESERVATIONS = "/stations/BER-1/maintenance-windows/", "/stations/BER-1/reservations/"


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation):
    made = factories.station(organisation, identity="BER-1", ports=0, time_zone="Europe/Berlin")
    factories.port(made, 1, status="Available", name="Left", evse_id="DE*ABC*E1*1", evse_id_key="DEABCE11")
    factories.port(made, 2, status="Available")
    ServicePackage.objects.create(organisation=organisation, station=made, kind="support", since="2026-01-01")
    return made


def body(answer):
    return answer.content.decode()


def local(hours):
    return f"{datetime.now(UTC) + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


class TestWindows:
    def test_are_there_only_with_a_service_package(self, page, station):
        assert page.get(WINDOWS).status_code == 200
        ServicePackage.objects.all().delete()
        assert page.get(WINDOWS).status_code == 404
        assert page.get("/maintenance-windows/BER-1/add/").status_code == 404

    def test_add_in_the_stations_zone(self, page, station):
        values = {
            "starts_at": "2030-07-01T10:00",
            "ends_at": "2030-07-01T12:00",
            "port_numbers": ["1"],
            "comment": "New meter",
            "locks_ports": "on",
            "tokens": "CARD1\nCARD2",
        }
        assert page.post("/maintenance-windows/BER-1/add/", values).headers["Location"] == WINDOWS
        window = MaintenanceWindow.objects.get()
        assert window.starts_at == datetime(2030, 7, 1, 8, tzinfo=UTC)
        assert (window.port_number, window.tokens) == (1, ["CARD1", "CARD2"])
        text = body(page.get(WINDOWS))
        assert "New meter" in text
        assert "10:00" in text

    def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(self, page, station):
        values = {"starts_at": "2030-07-01T12:00", "ends_at": "2030-07-01T10:00", "comment": "Typed comment"}
        answer = page.post("/maintenance-windows/BER-1/add/", values)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["ends_at"]
        assert "Typed comment" in body(answer)
        assert not MaintenanceWindow.objects.exists()

    def test_change_what_is_planned(self, page, station):
        at = datetime(2030, 7, 1, 8, tzinfo=UTC)
        window = factories.window(station, starts_at=at, ends_at=at + timedelta(hours=1), opened_at=None, port_number=1)
        url = f"/maintenance-windows/{window.pk}/edit/"
        assert url in body(page.get(WINDOWS))
        assert 'value="2030-07-01T10:00"' in body(page.get(url))
        values = {"starts_at": "2030-07-02T10:00", "ends_at": "2030-07-02T09:00", "comment": "New meter"}
        refused = page.post(url, values)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["ends_at"])
        page.post(url, {**values, "ends_at": "2030-07-02T12:00", "locks_ports": "on", "tokens": "CARD1"})
        window.refresh_from_db()
        assert window.starts_at == at + timedelta(days=1)
        assert window.ends_at == at + timedelta(days=1, hours=2)
        assert (window.port_number, window.comment, window.tokens) == (1, "New meter", ["CARD1"])

    def test_of_an_active_one_only_the_end_and_the_comment_change(self, page, station):
        window = factories.window(station)
        url = f"/maintenance-windows/{window.pk}/edit/"
        assert list(page.get(url).context["form"].fields) == ["ends_at", "comment"]
        values = {"ends_at": local(200), "comment": "Longer"}
        page.post(url, {**values, "starts_at": local(-9), "locks_ports": "on"})
        changed = MaintenanceWindow.objects.get()
        assert (changed.starts_at, changed.locks_ports, changed.comment) == (window.starts_at, False, "Longer")
        assert changed.ends_at > window.ends_at + timedelta(days=7)
        later = datetime.now(UTC) + timedelta(hours=300)
        factories.window(station, starts_at=later, ends_at=later + timedelta(hours=1), opened_at=None)
        assert list(page.post(url, {"ends_at": local(400)}).context["form"].errors) == ["ends_at"]
        services.end_window(SYSTEM, changed)
        assert "has ended" in body(page.post(url, {"ends_at": local(250)}))

    def test_end_and_remove(self, page, station):
        active = factories.window(station)
        planned = factories.window(
            station,
            starts_at=datetime.now(UTC) + timedelta(hours=5),
            ends_at=datetime.now(UTC) + timedelta(hours=6),
            opened_at=None,
        )
        text = body(page.get(WINDOWS))
        assert f"/maintenance-windows/{active.pk}/end/" in text
        assert f"/maintenance-windows/{planned.pk}/remove/" in text
        page.post(f"/maintenance-windows/{active.pk}/end/", {"confirmed": "1"})
        page.post(f"/maintenance-windows/{planned.pk}/remove/", {"confirmed": "1"})
        assert MaintenanceWindow.objects.get().closed_at is not None
        assert page.post(f"/maintenance-windows/{active.pk}/end/", {"confirmed": "1"}).status_code == 422

    @pytest.mark.parametrize("state, found", [("active", 1), ("planned", 0), ("past", 0), ("x", 1)])
    def test_filters_of_all_stations(self, page, station, state, found):
        factories.window(station)
        answer = page.get(f"/maintenance-windows/?state={state}")
        assert len(answer.context["table"].rows) == found

    def test_an_active_one_stands_on_the_first_tab(self, page, station):
        factories.window(station, comment="Cable pulled")
        first = "/stations/BER-1/information/"
        assert "Cable pulled" in body(page.get(first))
        assert body(page.get(first)).count(WINDOWS) > 1
        ServicePackage.objects.all().delete()
        assert WINDOWS not in body(page.get(first))

    def test_strangers_find_nothing(self, client, stranger, station):
        window = factories.window(station)
        client.force_login(stranger)
        assert client.get(WINDOWS).status_code == 404
        assert client.post(f"/maintenance-windows/{window.pk}/end/", {"confirmed": "1"}).status_code == 404


class TestReservations:
    def held(self, station, **fields):
        command = services.reserve(
            SYSTEM, station, 1, ReservationWish("CARD1", datetime.now(UTC) + timedelta(hours=1), "Greta")
        )
        Command.objects.update(state=CommandState.ACCEPTED)
        Reservation.objects.update(state=ReservationState.ACTIVE)
        return Reservation.objects.get(command=command)

    def test_reserve_from_charge_control(self, page, station, organisation):
        factories.token(organisation, "CARD1")
        answer = page.post(
            "/commands/new/reserve/BER-1/", {"port_number": 1, "id_tag": "CARD1", "until": local(4), "contact": "Greta"}
        )
        assert answer.status_code == 302
        assert Reservation.objects.get().contact == "Greta"

    @pytest.mark.parametrize(
        "wrong, field",
        [
            ({"id_tag": "NOBODY"}, "id_tag"),
            ({"until": "2020-01-01T10:00"}, "until"),
            ({"port_number": ""}, "port_number"),
        ],
    )
    def test_errors_stand_at_their_fields(self, page, station, organisation, wrong, field):
        factories.token(organisation, "CARD1")
        values = {"port_number": 1, "id_tag": "CARD1", "until": local(4), "contact": "Typed"} | wrong
        answer = page.post("/commands/new/reserve/BER-1/", values)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        assert "Typed" in body(answer)
        assert not Reservation.objects.exists()

    def test_the_red_x_cancels(self, page, station):
        made = self.held(station)
        text = body(page.get(RESERVATIONS))
        assert f"/commands/new/cancel-reservation/BER-1/?reservation_id={made.pk}" in text
        page.post("/commands/new/cancel-reservation/BER-1/", {"reservation_id": made.pk})
        assert Command.objects.latest("pk").kind == "cancel_reservation"

    def test_one_list_over_all_stations(self, page, station):
        self.held(station)
        assert len(page.get("/reservations/?state=active&id_tag=card").context["table"].rows) == 1
        assert len(page.get("/reservations/?state=used").context["table"].rows) == 0

    def test_is_empty_with_words(self, page, station):
        assert "No reservations yet" in body(page.get(RESERVATIONS))


@pytest.mark.parametrize("address", [WINDOWS, RESERVATIONS])
def test_a_tab_takes_few_queries(page, station, address):
    page.get(address)
    with CaptureQueriesContext(connection) as counted:
        page.get(address)
    assert len(counted) <= 14


class TestLockedPort:
    def test_stands_red_with_time_and_person_wherever_the_status_stands(self, page, station):
        page.post("/commands/new/change-availability/BER-1/", {"permanent": "yes", "operative": "no", "port_number": 1})
        assert PortLock.objects.get().actor_label
        for address in ("/stations/BER-1/charge-points/", "/charge-ports/", "/charge-ports/BER-1/1/control/"):
            text = body(page.get(address))
            assert "Manually Locked" in text, address
            assert "look-red" in text
            assert PortState.objects.get(port__number=1).locked_by in text

    def test_the_regular_lock_shows_nothing_of_it(self, page, station):
        page.post("/commands/new/change-availability/BER-1/", {"permanent": "no", "operative": "no", "port_number": 1})
        assert "Manually Locked" not in body(page.get("/charge-ports/BER-1/1/control/"))

    def test_are_found_by_the_filter(self, page, station):
        services.lock(SYSTEM, station, 2)
        found = page.get("/charge-ports/?status=locked").context["table"].rows
        assert [row.object.number for row in found] == [2]


class TestLabels:
    def test_lead_to_the_ports_payment_page(self, page, station, settings):
        settings.PUBLIC_URL = "https://portal.example"
        answer = page.get("/charge-ports/BER-1/1/label.svg")
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert "DE*ABC*E1*1" in body(answer)
        image = Image.open(io.BytesIO(page.get("/charge-ports/BER-1/1/label.png").content))
        assert image.width < image.height
        assert page.get("/charge-ports/BER-1/labels.pdf").content.startswith(b"%PDF")

    def test_need_an_evse_id(self, page, station):
        assert page.get("/charge-ports/BER-1/2/label.svg").status_code == 404
        assert "/charge-ports/BER-1/2/label.svg" not in body(page.get("/stations/BER-1/charge-points/"))

    def test_names_are_text_in_the_picture(self, page, station):
        station.ports.filter(number=1).update(name="<script>")
        assert "<script>" not in body(page.get("/charge-ports/BER-1/1/label.svg"))
