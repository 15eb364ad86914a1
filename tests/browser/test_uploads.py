"""Uploading documents in a real browser: dropped on the field, many at once, each with a bar; and without a script."""

import pytest
from django_scopes import scopes_disabled
from playwright.sync_api import Page, expect

from stations.models import Document, Station
from tests import factories
from tests.browser.conftest import PHONE

TAB = "/stations/BER-1/documents/"
# What a person does who drags files from a folder onto the field.
DROP = """(field, files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
        field.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
}"""


@pytest.fixture
def station(portal, organisation) -> Station:
    with scopes_disabled():
        return factories.station(organisation, identity="BER-1")


def upload(page: Page) -> None:
    page.get_by_role("button", name="Upload").click()


def test_files_are_dropped_described_and_appear_in_the_list(visit, owner, station):
    page = visit(owner)
    page.goto(TAB)
    page.locator("[data-drop]").evaluate(DROP, [["plan.txt", "A plan."]])
    page.locator("[data-drop]").evaluate(DROP, [["list.csv", "a;b"]])
    expect(page.locator("[data-drop-list] li")).to_have_text(["plan.txt", "list.csv"])
    page.get_by_label("Description", exact=True).fill("Of 2026")
    upload(page)
    expect(page.locator("#table-documents tbody tr")).to_have_count(2)
    expect(page.locator("[data-drop-list] li")).to_have_count(0)
    with scopes_disabled():
        found = set(Document.objects.values_list("name", "description"))
    assert found == {("plan.txt", "Of 2026"), ("list.csv", "Of 2026")}


def test_a_file_that_is_refused_says_why_beside_its_name(visit, owner, station, settings, complaints):
    settings.FILE_QUOTA_BYTES = 10
    page = visit(owner, size=PHONE)
    page.goto(TAB)
    page.locator("[data-drop]").evaluate(DROP, [["large.txt", "x" * 11], ["small.txt", "x"]])
    upload(page)
    expect(page.locator("[data-drop-list] [role=alert]")).to_contain_text("is used up")
    expect(page.locator("#table-documents tbody tr")).to_have_count(1)
    complaints.clear()  # the browser notes the answer 422


def test_files_are_uploaded_without_a_script(visit, owner, station):
    page = visit(owner, scripts=False)
    page.goto(TAB)
    files = [{"name": f"{name}.txt", "mimeType": "text/plain", "buffer": b"Text."} for name in "ab"]
    page.get_by_label("Files").set_input_files(files)
    upload(page)
    expect(page.locator("#table-documents tbody tr")).to_have_count(2)
