"""Opens the organisation's scope around every request of a signed-in person or of a program with an API token; without
one, tenant models raise.
"""

import zoneinfo
from collections.abc import Callable
from contextlib import ExitStack
from typing import cast

from allauth.usersessions.middleware import UserSessionsMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_scopes import scope

from accounts import selectors, tokens
from accounts.models import Organisation, User
from common.api import problem
from common.client import client_address

ORGANISATION_KEY = "organisation"
SEEN_EVERY_S = 300
"""How often a session's last activity is written down; a write with every page would cost more than many a page."""


class SeenMiddleware(UserSessionsMiddleware):
    """The list of sessions says when each was last seen, to within `SEEN_EVERY_S`."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.session.session_key
        if key and cache.add(f"seen:{key}", 1, SEEN_EVERY_S):
            return cast(HttpResponse, super().__call__(request))
        return cast(HttpResponse, self.get_response(request))


class OrganisationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        secret = tokens.bearer(request)
        if secret is not None and opens_to_tokens(request):
            return self._answer_program(request, secret)
        if isinstance(request.user, User):
            return self._answer_person(request, request.user)
        return self.get_response(request)

    def _answer_person(self, request: HttpRequest, user: User) -> HttpResponse:
        memberships = selectors.memberships_of(user)
        mine = [membership.organisation for membership in memberships]
        organisation = current_organisation(request, user, mine)
        request.organisations = mine  # type: ignore[attr-defined]
        with ExitStack() as stack:
            stack.enter_context(translation.override(user.language or translation.get_language()))
            if organisation:
                access = selectors.access_within(user, organisation, memberships, client_address(request))
                request.access = access  # type: ignore[attr-defined]
                stack.enter_context(scope(organisation=organisation))
                stack.enter_context(timezone.override(zoneinfo.ZoneInfo(user.time_zone or organisation.time_zone)))
            return self.get_response(request)

    def _answer_program(self, request: HttpRequest, secret: str) -> HttpResponse:
        token = tokens.find(secret, timezone.now())
        if token is None:
            return unknown_token()
        organisation = token.organisation
        request.user = AnonymousUser()
        request.access = selectors.access_for_token(token, client_address(request))  # type: ignore[attr-defined]
        with scope(organisation=organisation), timezone.override(zoneinfo.ZoneInfo(organisation.time_zone)):
            return self.get_response(request)


def current_organisation(request: HttpRequest, user: User, mine: list[Organisation]) -> Organisation | None:
    """Of `mine`, the organisation chosen in this session, else the one used last, else the first."""
    wanted = request.session.get(ORGANISATION_KEY) or user.last_organisation_id
    return next((organisation for organisation in mine if organisation.pk == wanted), mine[0] if mine else None)


def opens_to_tokens(request: HttpRequest) -> bool:
    """Whether the request is for the REST API, or reads a page that is declared for programs; a token means nothing
    anywhere else.
    """
    try:
        view = resolve(request.path_info).func
    except Http404:
        return False
    if getattr(view, "audience", None) == "programs":
        return True
    return request.method == "GET" and getattr(view, "token_allowed", False)


def unknown_token() -> HttpResponse:
    """RFC 6750 §3.1."""
    detail = _("The API token is unknown, expired or revoked. Make a new one under Administration, API tokens.")
    return problem(401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
