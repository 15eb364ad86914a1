"""Background jobs: started, run by a worker in steps that can be cancelled, and expired with their results.

States move by conditional updates only. A worker holds a job by a lease and by the number of the attempt: when it is
lost, another one takes the job again after the lease; when it comes back late, it finds that the job is not its own.
"""

import logging
import tempfile
import time
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from accounts.choices import JobState
from accounts.models import Job, Organisation
from accounts.services.audit import record
from accounts.services.files import keep_file, remove_bytes
from accounts.signals import send_job_queued
from common.actor import Actor
from common.errors import Refused
from common.files import result_purpose
from common.jobs import JobKind, find_kind
from common.live import announce
from common.text import fit

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 3
_WRITTEN_EVERY_S = 0.5
_SWEPT_AT_ONCE = 200
_OPEN = (JobState.QUEUED, JobState.RUNNING)
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The job was cancelled, or another worker took it over: its work ends here."""


# --- Starting and cancelling --------------------------------------------------------------------------------------
@transaction.atomic
def start_job(
    organisation: Organisation,
    kind: JobKind,
    parameters: dict[str, Any],
    actor: Actor,
    *,
    title: str,
    subject: str = "",
) -> Job:
    """Queue a job. `parameters` are JSON; `title` says what it does, `subject` what it is about (`station.17`)."""
    job = Job.objects.create(
        organisation=organisation,
        kind=kind.slug,
        subject=subject,
        title=fit(title, 200),
        parameters=parameters,
        actor_kind=actor.kind,
        actor_label=actor.label[:200],
        created_by_id=actor.id if actor.kind == "user" else None,
        language=translation.get_language() or organisation.language,
        time_zone=timezone.get_current_timezone_name(),
        lease_until=timezone.now() + LEASE,
    )
    record(actor, organisation, "accounts.job_started", job, after={"kind": kind.slug})
    announce(job_topics(job))
    send_job_queued(job.pk)
    return job


@transaction.atomic
def cancel_job(actor: Actor, job: Job) -> None:
    """A job that runs stops at its next step."""
    open_one = Job.objects.filter(pk=job.pk, state__in=_OPEN)
    if not open_one.update(state=JobState.CANCELLED, ended_at=timezone.now()):
        raise Refused(_("The job has ended already."))
    record(actor, job.organisation_id, "accounts.job_cancelled", job)
    announce(job_topics(job))


def job_topics(job: Job) -> list[str]:
    """What is poked when the job changes: itself, and the lists of its kind and of its subject's."""
    return [f"job.{job.pk}", *list_topics(job.organisation_id, job.kind, job.subject)]


def list_topics(organisation_id: int, kind: str, subject: str) -> list[str]:
    return [f"jobs.{organisation_id}.{kind}.{subject}"]


# --- Running ------------------------------------------------------------------------------------------------------
class RunningJob:
    """What a kind's `run` works with: the job, whose `parameters` say what to do, its progress and its result."""

    def __init__(self, job: Job, kind: JobKind) -> None:
        self.job = job
        self.kind = kind
        self.organisation = job.organisation
        self.actor = job.actor
        self.parameters: dict[str, Any] = job.parameters
        self._written_at = 0.0

    def progress(self, done: int, total: int | None = None, words: str = "") -> None:
        """Say how far it is; call it between steps. Raises `Stopped` where the job is not to go on."""
        now = time.monotonic()
        if now - self._written_at < _WRITTEN_EVERY_S:
            return
        self._written_at = now
        self._update(done=done, total=total, words=words[:200], lease_until=timezone.now() + LEASE)

    @contextmanager
    def result(self, name: str) -> Iterator[BinaryIO]:
        """A file on disk to write the result into; it becomes the job's result when the block ends."""
        with tempfile.TemporaryFile(prefix="cpms-job-") as file:
            yield file
            file.seek(0)
            self.job.result = keep_file(self.organisation, result_purpose(self.kind), file, self.actor, name)

    def finish(self) -> None:
        now = timezone.now()
        expires_at = now + self.kind.kept if self.job.result else None
        self._update(state=JobState.FINISHED, ended_at=now, expires_at=expires_at, result=self.job.result)

    def fail(self, error: str) -> None:
        self._update(state=JobState.FAILED, ended_at=timezone.now(), error=fit(error, 500))
        self.forget_result()

    def forget_result(self) -> None:
        """The file of a job that did not finish is nobody's."""
        if self.job.result:
            remove_bytes([self.job.result], timezone.now())

    def _update(self, **values: Any) -> None:
        mine = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self.job.attempts)
        if not mine.update(**values):
            raise Stopped
        announce(job_topics(self.job))


def run_job(job_id: int) -> None:
    """Take the job and do it; nothing where somebody else has it, or it has ended."""
    with scopes_disabled():
        job = _take(job_id)
    if job is None:
        return
    kind = find_kind(job.kind)
    if kind is None:
        raise LookupError(f"No app declares the background job {job.kind!r}.")
    zone = zoneinfo.ZoneInfo(job.time_zone)
    with scope(organisation=job.organisation), translation.override(job.language), timezone.override(zone):
        running = RunningJob(job, kind)
        try:
            _run(running)
        except Stopped:
            running.forget_result()


def _run(running: RunningJob) -> None:
    if running.job.attempts > MAX_ATTEMPTS:
        running.fail(_("The job was interrupted too often. Start it again, or tell the platform's operators."))
        return
    try:
        running.kind.run(running)
    except Refused as refusal:
        running.fail(str(refusal.message))
    except Stopped:
        raise
    except Exception:
        _log.exception("Background job %s (%s) failed", running.job.pk, running.job.kind)
        running.fail(_("Something went wrong in the portal. Its operators find the reason in the log."))
    else:
        running.finish()


def _take(job_id: int) -> Job | None:
    """The job, now held by this worker."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id).update(
        state=JobState.RUNNING, started_at=now, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    job = Job.objects.select_related("organisation").get(pk=job_id)
    announce(job_topics(job))
    return job


# --- Sweeps over all organisations --------------------------------------------------------------------------------
def resume_jobs(now: datetime) -> None:
    """Send again what waits longer than its lease: its message, or the worker that had it, was lost."""
    waiting = Job.objects.filter(state__in=_OPEN, lease_until__lt=now).order_by("lease_until")
    for job in waiting[:_SWEPT_AT_ONCE]:
        if job.state == JobState.QUEUED:
            Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(lease_until=now + LEASE)
        send_job_queued(job.pk)


def expire_jobs(now: datetime) -> None:
    """Remove the results whose time is over."""
    over = Job.objects.filter(state=JobState.FINISHED, expires_at__lt=now).select_related("result")
    for job in over[:_SWEPT_AT_ONCE]:
        remove_bytes([job.result] if job.result else [], now)
        Job.objects.filter(pk=job.pk).update(state=JobState.EXPIRED)
        announce(job_topics(job))
