"""What stands where a page cannot: each says what happened and what to do."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.api import ROOT, problem, problem_of

log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400"""
    text = _("The server does not understand this address or form. Go back, check what you entered and try again.")
    return _page(request, 400, _("This request is not valid"), text)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403"""
    text = _("Your roles do not include this. An administrator of your organisation can change them under Users.")
    return _page(request, 403, _("You may not open this page"), text)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404"""
    text = _("It was removed, the address has a typo, or it belongs to another organisation.")
    return _page(request, 404, _("There is no such page"), text)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. The page asks nothing of the database: that may be what is broken."""
    if request.path_info.startswith(ROOT):
        return problem_of(RuntimeError())
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token (settings.CSRF_FAILURE_VIEW)."""
    log.warning("A form was refused: %s", reason)
    text = _("The form is too old, or cookies are switched off. Open the page again, then send the form once more.")
    return _page(request, 403, _("The form could not be accepted"), text)


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if request.path_info.startswith(ROOT):
        return problem(status, text)
    return render(request, "error.html", {"status": status, "title": title, "text": text}, status=status)
