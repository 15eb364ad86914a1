"""Exports of frames: what the file holds, its limits, and who may ask for one."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.utils import timezone
from django_scopes import scope

from accounts.choices import JobState
from accounts.models import Job
from accounts.services import jobs
from common.actor import SYSTEM
from ocpp_gateway import exchanges, export
from ocpp_gateway.choices import Direction
from ocpp_gateway.exchanges import Row
from stations.models import Station
from tests import factories
from tests.gateway.pipeline_kit import peer

TAB = "/stations/BER-1/ocpp-export/"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def station(organisation) -> Iterator[Station]:
    with scope(organisation=organisation):
        yield factories.station(organisation, identity="BER-1", time_zone="UTC")


def log(of: Station, at: datetime, request: str, **fields) -> None:
    exchanges.write([Row(peer(of), at, fields.pop("direction", Direction.IN), request, **fields)])


def made(station: Station, first=TODAY, last=TODAY, **options) -> Job:
    job = export.start_export(SYSTEM, station, first, last, **options)
    jobs.run_job(job.pk)
    return Job.objects.select_related("result").get(pk=job.pk)


def content(job: Job) -> bytes:
    return default_storage.open(job.result.path).read()


def test_the_file_holds_every_frame_as_it_was_sent(station, monkeypatch):
    monkeypatch.setattr(export, "_LINES_AT_ONCE", 1)
    now = timezone.now()
    odd = '[2,"7","Data\\u0001Transfer",{"a":\n"\x02é\\"\x7f"}]'
    log(station, now, odd, message_id="7", action="DataTransfer", response='[3,"7",{}]', answered_at=now)
    log(station, now + timedelta(microseconds=1), "no json \\.", direction=Direction.INVALID)
    log(station, now + timedelta(microseconds=2), '[2,"8","Reset",{}]', direction=Direction.OUT, message_id="8")
    other = factories.station(station.organisation)
    log(other, now, '[2,"9","Heartbeat",{}]')
    job = made(station)
    assert (job.state, job.result.name) == (JobState.FINISHED, f"ocpp-BER-1-{TODAY}-{TODAY}.json")
    found = json.loads(content(job))
    assert (found["format"], found["version"], found["station"]["identity"]) == ("cpms-ocpp-frames", 1, "BER-1")
    assert [(frame["direction"], frame["frame"]) for frame in found["frames"]] == [
        ("in", odd),
        ("out", '[3,"7",{}]'),
        ("in", "no json \\."),
        ("out", '[2,"8","Reset",{}]'),
    ]
    assert datetime.fromisoformat(found["frames"][0]["time"]) == now
    assert found["frames"][1]["message_id"] == "7"


def test_days_follow_each_other_and_nothing_else_comes_along(station):
    midnight = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)
    for hours in (-49, -47, -25, -23, -1, 1):
        log(station, midnight + timedelta(hours=hours), f'["{hours}"]')
    job = made(station, TODAY - timedelta(days=2), TODAY - timedelta(days=1), compressed=True)
    assert job.result.content_type == "application/gzip"
    frames = json.loads(gzip.decompress(content(job)))["frames"]
    assert [frame["frame"] for frame in frames] == ['["-47"]', '["-25"]', '["-23"]', '["-1"]']


def test_a_period_without_messages_makes_an_empty_file(station):
    assert json.loads(content(made(station)))["frames"] == []


@pytest.mark.parametrize(
    "first, last, field",
    [(0, -1, "last"), (-30, 0, "last"), (1, 2, "first"), (-94, -90, "first")],
)
def test_beyond_the_limits_nothing_is_started(station, first, last, field):
    with pytest.raises(ValidationError) as refusal:
        export.start_export(SYSTEM, station, TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    assert list(refusal.value.message_dict) == [field]
    assert not Job.objects.exists()


def test_the_tab_starts_an_export_and_lists_it(client, owner, station, django_assert_max_num_queries):
    client.force_login(owner)
    refused = client.post(f"{TAB}start/", {"first": str(TODAY), "last": str(TODAY - timedelta(days=1))})
    assert refused.status_code == 422
    assert "lies before the first" in refused.content.decode()
    assert client.post(f"{TAB}start/", {"first": str(TODAY), "last": str(TODAY)}).status_code == 302
    jobs.run_job(Job.objects.get().pk)
    client.get(TAB)
    with django_assert_max_num_queries(12):
        page = client.get(TAB).content.decode()
    assert "Finished" in page
    assert Job.objects.get().result.get_absolute_url() in page
    Station.objects.update(protocol="")
    assert client.get(TAB).status_code == 404
