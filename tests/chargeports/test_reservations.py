"""Reservations: one for one port at one time, what the station's answer means, and how they end (V01–V04)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from chargeports import services
from chargeports.choices import CommandKind, CommandState, ReservationState
from chargeports.models import Command, ConfigurationValue, Reservation
from chargeports.services import ReservationWish
from chargeports.tasks import expire_reservations
from charging import services as charging
from charging.models import ChargingSession
from common.actor import Actor
from common.errors import Refused
from stations.models import StationState
from tests import factories

PERSON = Actor(kind="user", label="Olivia", id=7)


@pytest.fixture
def station(db):
    return factories.station(ports=2)


def now():
    return datetime.now(UTC)


def reserve(station, port_number=1, tag="TAG1", hours=1.0, **wish):
    until = now() + timedelta(hours=hours)
    command = services.reserve(PERSON, station, port_number, ReservationWish(tag, until, **wish))
    return Reservation.objects.get(command=command)


def answer(reservation, state, outcome=""):
    services.take_queued(reservation.station_id, 1, now())
    services.record_answer(Reservation.objects.get(pk=reservation.pk).command_id, state, outcome, None, now())
    reservation.refresh_from_db()
    return reservation


def held(station, **options):
    return answer(reserve(station, **options), CommandState.ACCEPTED, "Accepted")


def cancel(reservation):
    station = reservation.station
    return services.cancel_reservation(
        PERSON, station, CommandKind.CANCEL_RESERVATION, {"reservation_id": reservation.pk}
    )


def start(station, tag="TAG1", port_number=1, told=None, at=None):
    request = charging.StartRequest(
        station.pk, station.organisation_id, port_number, tag, 0, at or now(), now(), reservation_id=told
    )
    return ChargingSession.objects.get(pk=charging.start_sessions([request])[0].session_id)


class TestReserving:
    def test_the_station_is_asked_under_the_reservations_own_number(self, station):
        made = reserve(station, contact="Greta, +49 171 5550177", parent_id_tag="FAMILY")
        assert (made.state, made.contact) == (ReservationState.REQUESTED, "Greta, +49 171 5550177")
        assert made.command.kind == CommandKind.RESERVE
        assert made.command.parameters == {
            "reservation_id": made.pk,
            "id_tag": "TAG1",
            "parent_id_tag": "FAMILY",
            "until": made.expires_at.isoformat(),
        }
        assert AuditEntry.objects.filter(action="chargeports.reserved").count() == 1

    @pytest.mark.parametrize(
        "state, outcome, becomes",
        [
            (CommandState.ACCEPTED, "Accepted", ReservationState.ACTIVE),
            (CommandState.REJECTED, "Occupied", ReservationState.REFUSED),
            (CommandState.REJECTED, "Faulted", ReservationState.REFUSED),
            (CommandState.FAILED, "NotSupported", ReservationState.REFUSED),
            (CommandState.TIMED_OUT, "No answer", ReservationState.UNANSWERED),
        ],
    )
    def test_the_stations_answer_decides(self, station, state, outcome, becomes):
        made = answer(reserve(station), state, outcome)
        assert (made.state, made.answer) == (becomes, outcome)

    def test_a_command_that_was_never_sent_reserves_nothing(self, station):
        made = reserve(station)
        services.expire_commands(now() + timedelta(hours=1))
        made.refresh_from_db()
        assert made.state == ReservationState.CANCELLED

    def test_two_reservations_of_one_port_do_not_overlap(self, station):
        held(station)
        with pytest.raises(ValidationError) as caught:
            reserve(station, tag="TAG2")
        assert list(caught.value.message_dict) == ["port_number"]
        assert Command.objects.filter(kind=CommandKind.RESERVE).count() == 1
        reserve(station, port_number=2)

    def test_what_was_refused_leaves_the_port_free(self, station):
        answer(reserve(station), CommandState.REJECTED, "Occupied")
        reserve(station)

    @pytest.mark.parametrize("hours", [-1, 0, 24 * 8])
    def test_the_time_lies_within_a_week(self, station, hours):
        with pytest.raises(ValidationError, match="seven days"):
            reserve(station, hours=hours)

    def test_a_locked_port_is_not_reserved(self, station):
        services.lock(PERSON, station, 1)
        with pytest.raises(Refused):
            reserve(station)
        assert not Reservation.objects.exists()

    def test_a_station_that_is_offline_is_not_waited_for(self, station):
        StationState.objects.update(online=False)
        with pytest.raises(Refused, match="offline"):
            reserve(station)

    def test_V04_the_whole_station_only_where_it_says_so(self, station):
        with pytest.raises(ValidationError, match="single charge ports"):
            reserve(station, port_number=None)
        ConfigurationValue.objects.create(
            organisation=station.organisation,
            station=station,
            key="ReserveConnectorZeroSupported",
            value="true",
            first_read_at=now(),
            changed_at=now(),
        )
        assert reserve(station, port_number=None).port_number == 0


class TestCancelling:
    def test_what_waits_is_taken_back(self, station):
        made = reserve(station)
        cancel(made)
        made.refresh_from_db()
        assert made.state == ReservationState.CANCELLED
        assert Command.objects.get().state == CommandState.CANCELLED

    @pytest.mark.parametrize("state", [CommandState.ACCEPTED, CommandState.REJECTED])
    def test_the_station_lets_go_or_knows_of_none(self, station, state):
        made = held(station)
        assert cancel(made).parameters == {"reservation_id": made.pk}
        assert answer(made, state, "said").state == ReservationState.CANCELLED

    def test_without_an_answer_it_still_holds(self, station):
        made = held(station)
        cancel(made)
        assert answer(made, CommandState.TIMED_OUT, "No answer").state == ReservationState.ACTIVE

    def test_what_has_ended_is_not_cancelled(self, station):
        made = answer(reserve(station), CommandState.REJECTED, "Occupied")
        with pytest.raises(Refused, match="ended already"):
            cancel(made)


class TestUse:
    def test_V03_the_charger_names_it(self, station):
        made = held(station)
        session = start(station, tag="OTHER", told=made.pk)
        made.refresh_from_db()
        assert (made.state, made.session_id, session.reservation_id) == (ReservationState.USED, session.pk, made.pk)

    def test_V03_by_the_tag_where_the_charger_names_none(self, station):
        made = held(station)
        session = start(station, tag="tag1")
        made.refresh_from_db()
        assert (made.session_id, session.reservation_id) == (session.pk, made.pk)

    def test_V03_by_the_parent_of_the_tag(self, station):
        group = factories.token_group(station.organisation, "FAMILY")
        factories.token(station.organisation, "SON", group=group)
        made = held(station, parent_id_tag="FAMILY")
        session = start(station, tag="SON")
        made.refresh_from_db()
        assert made.session_id == session.pk

    @pytest.mark.parametrize("options", [{"tag": "OTHER"}, {"port_number": 2}, {"told": 999_999, "tag": "OTHER"}])
    def test_others_do_not_use_it(self, station, options):
        made = held(station)
        start(station, **options)
        made.refresh_from_db()
        assert made.state == ReservationState.ACTIVE

    def test_one_reservation_is_used_once(self, station):
        made = held(station)
        first = start(station)
        start(station, at=now() + timedelta(seconds=30))
        made.refresh_from_db()
        assert made.session_id == first.pk


class TestExpiry:
    def test_V02_it_ends_by_our_own_clock(self, station):
        made, other = held(station), held(station, port_number=2, hours=2)
        Reservation.objects.filter(pk=made.pk).update(
            created_at=now() - timedelta(hours=2), expires_at=now() - timedelta(seconds=1)
        )
        expire_reservations()
        made.refresh_from_db()
        other.refresh_from_db()
        assert (made.state, other.state) == (ReservationState.EXPIRED, ReservationState.ACTIVE)

    def test_an_answer_that_comes_too_late_brings_nothing_back(self, station):
        made = reserve(station)
        services.take_queued(station.pk, 1, now())
        services.expire_reservations(now() + timedelta(hours=2))
        services.record_answer(made.command_id, CommandState.ACCEPTED, "Accepted", None, now())
        made.refresh_from_db()
        assert made.state == ReservationState.EXPIRED
