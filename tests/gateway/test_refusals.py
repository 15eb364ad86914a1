"""Unknown stations: counted, bounded, and adopted in one click."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry
from common.actor import Actor
from common.errors import Refused
from ocpp_gateway import credentials, handshake, refusals, selectors
from ocpp_gateway.admission import Admission, Admitted
from ocpp_gateway.choices import RefusalReason
from ocpp_gateway.models import RefusedHandshake, StationCredential
from ocpp_gateway.refusals import Budget, Refusal
from ocpp_gateway.registry import NodeName
from stations.choices import LifeCycle, SecurityProfile
from tests import factories
from tests.gateway.charger import basic

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACTOR = Actor(kind="user", label="somebody")


@pytest.fixture
def organisation(db):
    return factories.organisation(receives_unknown_stations=True)


def knock(identity="NEW-1", password=None, scheme="ws", at=NOW):
    headers = basic(identity, password) if password else {}
    return handshake.read(
        {
            "type": "websocket",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "path": f"/ocpp/{identity}",
            "subprotocols": ["ocpp1.6"],
            "client": ("10.0.0.9", 1),
            "scheme": scheme,
        },
        at,
    )


def admit(*handshakes):
    with scopes_disabled():
        return Admission(NodeName(uuid4(), "channel", "host")).admit(handshakes, NOW)


@pytest.fixture
def refused(organisation):
    def refuse(**presented):
        admit(knock(**presented))
        return RefusedHandshake.objects.get()

    return refuse


def test_the_same_knocker_is_one_row_with_its_newest_attempt(organisation):
    admit(knock(at=NOW), knock("new-1", at=NOW + timedelta(seconds=5)))
    admit(knock(password="now with one", at=NOW + timedelta(minutes=5)))
    found = RefusedHandshake.objects.get()
    assert (found.count, found.first_at, found.last_at) == (3, NOW, NOW + timedelta(minutes=5))
    assert found.shown_digest is not None


def test_without_a_receiver_an_unknown_station_is_still_counted_once(db):
    for _ in range(2):
        admit(knock())
    assert RefusedHandshake.objects.get().count == 2


def test_an_address_that_floods_is_written_down_only_so_often():
    budget = Budget()
    flood = [budget.allows("10.0.0.1", NOW) for _ in range(refusals.WRITES_PER_MINUTE + 5)]
    assert flood.count(True) == refusals.WRITES_PER_MINUTE
    assert budget.allows("10.0.0.2", NOW)
    assert budget.allows("10.0.0.1", NOW + timedelta(minutes=1))


def test_the_oldest_rows_go_first(organisation, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_ROWS", 2)
    for number in range(4):
        later = NOW + timedelta(seconds=number)
        refusals.keep([Refusal(knock(f"N{number}", at=later), RefusalReason.UNKNOWN_IDENTITY, organisation.pk)])
    assert refusals.prune() == 2
    assert set(RefusedHandshake.objects.values_list("identity", flat=True)) == {"N2", "N3"}


@pytest.mark.parametrize(
    "presented, profile",
    [
        ({}, SecurityProfile.UNSECURED),
        ({"scheme": "wss"}, SecurityProfile.UNSECURED),
        ({"password": "secret"}, SecurityProfile.BASIC),
        ({"password": "secret", "scheme": "wss"}, SecurityProfile.TLS_BASIC),
    ],
)
def test_an_adopted_charger_gets_in_as_it_presented_itself(refused, organisation, presented, profile):
    with scope(organisation=organisation):
        station = refusals.adopt(ACTOR, refused(**presented))
    assert (station.security_profile, station.life_cycle) == (profile, LifeCycle.IN_OPERATION)
    assert not RefusedHandshake.objects.exists()
    assert AuditEntry.objects.filter(action="ocpp_gateway.adopted", object_id=str(station.pk)).exists()
    (verdict,) = admit(knock(**presented))
    assert isinstance(verdict, Admitted)


def test_a_known_station_is_not_adopted_again(refused, organisation):
    refusal = refused()
    with scopes_disabled():
        factories.station(identity="new-1")
    with scope(organisation=organisation), pytest.raises(Refused):
        refusals.adopt(ACTOR, refusal)
    assert RefusedHandshake.objects.exists()


def test_what_is_no_identity_is_not_adopted(refused, organisation):
    with scope(organisation=organisation), pytest.raises(Refused):
        refusals.adopt(ACTOR, refused(identity="<script>"))


def test_only_unknown_chargers_are_adopted(organisation):
    refusals.keep([Refusal(knock(), RefusalReason.WRONG_PASSWORD, organisation.pk)])
    with scope(organisation=organisation), pytest.raises(Refused):
        refusals.adopt(ACTOR, RefusedHandshake.objects.get())


def test_an_organisation_sees_only_its_own_refusals(organisation):
    other = factories.organisation()
    refusals.keep([Refusal(knock(), RefusalReason.UNKNOWN_IDENTITY, organisation.pk)])
    assert selectors.refused_handshakes(organisation.pk).count() == 1
    assert selectors.refused_handshakes(other.pk).count() == 0


def test_a_new_secret_opens_and_is_kept_only_as_a_digest(organisation):
    with scopes_disabled():
        station = factories.station(organisation, online=False, security_profile=SecurityProfile.BASIC)
        secret = credentials.new_secret(ACTOR, station)
    (verdict,) = admit(knock(station.identity, secret))
    assert isinstance(verdict, Admitted)
    assert len(secret) == 20
    assert secret.encode() not in bytes(StationCredential.objects.get().digest)
    assert secret not in str(AuditEntry.objects.get(action="ocpp_gateway.secret_made").after)


def test_T27_only_a_person_lets_a_station_go_back_to_a_lower_profile(organisation):
    with scopes_disabled():
        station = factories.station(organisation, online=False, security_profile=SecurityProfile.BASIC)
        secret = credentials.new_secret(ACTOR, station)
        admit(knock(station.identity, secret, scheme="wss"))
        assert not isinstance(admit(knock(station.identity, secret))[0], Admitted)
        credentials.allow_lower_profile(ACTOR, station)
        assert isinstance(admit(knock(station.identity, secret))[0], Admitted)
        with pytest.raises(Refused):
            credentials.allow_lower_profile(ACTOR, station)
