"""Opens the organisation's scope around every request of a signed-in person; without one, tenant models raise."""

import zoneinfo
from collections.abc import Callable
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django_scopes import scope

from accounts import selectors
from accounts.models import Organisation, User
from common.client import client_address

ORGANISATION_KEY = "organisation"


class OrganisationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        organisation = current_organisation(request, user)
        request.organisations = selectors.organisations_of(user)  # type: ignore[attr-defined]
        with ExitStack() as stack:
            stack.enter_context(translation.override(user.language or translation.get_language()))
            if organisation:
                request.access = selectors.access_for(user, organisation, client_address(request))  # type: ignore[attr-defined]
                stack.enter_context(scope(organisation=organisation))
                stack.enter_context(timezone.override(zoneinfo.ZoneInfo(user.time_zone or organisation.time_zone)))
            return self.get_response(request)


def current_organisation(request: HttpRequest, user: User) -> Organisation | None:
    """The organisation chosen in this session, else the one used last, else the person's first."""
    mine = Organisation.objects.filter(memberships__user=user)
    wanted = request.session.get(ORGANISATION_KEY) or user.last_organisation_id
    return mine.filter(pk=wanted).first() or mine.order_by("name").first()
