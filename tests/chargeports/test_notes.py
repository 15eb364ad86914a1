"""Notes and log files in the header of a charge port's page."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from chargeports import services
from chargeports.choices import CommandKind
from chargeports.files import DIAGNOSTICS
from chargeports.models import FileTransfer, Note
from chargeports.rights import VIEW_PORTS
from common.actor import SYSTEM
from stations.models import Station
from stations.rights import VIEW_STATIONS
from tests import factories

SHEET = "/charge-ports/BER-1/1/control/"
NOTES = "/charge-ports/BER-1/1/notes/"


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1", ports=3)


def body(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_a_note_stands_on_all_ports_that_were_ticked(page, station):
    page.post(f"{NOTES}write/", {"text": "Cable is stiff.", "port_numbers": ["1", "3"]})
    note = Note.objects.get()
    assert note.port_numbers == [1, 3]
    assert note.actor_label
    assert "Cable is stiff." in body(page.get(NOTES))
    assert "Cable is stiff." not in body(page.get("/charge-ports/BER-1/2/notes/"))
    assert '<span class="tab-badge">1</span>' in body(page.get(SHEET))


def test_a_note_is_changed_and_says_by_whom(page, station):
    note = services.write_note(SYSTEM, station, "Old", [1])
    page.post(f"{NOTES}{note.pk}/", {"text": "New", "port_numbers": ["2"]})
    note.refresh_from_db()
    assert (note.text, note.port_numbers) == ("New", [2])
    assert note.changed_by
    assert AuditEntry.objects.get(action="chargeports.note_changed").after == {"text": "New", "port_numbers": [2]}


def test_a_note_is_deleted_after_a_question(page, station):
    note = services.write_note(SYSTEM, station, "Old", [1, 2])
    assert "1, 2" in body(page.get(f"{NOTES}{note.pk}/delete/"))
    assert Note.objects.exists()
    page.post(f"{NOTES}{note.pk}/delete/", {"confirmed": "1"})
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    "values, field", [({"text": "", "port_numbers": ["1"]}, "text"), ({"text": "A"}, "port_numbers")]
)
def test_nothing_is_lost_of_what_cannot_be_kept(page, station, values, field):
    answer = page.post(f"{NOTES}write/", values)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert not Note.objects.exists()


def test_a_port_that_the_station_has_not_is_refused(station):
    with pytest.raises(ValidationError) as refused:
        services.write_note(SYSTEM, station, "A", [1, 9])
    assert set(refused.value.message_dict) == {"port_numbers"}


def test_the_note_of_another_station_is_not_found(page, organisation, station):
    other = factories.station(organisation, identity="HAM-1")
    note = services.write_note(SYSTEM, other, "A", [1])
    assert page.get(f"{NOTES}{note.pk}/").status_code == 404


def test_who_only_sees_ports_reads_notes(client, organisation, station):
    services.write_note(SYSTEM, station, "Read me", [1])
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_PORTS))
    text = body(client.get(NOTES))
    assert "Read me" in text
    assert "New note" not in text
    assert client.get(f"{NOTES}write/").status_code == 403


def test_log_files_are_asked_for_and_listed(page, organisation, station):
    address = "/charge-ports/BER-1/1/log-files/"
    assert "No log files were asked for yet." in body(page.get(address))
    page.post("/commands/new/get-diagnostics/BER-1/", {"start_at": "2026-03-01T00:00", "stop_at": "2026-03-02T00:00"})
    transfer = FileTransfer.objects.get(command__kind=CommandKind.GET_DIAGNOSTICS)
    text = body(page.get(address))
    assert transfer.actor_label in text
    assert "Requested" in text
    transfer.file = factories.stored_file(organisation, DIAGNOSTICS, b"log", "log.zip")
    transfer.state = "uploaded"
    transfer.save()
    assert f'href="{transfer.file.get_absolute_url()}?download"' in body(page.get(address))
