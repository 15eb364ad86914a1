"""Documents of stations: upload with and without a script, versions, preview, deleting and bringing back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from accounts.models import AuditEntry, StoredFile
from common.actor import SYSTEM
from common.errors import Refused
from stations.models import Document, Station
from stations.rights import VIEW_DOCUMENTS, VIEW_STATIONS
from stations.services import documents as services
from tests import factories

TAB = "/stations/BER-1/documents/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


@pytest.fixture
def station(organisation) -> Station:
    return factories.station(organisation, identity="BER-1")


@pytest.fixture
def page(client, owner, organisation):
    client.force_login(owner)
    with scope(organisation=organisation):
        yield client


def upload(page: Client, *files: tuple[str, bytes], **extra):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return page.post(f"{TAB}upload/", {"uploads": sent, "description": "Of 2026"}, **extra)


def rows(page: Client, **query) -> list[Document]:
    return page.get(TAB, query).context["table"].page.rows


def test_many_files_are_uploaded_at_once(page, station):
    assert upload(page, ("plan.png", PNG), ("note.txt", b"Text.")).status_code == 302
    assert {(row.name, row.description) for row in rows(page)} == {("plan.png", "Of 2026"), ("note.txt", "Of 2026")}
    assert [row.name for row in rows(page, type="image")] == ["plan.png"]
    assert [row.name for row in rows(page, text="NOTE")] == ["note.txt"]
    assert [row.name for row in rows(page, type="other")] == []


def test_what_is_refused_is_told_and_the_rest_is_kept(page, station, settings):
    settings.FILE_QUOTA_BYTES = 10
    answer = page.get(upload(page, ("large.txt", b"x" * 11), ("small.txt", b"x"))["Location"])
    assert "large.txt: The organisation" in answer.content.decode()
    assert [row.name for row in rows(page)] == ["small.txt"]
    told = upload(page, ("large.txt", b"x" * 11), headers={"Accept": "application/json"})
    assert told.status_code == 422
    assert "used up" in told.json()["errors"][0]
    empty = upload(page, ("small.txt", b"x"), ("empty.txt", b"")).content.decode()
    assert "empty.txt: The submitted file is empty." in empty
    assert "Choose the files again" not in empty
    assert "This field is required" in page.post(f"{TAB}upload/").content.decode()


def test_a_file_of_the_same_name_is_a_newer_version(page, station):
    factories.document(station, "plan.png", PNG)
    upload(page, ("plan.png", PNG + b"2"))
    document = Document.objects.get()
    page.post(reverse("document-replace", args=[document.pk]), {"file": SimpleUploadedFile("other.png", PNG + b"3")})
    document.refresh_from_db()
    assert (document.name, document.versions_count, document.current.size_bytes) == ("plan.png", 3, len(PNG) + 1)
    assert document.description == "Of 2026"
    answer = page.get(reverse("document-versions", args=[document.pk]))
    assert [version.number for version in answer.context["versions"]] == [3, 2, 1]


def test_pictures_are_previewed_and_described(page, station):
    document = factories.document(station, "plan.png", PNG)
    page.post(reverse("document-describe", args=[document.pk]), {"description": "From above"})
    answer = page.get(reverse("document-preview", args=[document.pk])).content.decode()
    assert f'<img class="preview" src="{document.current.get_absolute_url()}" alt="From above"' in answer
    assert AuditEntry.objects.get(action="stations.document_changed").after == {"description": "From above"}


def test_a_deleted_document_can_be_brought_back(page, station):
    document = factories.document(station, "plan.png", PNG)
    address = document.current.get_absolute_url()
    page.post(reverse("document-delete", args=[document.pk]), {"confirmed": "1"})
    assert page.get(address).status_code == 404
    assert rows(page) == []
    assert [row.name for row in rows(page, deleted="on")] == ["plan.png"]
    page.post(reverse("document-restore", args=[document.pk]))
    assert page.get(address).status_code == 200
    assert [row.name for row in rows(page)] == ["plan.png"]


def test_what_somebody_else_has_just_deleted_is_neither_replaced_nor_described(page, station):
    upload(page, ("plan.png", PNG))
    shown = Document.objects.get()
    services.delete_document(SYSTEM, shown)
    with pytest.raises(Refused):
        services.replace_document(SYSTEM, shown, SimpleUploadedFile("plan.png", PNG))
    with pytest.raises(Refused):
        services.describe_document(SYSTEM, shown, "Of 2027")


def test_a_document_does_not_come_back_over_another_of_its_name(page, station):
    document = factories.document(station, "plan.png", PNG)
    page.post(reverse("document-delete", args=[document.pk]), {"confirmed": "1"})
    factories.document(station, "plan.png", PNG)
    answer = page.post(reverse("document-restore", args=[document.pk]), follow=True)
    assert "another document of this name" in answer.content.decode()
    assert StoredFile.objects.filter(deleted_at=None).count() == 1


def test_readers_see_no_upload(client, station, organisation):
    client.force_login(factories.member(organisation, VIEW_STATIONS, VIEW_DOCUMENTS))
    assert "data-upload" not in client.get(TAB).content.decode()


def test_the_tab_takes_few_queries(page, station, django_assert_max_num_queries):
    for number in range(5):
        factories.document(station, f"{number}.txt")
    page.get(TAB)
    with django_assert_max_num_queries(12):
        assert len(page.get(TAB).context["table"].rows) == 5
