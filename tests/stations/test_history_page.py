import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django_scopes import scope

from common.actor import SYSTEM, Actor
from stations import history, services
from stations.models import HistoryEntry
from stations.rights import VIEW_HISTORY, VIEW_STATIONS, WRITE_HISTORY
from tests import factories

ADDRESS = "/stations/BER-1/history/"


@pytest.fixture
def station(organisation):
    return factories.station(organisation, identity="BER-1", time_zone="America/New_York")


@pytest.fixture
def page(client, owner):
    client.force_login(owner)
    return client


def text_of(answer) -> str:
    return answer.content.decode()


def write(page, **fields):
    values = {"kind": "failure", "at": "2026-05-01T08:30", "text": "Display dark"} | fields
    return page.post("/station-history/BER-1/create/", values)


def test_an_entry_is_written_in_the_stations_time(page, station):
    assert write(page).status_code == 302
    entry = station.history.get()
    assert entry.at.isoformat() == "2026-05-01T12:30:00+00:00"
    assert 'value="2026-05-01T08:30"' in text_of(page.get(f"/station-history/{entry.pk}/edit/"))
    page.post(f"/station-history/{entry.pk}/edit/", {"kind": "note", "at": "2026-05-01T08:30", "text": "Display dim"})
    text = text_of(page.get(ADDRESS))
    assert "Display dim" in text
    assert "Display dark" not in text


def test_files_go_along_with_an_entry(page, station, client, organisation):
    write(page, attachments=[SimpleUploadedFile("a.txt", b"A"), SimpleUploadedFile("b.txt", b"B")])
    entry = station.history.get()
    first, second = entry.files.order_by("name")
    assert page.get(first.get_absolute_url()).status_code == 200
    text = text_of(page.get(ADDRESS))
    assert first.get_absolute_url() in text
    fields = {"kind": "note", "at": "2026-05-01T08:30", "text": "x", "removed": [first.pk]}
    page.post(f"/station-history/{entry.pk}/edit/", fields)
    assert list(entry.files.all()) == [second]
    assert page.get(first.get_absolute_url()).status_code == 404
    page.post(f"{ADDRESS}delete/", {"entry": entry.pk})
    assert page.get(second.get_absolute_url()).status_code == 404
    page.post(f"{ADDRESS}restore/", {"entry": entry.pk})
    assert page.get(second.get_absolute_url()).status_code == 200
    client.force_login(factories.member(organisation, VIEW_STATIONS))
    assert client.get(second.get_absolute_url()).status_code == 404


def test_a_file_that_is_refused_keeps_what_was_typed(page, station):
    answer = write(page, attachments=[SimpleUploadedFile("empty.txt", b"")])
    assert answer.status_code == 422
    assert "Display dark" in text_of(answer)
    assert "empty" in text_of(answer)
    assert not station.history.exists()


def test_bad_input_says_why_and_loses_nothing(page, station):
    answer = write(page, at="2199-01-01T00:00", text="Kept words", kind="event")
    assert answer.status_code == 422
    assert "Kept words" in text_of(answer)
    assert text_of(write(page, at="2199-01-01T00:00")).count("This lies in the future.") == 1
    with_file = write(page, at="2199-01-01T00:00", attachments=[SimpleUploadedFile("a.txt", b"A")])
    assert "Choose the files again: they were not kept." in text_of(with_file)
    assert "Choose the files again" not in text_of(answer)
    assert not station.history.exists()


def test_deleting_offers_undo_to_its_author_only(page, station, organisation):
    write(page)
    pk = station.history.get().pk
    back = page.post(f"{ADDRESS}delete/", {"entry": pk})["Location"]
    assert "Undo" in text_of(page.get(back))
    assert "Display dark" not in text_of(page.get(ADDRESS))
    page.post(f"{ADDRESS}restore/", {"entry": pk})
    assert "Display dark" in text_of(page.get(ADDRESS))
    page.post(f"{ADDRESS}delete/", {"entry": pk})
    page.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_HISTORY, WRITE_HISTORY))
    assert "Undo" not in text_of(page.get(back))
    assert "not there any more" in text_of(page.post(f"{ADDRESS}delete/", {"entry": "x"}, follow=True))


def test_entries_of_others_can_be_pinned_but_not_changed(page, station):
    entry = services.write_entry(Actor("user", "Anna", 10**6), station, "call", "Driver <b>called</b>")
    assert "Driver &lt;b&gt;called" in text_of(page.get(ADDRESS))
    assert f"/station-history/{entry.pk}/edit/" not in text_of(page.get(ADDRESS))
    page.post(f"{ADDRESS}pin/", {"entry": entry.pk})
    assert text_of(page.get(ADDRESS)).count("called") == 2
    answer = page.post(f"/station-history/{entry.pk}/edit/", {"kind": "note", "at": "2026-01-01T00:00", "text": "x"})
    assert "Only its author" in text_of(answer)
    page.post(f"{ADDRESS}unpin/", {"entry": entry.pk})
    assert not HistoryEntry.objects.filter(pinned=True).exists()


def test_entries_of_another_station_are_out_of_reach(page, station, organisation, other_organisation):
    foreign = services.write_entry(SYSTEM, factories.station(other_organisation), "note", "Foreign")
    beside = services.write_entry(SYSTEM, factories.station(organisation), "note", "Beside")
    assert page.get(f"/station-history/{foreign.pk}/edit/").status_code == 404
    for entry in (foreign, beside):
        page.post(f"{ADDRESS}pin/", {"entry": entry.pk})
    assert not HistoryEntry.objects.filter(pinned=True).exists()


@pytest.mark.parametrize(
    "query, shown",
    [
        ("kind=call", {"Called"}),
        ("author=bert", {"Worked"}),
        ("text=work", {"Worked"}),
        ("at_before=2000-01-01", set()),
        ("at_after=nonsense&kind=bogus", {"Called", "Worked", "created"}),
    ],
)
def test_the_history_is_filtered(page, station, query, shown):
    services.write_entry(Actor("user", "Anna", 1), station, "call", "Called")
    services.write_entry(Actor("user", "Bert", 2), station, "activity", "Worked")
    services.record_event(station, history.CREATED, SYSTEM)
    table = text_of(page.get(f"{ADDRESS}?{query}")).partition('id="table-history"')[2]
    assert {word for word in ("Called", "Worked", "created") if word in table} == shown


def test_the_tab_takes_few_queries_however_long_the_history(page, station, organisation, django_assert_max_num_queries):
    with scope(organisation=organisation):
        HistoryEntry.objects.bulk_create(
            HistoryEntry(
                organisation=organisation,
                station=station,
                kind="note",
                text=f"Note {number}",
                at=timezone.now(),
                actor_kind="user",
                actor_label="Anna",
                pinned=number < 5,
            )
            for number in range(200)
        )
    page.get(ADDRESS)
    with django_assert_max_num_queries(12):
        page.get(ADDRESS)
