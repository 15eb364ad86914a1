"""Background jobs: the organisation's list, one job, its cancellation, and the parts that other pages show live."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services
from accounts.filters import JobFilter
from accounts.models import Job
from accounts.rights import VIEW_JOBS
from accounts.services.jobs import job_topics, list_topics
from accounts.tables import JOBS
from common.access import Access, access_of
from common.doors import attempt
from common.errors import Refused
from common.jobs import JobKind, all_kinds, find_kind
from common.live import Fragment, by_pk
from common.views import page, signed_in

SHOWN = 20


# --- Pages --------------------------------------------------------------------------------------------------------
@page(VIEW_JOBS)
def jobs(request: HttpRequest) -> HttpResponseBase:
    """The jobs of the kinds that the caller may start."""
    filters = JobFilter(request.GET, visible_jobs(access_of(request)), request=request)
    table = JOBS.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


@signed_in
def job(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _find(request, pk)
    return render(request, "accounts/job.html", {"job": found, "fragment": fragment_name(found.kind)})


@signed_in
@require_POST
def cancel_job(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Where a script asks, the live parts of the page tell what became of it."""
    found = _find(request, pk)
    actor = access_of(request).actor
    if getattr(request, "htmx", None):
        with suppress(Refused):
            services.cancel_job(actor, found)
        return HttpResponse(status=204)
    attempt(request, _("The job was cancelled."), services.cancel_job, actor, found)
    return redirect("job", found.pk)


def _find(request: HttpRequest, pk: int) -> Job:
    """404 for whoever may not start jobs of its kind."""
    access = getattr(request, "access", None)
    if access is None:
        raise Http404
    found: Job = get_object_or_404(visible_jobs(access), pk=pk)
    return found


def visible_jobs(access: Access) -> QuerySet[Job]:
    kinds = [kind.slug for kind in all_kinds() if access.can(kind.right)]
    return Job.objects.filter(kind__in=kinds).select_related("result")


# --- Live parts ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class JobList:
    """The newest jobs of a kind about a subject (`station.17`; empty: the whole organisation)."""

    organisation_id: int
    kind: str
    subject: str = ""

    @property
    def fragment(self) -> str:
        return list_name(self.kind)


def fragment_name(kind: str) -> str:
    return f"accounts.job-{kind}"


def list_name(kind: str) -> str:
    return f"accounts.jobs-{kind}"


def fragments() -> tuple[Fragment, ...]:
    """Two for each kind of job: one job, and the list of a subject's jobs; the kind's right opens them."""
    return tuple(fragment for kind in all_kinds() for fragment in _of_kind(kind))


def _of_kind(kind: JobKind) -> tuple[Fragment, Fragment]:
    def load(access: Access, key: str) -> Job | None:
        found = Job.objects.filter(kind=kind.slug).select_related("result")
        return by_pk(found, key)

    def load_list(access: Access, key: str) -> JobList:
        return JobList(access.organisation.pk, kind.slug, "" if key == "all" else key)

    one = Fragment(fragment_name(kind.slug), kind.right, job_topics, load, "accounts/job_card.html", _itself)
    several = Fragment(
        list_name(kind.slug),
        kind.right,
        lambda found: list_topics(found.organisation_id, found.kind, found.subject),
        load_list,
        "accounts/job_list.html",
        _listed,
        key=lambda found: found.subject or "all",
    )
    return one, several


def _itself(access: Access, found: Job) -> dict[str, Any]:
    return {"job": found}


def _listed(access: Access, found: JobList) -> dict[str, Any]:
    mine = Job.objects.filter(kind=found.kind, subject=found.subject).select_related("result")
    newest = list(mine.order_by("-created_at", "-id")[: SHOWN + 1])
    kind = find_kind(found.kind)
    return {"jobs": newest[:SHOWN], "more": len(newest) > SHOWN, "label": kind.label if kind else "", "list": found}
