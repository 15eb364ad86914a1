"""The one way to a page: every view is declared `page`, `signed_in`, `public` or `programs`. A view that is none of
them does not pass `tests/contracts/test_urls.py`. Strangers get 404 (the object is not in their scope), members
without the right 403.
"""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Protocol, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from common.access import Access
from common.rights import Feature, Right

View = Callable[..., HttpResponseBase]


class DeclaredView(Protocol):
    """A view with its declaration: `right` None means public or merely signed in, as `audience` says."""

    right: Right | None
    audience: str
    token_allowed: bool

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def page(
    right: Right, feature: Feature | None = None, *, token_allowed: bool = False
) -> Callable[[View], DeclaredView]:
    """Declare a view for members who hold `right` in an organisation that subscribes to `feature`.

    `token_allowed` lets programs with an API token that holds the right read it (GET), e.g. a list's CSV.
    """

    def declare(view: View) -> DeclaredView:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (request.user.is_authenticated or (token_allowed and getattr(request, "access", None))):
                return signed_out(request)
            enforce(request, right, feature)
            return view(request, *args, **kwargs)

        return _declared(guarded, right, "members", token_allowed)

    return declare


def signed_in(view: View) -> DeclaredView:
    """Declare a view for everybody who is signed in, e.g. the own profile."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return signed_out(request)
        return view(request, *args, **kwargs)

    return _declared(guarded, None, "signed in")


def public(view: View) -> DeclaredView:
    """Declare a view for everybody, e.g. /health/live."""
    return _declared(view, None, "public")


def programs(view: View) -> DeclaredView:
    """Declare an address of the REST API, for programs alone: its operations declare their rights (`common.api`)."""
    return _declared(view, None, "programs", token_allowed=True)


def signed_out(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page and back; where something was entered it is kept, to be sent once more."""
    if getattr(request, "htmx", None):
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED)  # static/js/frame.js says so; the form stays as it is
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    entered = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    context = {"entered": entered, "had_files": bool(request.FILES)}
    return render(request, "signed_out.html", context, status=HTTPStatus.UNAUTHORIZED)


def _declared(view: View, right: Right | None, audience: str, token_allowed: bool = False) -> DeclaredView:
    declared = cast(Any, view)
    declared.right, declared.audience, declared.token_allowed = right, audience, token_allowed
    return cast(DeclaredView, declared)


def enforce(request: HttpRequest, right: Right, feature: Feature | None = None) -> Access:
    """Raise unless the caller may: 404 without an organisation or its subscription, 403 without the right."""
    access = getattr(request, "access", None)
    if access is None or (feature and not access.has(feature)):
        raise Http404
    if not access.can(right):
        raise PermissionDenied
    return cast(Access, access)


def page_or_fragment(
    request: HttpRequest, template: str, context: dict[str, Any], fragment: str | None = None, status: int = 200
) -> HttpResponse:
    """Render the whole page, or for HTMX only the template `fragment` that the page includes.

    Both have one address: `Vary` keeps the browser from showing a fragment where a page is asked for.
    """
    htmx = getattr(request, "htmx", None)
    partial = fragment and htmx and not htmx.boosted and not htmx.history_restore_request
    response = render(request, fragment if partial and fragment else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
