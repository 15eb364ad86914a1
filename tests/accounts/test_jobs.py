"""Background jobs: their life, the worker that is lost, who sees them, what they leave."""

import sys
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from accounts import services
from accounts.choices import JobState
from accounts.models import AuditEntry, Job, StoredFile
from accounts.services import jobs
from accounts.services.jobs import LEASE, MAX_ATTEMPTS, RunningJob, Stopped
from common.declarations import declared
from common.errors import Refused
from stations.rights import VIEW_STATIONS
from tests import factories
from tests.accounts.conftest import actor_of
from tests.accounts.working.jobs import COUNT


@pytest.fixture(autouse=True)
def working(settings):
    """The kinds of jobs of an app that only the tests have."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.accounts.working"]
    forget_declarations()
    yield
    forget_declarations()


def forget_declarations() -> None:
    """The live fragments of jobs are made from the declared kinds."""
    declared.cache_clear()
    sys.modules.pop("accounts.sheets", None)


def start(organisation, owner, **parameters) -> Job:
    parameters = {"lines": 3, **parameters}
    return services.start_job(
        organisation, COUNT, parameters, actor_of(owner), title="Three lines", subject="station.1"
    )


def fresh(job: Job) -> Job:
    return Job.objects.select_related("result").get(pk=job.pk)


def test_a_job_is_run_by_a_worker_and_leaves_its_file(organisation, owner, mails_sent):
    job = start(organisation, owner)
    assert job.state == JobState.QUEUED
    mails_sent()
    done = fresh(job)
    assert (done.state, done.attempts) == (JobState.FINISHED, 1)
    assert default_storage.open(done.result.path).read() == b"line\n" * 3
    assert done.expires_at > timezone.now() + timedelta(days=6)
    assert AuditEntry.objects.filter(action="accounts.job_started", actor_id=owner.pk).exists()
    jobs.run_job(job.pk)
    assert fresh(job).attempts == 1


@pytest.mark.parametrize(
    "parameters, words",
    [({"refusal": "No such year."}, "No such year."), ({"breaks": 1}, "log"), ({"breaks_late": 1}, "log")],
)
def test_a_job_that_fails_says_why_and_leaves_no_file(organisation, owner, parameters, words):
    job = start(organisation, owner, **parameters)
    jobs.run_job(job.pk)
    assert fresh(job).state == JobState.FAILED
    assert words in fresh(job).error
    assert not StoredFile.objects.filter(removed_at=None).exists()


def test_a_cancelled_job_stops_at_its_next_step(organisation, owner):
    job = start(organisation, owner)
    taken = jobs._take(job.pk)
    services.cancel_job(actor_of(owner), job)
    with pytest.raises(Stopped):
        RunningJob(taken, COUNT).progress(1)
    with pytest.raises(Refused):
        services.cancel_job(actor_of(owner), job)
    jobs.run_job(job.pk)
    assert fresh(job).state == JobState.CANCELLED


def test_a_job_of_a_lost_worker_is_taken_again(organisation, owner, mails_sent):
    job = start(organisation, owner)
    lost = jobs._take(job.pk)
    jobs.run_job(job.pk)
    assert fresh(job).state == JobState.RUNNING
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - LEASE)
    with scopes_disabled():
        jobs.resume_jobs(timezone.now())
    mails_sent()
    assert (fresh(job).state, fresh(job).attempts) == (JobState.FINISHED, 2)
    with pytest.raises(Stopped):
        RunningJob(lost, COUNT).finish()


def test_a_job_that_kills_its_workers_is_given_up(organisation, owner):
    job = start(organisation, owner)
    Job.objects.filter(pk=job.pk).update(attempts=MAX_ATTEMPTS)
    jobs.run_job(job.pk)
    assert fresh(job).state == JobState.FAILED


def test_a_lost_message_is_sent_again(organisation, owner, mails_sent):
    job = start(organisation, owner)
    with scopes_disabled():
        jobs.resume_jobs(timezone.now() + LEASE + timedelta(seconds=1))
        jobs.resume_jobs(timezone.now() + LEASE + timedelta(seconds=1))
    assert fresh(job).lease_until > timezone.now() + LEASE
    mails_sent()
    assert fresh(job).state == JobState.FINISHED


def test_results_are_removed_when_their_time_is_over(organisation, owner):
    job = start(organisation, owner)
    jobs.run_job(job.pk)
    path = fresh(job).result.path
    with scopes_disabled():
        jobs.expire_jobs(timezone.now())
        assert default_storage.exists(path)
        jobs.expire_jobs(timezone.now() + timedelta(days=8))
    assert fresh(job).state == JobState.EXPIRED
    assert not default_storage.exists(path)


def test_a_job_is_seen_and_fetched_by_those_who_may_start_it(organisation, owner, stranger):
    job = start(organisation, owner)
    jobs.run_job(job.pk)
    file = fresh(job).result.get_absolute_url()
    for person, status in ((factories.member(organisation, VIEW_STATIONS), 200), (stranger, 404)):
        client = Client()
        client.force_login(person)
        assert client.get(f"/jobs/{job.pk}/").status_code == status
        assert client.get(file).status_code == status


def test_the_list_shows_every_state(organisation, owner, client, django_assert_max_num_queries):
    done, failed = start(organisation, owner), start(organisation, owner, refusal="No such year.")
    start(organisation, owner)
    for job in (done, failed):
        jobs.run_job(job.pk)
    client.force_login(owner)
    client.get("/jobs/")
    with django_assert_max_num_queries(12):
        answer = client.get("/jobs/").content.decode()
    for text in ("Finished", "No such year.", "waits for a worker", "Download", "Cancel"):
        assert text in answer
    assert len(client.get("/jobs/?state=failed").context["table"].rows) == 1
