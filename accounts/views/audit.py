from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from accounts import selectors
from accounts.filters import AuditFilter
from accounts.rights import VIEW_AUDIT
from accounts.tables import AUDIT
from common.access import access_of
from common.views import page


@page(VIEW_AUDIT, token_allowed=True)
def audit_log(request: HttpRequest) -> HttpResponseBase:
    filters = AuditFilter(request.GET, selectors.audit_entries(access_of(request).organisation), request=request)
    table = AUDIT.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})
