"""The export wizard of charge logs: what the files hold, which sessions come along, what is refused."""

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django_scopes import scope

from accounts.choices import JobState
from accounts.models import Job
from accounts.services import jobs
from charging.export import COLUMNS
from charging.rights import EXPORT_SESSIONS
from stations.models import Station
from stations.services import index_stations
from tests import factories

URL = "/charge-logs/export/"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALL = [column.key for column in COLUMNS]


@pytest.fixture
def station(organisation) -> Iterator[Station]:
    with scope(organisation=organisation):
        yield factories.station(organisation, identity="BER-1", ports=2)


@pytest.fixture
def page(client, owner) -> Client:
    client.force_login(owner)
    return client


def export(page: Client, query: str = "", **chosen) -> bytes:
    answer = page.post(URL + query, {"columns": ALL, "format": "csv", **chosen})
    assert answer.status_code == 302, answer.context["form"].errors
    job = Job.objects.latest("id")
    jobs.run_job(job.pk)
    job = Job.objects.select_related("result").get(pk=job.pk)
    assert job.state == JobState.FINISHED, job.error
    return default_storage.open(job.result.path).read()


def lines(content: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def test_csv_is_written_in_the_readers_way_or_a_fixed_one(page, owner, station):
    factories.session(station, started_at=NOON, energy_wh=1500, id_tag="=1+1")
    row = lines(export(page))[0]
    assert (row["Station"], row["Energy (kWh)"], row["Id token"]) == ("BER-1", "1.5", "'=1+1")
    assert row["Start"] == "2026-06-01 14:00:00"
    fixed = lines(export(page, delimiter="tab", decimal_mark=","), "\t")[0]
    assert fixed["Energy (kWh)"] == "1,5"
    owner.language = "de"
    owner.save()
    assert b";1,5;" in export(page)


def test_only_the_chosen_sessions_and_columns_come_along(page, station, organisation):
    other = factories.station(organisation, identity="HAM-1")
    index_stations([other.pk])
    for hours, of, port in ((0, station, 1), (1, station, 2), (24, station, 1), (2, other, 1)):
        factories.session(of, started_at=NOON + timedelta(hours=hours), port_number=port, id_tag=f"TAG{hours}")

    def tags(query: str = "", **chosen) -> list[str]:
        return [row["Id token"] for row in lines(export(page, query, columns=["id_tag"], **chosen))]

    assert tags() == ["TAG0", "TAG1", "TAG2", "TAG24"]
    assert tags("?station=BER-1") == ["TAG0", "TAG1", "TAG24"]
    assert tags("?station=BER-1", ports=["2"]) == ["TAG1"]
    assert tags(start="2026-06-02") == ["TAG24"]
    assert tags(end="2026-06-01") == ["TAG0", "TAG1", "TAG2"]
    assert tags("?q=HAM") == ["TAG2"]
    assert tags("?token=TAG1") == ["TAG1"]
    ticked = station.sessions.get(id_tag="TAG24").pk
    assert str(ticked) in page.post(URL, {"selected": [ticked]}).content.decode()
    assert tags(selected=[ticked]) == ["TAG24"]


def test_the_filter_holds_for_the_next_export(page, station):
    answer = page.post(f"{URL}?station=BER-1&state=ended", {"columns": ALL, "format": "csv"})
    assert answer.url == f"{URL}?station=BER-1&state=ended"


def test_json_and_spreadsheets_keep_numbers_as_numbers(page, station):
    factories.session(station, started_at=NOON, energy_wh=1500, id_tag="=1+1")
    row = json.loads(export(page, format="json"))[0]
    assert (row["energy_kwh"], row["id_tag"], row["started_at"]) == (1.5, "=1+1", "2026-06-01T14:00:00+02:00")
    with zipfile.ZipFile(BytesIO(export(page, format="xlsx", columns=["energy_kwh", "id_tag"]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    texts = re.findall(r"<(?:t|v)>([^<]*)<", sheet)
    assert texts == ["Energy (kWh)", "Id token", "1.5", "=1+1"]
    assert json.loads(export(page, format="json", end="2020-01-01")) == []


@pytest.mark.parametrize(
    "chosen, field",
    [
        ({"start": "2026-06-02", "end": "2026-06-01"}, "end"),
        ({"delimiter": ",", "decimal_mark": ","}, "decimal_mark"),
        ({"columns": []}, "columns"),
        ({"format": "exe"}, "format"),
    ],
)
def test_what_fits_nowhere_is_said_at_its_field(page, station, chosen, field):
    answer = page.post(URL, {"columns": ALL, "format": "csv", **chosen})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Job.objects.exists()


def test_the_wizard_is_for_those_who_may_export(client, station, organisation, stranger):
    client.force_login(factories.member(organisation, EXPORT_SESSIONS))
    assert client.get(f"{URL}?station=ber-1").status_code == 200
    client.force_login(stranger)
    assert client.get(f"{URL}?station=BER-1").status_code == 404


def test_the_wizard_takes_few_queries(page, station, django_assert_max_num_queries):
    export(page, "?station=BER-1")
    page.get(f"{URL}?station=BER-1")
    with django_assert_max_num_queries(12):
        assert "Charge logs of" in page.get(f"{URL}?station=BER-1").content.decode()
