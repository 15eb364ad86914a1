"""The start page: what the apps declare for the place `dashboard`, for everybody who is signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.access import Access
from common.sheets import panels
from common.views import signed_in


@signed_in
def dashboard(request: HttpRequest) -> HttpResponse:
    """Each panel needs a right of its own; who holds none of them, or belongs to no organisation, is told so."""
    access = getattr(request, "access", None)
    if not isinstance(access, Access):
        return render(request, "dashboard.html", {})
    organisation = access.organisation
    shows_any = bool(panels("dashboard", organisation, access))
    return render(request, "dashboard.html", {"organisation": organisation, "shows_any": shows_any})
