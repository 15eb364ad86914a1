"""Files as they are handed out: to those with the right of their purpose, and never as something that acts."""

from collections.abc import Iterator

from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.models import StoredFile
from accounts.services.files import open_file
from common.files import find_purpose
from common.streaming import streamed
from common.views import signed_in

# A page of its own that may do nothing. PDF viewers do not start in a sandbox, and
# some of them count as an object of the page; they keep what a PDF does to themselves.
_INERT = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
_SANDBOX = f"{_INERT}; sandbox"
_PDF = f"{_INERT}; object-src 'self'"
_CHUNK_BYTES = 256 * 1024


@signed_in
@require_safe
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """404 to whoever may not have it: the number of a file tells nothing."""
    access = getattr(request, "access", None)
    if access is None:
        raise Http404
    found: StoredFile = get_object_or_404(StoredFile.objects.filter(deleted_at=None), pk=pk)
    purpose = find_purpose(found.purpose)
    if purpose is None or not access.can(purpose.right):
        raise Http404
    return file_response(found, download="download" in request.GET)


def file_response(found: StoredFile, *, download: bool = False) -> StreamingHttpResponse:
    """The file for whoever was let in: pictures and PDF are shown, everything else is a download."""
    try:
        content = open_file(found)
    except FileNotFoundError as error:
        raise Http404 from error
    response = StreamingHttpResponse(streamed(_chunks(content)), content_type=found.content_type)
    is_download = download or not found.is_shown
    response["Content-Disposition"] = content_disposition_header(is_download, found.name) or "attachment"
    response["Content-Length"] = found.size_bytes
    response["Content-Security-Policy"] = _SANDBOX if found.content_type != "application/pdf" else _PDF
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = f'"{found.sha256}"'
    return response


def _chunks(content: File) -> Iterator[bytes]:
    with content:
        yield from content.chunks(_CHUNK_BYTES)
