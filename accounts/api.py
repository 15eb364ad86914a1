"""Operations of the REST API on files and background jobs."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Schema

from accounts import services
from accounts.choices import JobState
from accounts.models import Job, StoredFile
from accounts.rights import VIEW_JOBS
from accounts.views.files import file_response
from accounts.views.jobs import visible_jobs
from common.access import access_of
from common.api import Operations, Page, PageQuery, page_of
from common.files import find_purpose

files = Operations("Files")
jobs = Operations("Exports and background jobs")


# --- Files --------------------------------------------------------------------------------------------------------
class FileOut(Schema):
    id: int
    purpose: str
    name: str
    content_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    created_by: str = Field(alias="created_by_label")


_ANYTHING = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}


@files.operation("GET", "/files/{int:pk}", None, FileOut)
def read_file(request: HttpRequest, pk: int) -> Any:
    """Read what is known of a file

    Needs the right to see what the file belongs to: without it there is no such file.
    """
    return _file(request, pk)


@files.operation("GET", "/files/{int:pk}/content", None, status=200, content=_ANYTHING)
def read_file_content(request: HttpRequest, pk: int) -> Any:
    """Download a file

    Needs the right to see what the file belongs to: without it there is no such file.
    """
    return file_response(_file(request, pk), download=True)


def _file(request: HttpRequest, pk: int) -> StoredFile:
    found: StoredFile = get_object_or_404(StoredFile.objects.filter(deleted_at=None), pk=pk)
    purpose = find_purpose(found.purpose)
    if purpose is None or not access_of(request).can(purpose.right):
        raise Http404
    return found


# --- Background jobs ----------------------------------------------------------------------------------------------
class JobOut(Schema):
    """`file_id` is the result under `/files`; `percent` is empty while nobody knows how much there is to do."""

    id: int
    kind: str
    subject: str
    title: str
    state: JobState
    percent: int | None
    error: str
    file_id: int | None = Field(alias="result_id")
    started_by: str = Field(alias="actor_label")
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime | None


class JobQuery(PageQuery):
    kind: str | None = Field(None, max_length=60)
    state: JobState | None = None


@jobs.operation("GET", "/jobs", VIEW_JOBS, Page[JobOut])
def list_jobs(request: HttpRequest, query: Query[JobQuery]) -> Any:
    """List background jobs, the newest first

    Those of the kinds that the token may start.
    """
    found = visible_jobs(access_of(request))
    if query.kind:
        found = found.filter(kind=query.kind)
    if query.state:
        found = found.filter(state=query.state)
    return page_of(found, query, "created_at", descending=True)


@jobs.operation("GET", "/jobs/{int:pk}", None, JobOut)
def read_job(request: HttpRequest, pk: int) -> Any:
    """Read a background job

    Needs the right to start such jobs: without it there is no such job.
    """
    return get_object_or_404(visible_jobs(access_of(request)), pk=pk)


@jobs.operation("POST", "/jobs/{int:pk}/cancel", None, JobOut)
def cancel_job(request: HttpRequest, pk: int) -> Any:
    """Cancel a background job

    Needs the right to start such jobs: without it there is no such job.
    """
    found: QuerySet[Job] = visible_jobs(access_of(request))
    services.cancel_job(access_of(request).actor, get_object_or_404(found, pk=pk))
    return get_object_or_404(found, pk=pk)


ROUTERS = (files, jobs)
