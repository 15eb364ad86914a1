"""Troubleshooting: what a driver tells at a charge port becomes a ticket that brings along how the port stands."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope

from common.actor import SYSTEM
from tests import factories
from tests.contracts.world import PICTURE
from tickets.models import Notice, Ticket
from tickets.rights import VIEW_TICKETS
from tickets.services import create_team, open_ticket

URL = "/troubleshooting/BER-1/1/"
SENT = {"emaid": "DE-ABC-C12345678-9", "happened_at": "2026-03-10T12:00", "description": "The plug is stuck."}


@pytest.fixture
def station(organisation):
    with scope(organisation=organisation):
        made = factories.station(organisation, identity="BER-1", ports=0, online=False)
        factories.port(made, status="Faulted")
        return made


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def picture(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PICTURE)


def test_the_ticket_brings_along_state_last_session_errors_and_pictures(page, organisation, station):
    session = factories.session(station, stop_reason="PowerLoss")
    error = factories.error(station, "ConnectorLockFailure")
    files = {"photos": [picture("a.png"), picture("b.png")], "attachments": [picture("c.png")]}

    answer = page.post(URL, SENT | files)

    with scope(organisation=organisation):
        ticket = Ticket.objects.get()
        assert answer.url == f"/tickets/{ticket.number}/"
        assert (ticket.station, ticket.port_numbers, ticket.session, ticket.error) == (station, [1], session, error)
        assert sorted(ticket.files.values_list("name", flat=True)) == ["a.png", "b.png", "c.png"]
        for told in ("The plug is stuck.", SENT["emaid"], "Faulted", "PowerLoss", "ConnectorLockFailure"):
            assert told in ticket.description
    assert f"Ticket #{ticket.number}" in page.get(answer.url).content.decode()


def test_the_team_that_had_the_last_ticket_is_proposed_and_told_by_mail(page, organisation, station):
    with scope(organisation=organisation):
        fitter = factories.member(organisation, VIEW_TICKETS)
        team = create_team(SYSTEM, organisation, "Fitters", [fitter])
        open_ticket(SYSTEM, organisation, title="Before", station=station, team=team)
        Notice.objects.all().delete()
    assert page.get(URL).context["form"].initial["team"] == team

    page.post(URL, SENT | {"team": team.pk})

    with scope(organisation=organisation):
        assert [notice.user for notice in Notice.objects.all()] == [fitter]


@pytest.mark.parametrize("missing", ["description", "happened_at"])
def test_what_is_missing_is_told_and_nothing_typed_is_lost(page, organisation, station, missing):
    answer = page.post(URL, SENT | {missing: ""})
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {missing})
    assert SENT["emaid"] in answer.content.decode()
    with scope(organisation=organisation):
        assert not Ticket.objects.exists()


def test_the_symbol_stands_in_the_ports_header_for_those_who_may(page, station):
    assert URL in page.get("/charge-ports/BER-1/1/control/").content.decode()


def test_a_phone_opens_its_camera(page, station):
    text = page.get(URL).content.decode()
    assert 'accept="image/*"' in text
    assert 'capture="environment"' in text
