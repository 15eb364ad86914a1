"""The catalogue of manufacturers' error codes: list, entry, CSV file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from chargeports import services
from chargeports.error_catalogue import OCPP_CODES
from chargeports.filters import ErrorCodeFilter
from chargeports.forms.errors import ErrorCodeForm, ErrorCodesImportForm
from chargeports.models import VendorErrorCode
from chargeports.rights import CHANGE_ERROR_CODES, VIEW_ERRORS
from chargeports.services.error_codes import FIELDS
from chargeports.tables import ERROR_CODES
from common.access import access_of
from common.confirming import confirm
from common.csv_files import csv_response
from common.csv_reading import Problem
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page

LIST = "error-catalogue"


@page(VIEW_ERRORS, token_allowed=True)
def catalogue(request: HttpRequest) -> HttpResponseBase:
    filters = ErrorCodeFilter(request.GET, VendorErrorCode.objects.all(), request=request)
    table = ERROR_CODES.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "ocpp_codes": OCPP_CODES}
    return table.response() or render(request, "chargeports/error_catalogue.html", context)


@page(CHANGE_ERROR_CODES)
def create(request: HttpRequest) -> HttpResponseBase:
    """The query fills in fields: an error's page says which code of which manufacturer is missing."""
    access = access_of(request)
    asked = {name: request.GET[name][:100] for name in ("code", "vendor", "model") if name in request.GET}
    form = ErrorCodeForm(posted(request), entry=VendorErrorCode(organisation=access.organisation, **asked))
    if form.is_valid() and fits(
        form, services.create_error_code, access.actor, access.organisation, **form.cleaned_data
    ):
        return done(request, reverse(LIST))
    return form_page(request, form, title=_("New error code"), submit=_("Create"), back=reverse(LIST))


@page(CHANGE_ERROR_CODES)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    entry = get_object_or_404(VendorErrorCode, pk=pk)
    form = ErrorCodeForm(posted(request), entry=entry)
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.update_error_code, actor, entry, **form.cleaned_data):
        return done(request, reverse(LIST))
    return form_page(request, form, title=_("Change the error code"), submit=_("Save"), back=reverse(LIST))


@page(CHANGE_ERROR_CODES)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    entry = get_object_or_404(VendorErrorCode, pk=pk)
    return confirm(
        request,
        services.delete_error_code,
        entry,
        title=_("Delete the error code “%(code)s”?") % {"code": entry},
        submit=_("Delete"),
        back=reverse(LIST),
        warning=_("Errors with this code stay; they only lose its explanation."),
        danger=True,
    )


@page(CHANGE_ERROR_CODES)
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponseBase:
    """All of the file or nothing: what is wrong with it is told by line and column."""
    form = ErrorCodesImportForm(posted(request), request.FILES or None)
    problems: list[Problem] = []
    if form.is_valid():
        access = access_of(request)
        data = form.cleaned_data["file"].read()
        count, problems = services.import_error_codes(access.actor, access.organisation, data)
        if not problems:
            text = ngettext("%(count)d error code was imported.", "%(count)d error codes were imported.", count)
            messages.success(request, text % {"count": count})
            return redirect(LIST)
    context = {"form": form, "problems": problems, "columns": FIELDS}
    status = 422 if form.errors or problems else 200
    return render(request, "chargeports/error_codes_import.html", context, status=status)


@page(VIEW_ERRORS, token_allowed=True)
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """The whole catalogue in the columns of the import."""
    entries = VendorErrorCode.objects.order_by("code", "vendor", "model")
    local = request.GET.get("format") != "csv"
    return csv_response("error-codes", FIELDS, entries.values_list(*FIELDS), local=local)
