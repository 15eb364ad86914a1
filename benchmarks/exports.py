"""How fast the frames of a station are written into a file: by the worker's process, with PostgreSQL beside it."""

import time
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts.models import Job
from accounts.services.files import remove_bytes
from accounts.services.jobs import run_job
from common.actor import SYSTEM
from ocpp_gateway.export import start_export
from ocpp_gateway.models import Exchange
from stations.models import Station

LONGEST_DAYS = 30


@dataclass(frozen=True)
class Written:
    """`messages` counts frames: a call and its answer are two. `cpu_s` is the worker's own share of `wall_s`."""

    messages: int
    wall_s: float
    cpu_s: float


def measure(station: Station) -> Written:
    """Export all that the station sent in the last days."""
    today = timezone.localdate()
    job = start_export(SYSTEM, station, today - timedelta(days=LONGEST_DAYS - 1), today)
    wall, cpu = time.perf_counter(), time.process_time()
    run_job(job.pk)
    took = time.perf_counter() - wall, time.process_time() - cpu
    done = Job.objects.select_related("result").get(pk=job.pk)
    assert done.result, done.error
    remove_bytes([done.result], timezone.now())
    exported = Exchange.objects.filter(station_id=station.pk, received_at__gte=done.parameters["start"])
    return Written(2 * exported.count(), *took)
