"""Voucher management: list, make, revoke, print."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from charging import selectors, services
from charging.filters import VoucherFilter
from charging.forms.vouchers import VouchersForm
from charging.models import VoucherBatch
from charging.rights import CHANGE_VOUCHERS, VIEW_VOUCHERS
from charging.tables import VOUCHERS, limits_of
from charging.voucher_sheets import as_pdf
from common.access import access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.tables import selected_rows
from common.views import page

_MOST_PRINTED = services.MAX_VOUCHERS


@page(VIEW_VOUCHERS, token_allowed=True)
def vouchers(request: HttpRequest) -> HttpResponseBase:
    filters = VoucherFilter(request.GET, selectors.vouchers(), request=request)
    table = VOUCHERS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "most_printed": _MOST_PRINTED}
    return table.response() or render(request, "charging/vouchers.html", context)


@page(CHANGE_VOUCHERS)
def create_vouchers(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = VouchersForm(posted(request), organisation=access.organisation)
    made: list[VoucherBatch] = []
    if form.is_valid() and fits(
        form,
        lambda: made.append(
            services.create_vouchers(access.actor, access.organisation, form.cleaned_data["count"], **form.limits)
        ),
    ):
        messages.success(request, _("The vouchers were made. They can be printed and exported from here."))
        return done(request, f"{reverse('vouchers')}?batch={made[0].pk}")
    return form_page(request, form, title=_("New vouchers"), submit=_("Create"), back=reverse("vouchers"))


@page(CHANGE_VOUCHERS)
@require_POST
def revoke_vouchers(request: HttpRequest) -> HttpResponse:
    access = access_of(request)
    filters = VoucherFilter(request.GET, selectors.vouchers(), request=request)
    ids = selected_rows(request, filters.qs).values_list("pk", flat=True)
    count = services.revoke_vouchers(access.actor, access.organisation, ids)
    told = ngettext("%(count)d voucher was revoked.", "%(count)d vouchers were revoked.", count)
    messages.success(request, told % {"count": count})
    return redirect(f"{reverse('vouchers')}?{request.GET.urlencode()}")


@page(VIEW_VOUCHERS)
def codes(request: HttpRequest) -> HttpResponseBase:
    """The vouchers that the filter matches, the newest first, as a file to print."""
    filters = VoucherFilter(request.GET, selectors.vouchers(), request=request)
    found = list(filters.qs.order_by("-pk")[:_MOST_PRINTED])
    file = as_pdf(found, [limits_of(voucher) for voucher in found])
    headers = {"Content-Disposition": 'attachment; filename="vouchers.pdf"'}
    return HttpResponse(file, content_type="application/pdf", headers=headers)
