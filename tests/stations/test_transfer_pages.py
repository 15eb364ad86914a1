import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.services import create_token
from common.actor import SYSTEM
from stations.models import Station
from stations.rights import EXPORT_STATIONS, VIEW_STATIONS
from tests import factories
from tests.accounts.conftest import streamed

IMPORT = "/station-import/"


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def upload(page: Client, text: str | bytes, name: str = "stations.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return page.post(IMPORT, {"file": SimpleUploadedFile(name, data, "text/csv")})


def apply(page: Client, checked):
    return page.post("/station-import/apply/", {"key": checked.context["key"]})


def test_a_file_is_checked_first_and_changes_nothing(page, organisation):
    factories.station(organisation, identity="BER-1", name="Old")
    checked = upload(page, "identity;name;city\nBER-1;New;Berlin\nHAM-1;Harbour;Hamburg\n")
    assert checked.status_code == 200
    text = checked.content.decode()
    assert "HAM-1" in text
    assert Station.objects.get().name == "Old"
    assert apply(page, checked)["Location"] == "/stations/"
    assert set(Station.objects.values_list("identity", "name")) == {("BER-1", "New"), ("HAM-1", "Harbour")}


def test_every_error_is_told_by_line_and_column(page):
    checked = upload(page, "identity,country,latitude,longitude\nA-1,DEU,50,8\nA-2,DE,x,8\n,DE,,\n")
    assert checked.status_code == 422
    places = {(problem.line, problem.column) for problem in checked.context["problems"]}
    assert {(2, "country"), (3, "latitude"), (4, "identity")} <= places
    assert not Station.objects.exists()
    assert apply(page, checked).status_code == 422
    assert not Station.objects.exists()
    listed = page.post("/station-import/problems/", {"key": checked.context["key"]})
    assert streamed(listed).decode().count("\n") == len(checked.context["plan"].problems) + 1


@pytest.mark.parametrize("data", [b"", b"\x00\x01\xff", b"no columns that we know", b"identity\n\xe4\xf6\xfc"])
def test_any_file_gets_an_answer(page, data):
    assert upload(page, data).status_code in (200, 422)


def test_without_a_file_the_form_says_so(page):
    answer = page.post(IMPORT, {"a": "b"})
    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors


def test_only_who_uploaded_the_file_can_import_it(page, stranger):
    checked = upload(page, "identity\nA-1\n")
    page.force_login(stranger)
    answer = apply(page, checked)
    assert answer["Location"] == IMPORT
    assert not Station.objects.exists()


def test_importing_needs_its_right(page, organisation):
    page.force_login(factories.member(organisation, VIEW_STATIONS))
    for address in (IMPORT, "/station-import/template/"):
        assert page.get(address).status_code == 403
    assert page.post("/station-import/apply/", {"key": "x"}).status_code == 403
    assert page.get("/station-export/").status_code == 403


def test_the_empty_file_and_an_export_are_read_again_without_a_change(page, organisation):
    empty = upload(page, streamed(page.get("/station-import/template/")))
    assert empty.status_code == 200
    factories.station(organisation, identity="BER-1", name="=Hall", city="Berlin", ports=2)
    for address in ("/station-export/", "/station-export/?format=csv-local"):
        again = upload(page, streamed(page.get(address)))
        assert again.status_code == 200, [p.message for p in again.context["problems"]]
        assert (again.context["plan"].new, again.context["plan"].changed) == ([], [])


def test_an_export_holds_what_the_list_shows_or_what_is_selected(page, organisation):
    stations = [factories.station(organisation, identity=name, city=name[:3], ports=1) for name in ("BER-1", "HAM-1")]
    assert identities(page.get("/station-export/?city=ham")) == ["HAM-1"]
    assert identities(page.post("/station-export/", {"selected": [stations[0].pk]})) == ["BER-1"]


def test_a_program_exports_with_its_token(client, organisation):
    factories.station(organisation, identity="BER-1")
    _token, secret = create_token(SYSTEM, organisation, "Export", [EXPORT_STATIONS.code])
    answer = client.get("/station-export/", headers={"Authorization": f"Bearer {secret}"})
    assert identities(answer) == ["BER-1"]
    assert client.post("/station-export/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def identities(answer) -> list[str]:
    lines = streamed(answer).decode("utf-8-sig").splitlines()[1:]
    return [line.replace(";", ",").split(",")[0] for line in lines]
