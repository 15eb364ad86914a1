"""The tab *Documents*: upload, preview, versions, description, deleting and bringing back."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.services import used_bytes
from common.access import access_of
from common.confirming import confirm
from common.doors import attempt, fits
from common.forms import done, form_page
from common.uploads import take_uploads
from common.views import page, page_or_fragment
from stations.files import DOCUMENT
from stations.filters.documents import DocumentFilter
from stations.forms.documents import DescriptionForm, NewerVersionForm, UploadForm
from stations.models import Document, Station
from stations.rights import CHANGE_DOCUMENTS, VIEW_DOCUMENTS
from stations.services import documents as services
from stations.tables.documents import DOCUMENTS
from stations.views.sheet import station_tab

SLUG = "documents"


# --- The tab ------------------------------------------------------------------------------------------------------
def documents(request: HttpRequest, station: Station) -> HttpResponseBase:
    return _tab(request, station, UploadForm())


def upload(request: HttpRequest, station: Station) -> HttpResponseBase:
    """One file of the script, or all of an ordinary form."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"errors": [text for texts in form.errors.values() for text in texts]}, status=422)
        return _tab(request, station, form, status=422)
    actor, description = access_of(request).actor, form.cleaned_data["description"]
    return take_uploads(
        request,
        form.cleaned_data["uploads"],
        lambda file: services.add_document(actor, station, file, description),
        back=_address(station),
        done=_("The files were uploaded."),
    )


def _tab(request: HttpRequest, station: Station, form: UploadForm, status: int = 200) -> HttpResponseBase:
    mine = Document.objects.filter(station=station).select_related("current", "station")
    filters = DocumentFilter(request.GET, mine, request=request)
    table = DOCUMENTS.bind(request, filters.qs, filters)
    context = {
        "table": table,
        "filters": filters,
        "form": form,
        "address": _address(station),
        "used_bytes": used_bytes(access_of(request).organisation),
        "quota_bytes": settings.FILE_QUOTA_BYTES,
        "max_bytes": DOCUMENT.max_bytes,
    }
    return table.response() or station_tab(request, station, SLUG, "stations/documents.html", context, status)


# --- One document -------------------------------------------------------------------------------------------------
@page(VIEW_DOCUMENTS)
def preview(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = _find(pk)
    context = {"document": document, "file": document.current}
    return page_or_fragment(request, "stations/document.html", context, "stations/document_body.html")


@page(VIEW_DOCUMENTS)
def versions(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = _find(pk)
    found = document.versions.select_related("file")
    context = {"document": document, "versions": found}
    return page_or_fragment(
        request, "stations/document_versions_page.html", context, "stations/document_versions_body.html"
    )


@page(CHANGE_DOCUMENTS)
def replace(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = _find(pk)
    form = NewerVersionForm(request.POST or None, request.FILES or None)
    if form.is_valid() and fits(
        form, services.replace_document, access_of(request).actor, document, form.cleaned_data["file"]
    ):
        return done(request, _address(document.station))
    title = _("Newer version of “%(document)s”") % {"document": document}
    return form_page(request, form, title=title, submit=_("Upload"), back=_address(document.station))


@page(CHANGE_DOCUMENTS)
def describe(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = _find(pk)
    form = DescriptionForm(
        request.POST if request.method == "POST" else None, initial={"description": document.description}
    )
    if form.is_valid() and fits(
        form, services.describe_document, access_of(request).actor, document, form.cleaned_data["description"]
    ):
        return done(request, _address(document.station))
    title, back = _("Describe “%(document)s”") % {"document": document}, _address(document.station)
    return form_page(request, form, title=title, submit=_("Save"), back=back)


@page(CHANGE_DOCUMENTS)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = _find(pk)
    back = _address(document.station)
    return confirm(
        request,
        services.delete_document,
        document,
        then=f"{back}?deleted=on",
        title=_("Delete “%(document)s”?") % {"document": document},
        submit=_("Delete"),
        back=back,
        warning=_("All its versions go with it. For 30 days you can bring it back: filter by “Deleted”."),
        danger=True,
    )


@page(CHANGE_DOCUMENTS)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponseBase:
    document = get_object_or_404(_documents(), pk=pk)
    attempt(request, _("The document is back."), services.restore_document, access_of(request).actor, document)
    return redirect(_address(document.station))


def _documents() -> QuerySet[Document]:
    return Document.objects.select_related("current", "station__organisation")


def _find(pk: int) -> Document:
    found: Document = get_object_or_404(_documents().filter(deleted_at=None), pk=pk)
    return found


def _address(station: Station) -> str:
    return reverse("station-tab", args=[station.identity, SLUG])
