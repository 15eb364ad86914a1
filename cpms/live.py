"""Who stands behind a live connection: the same person, organisation, rights, language and time zone as on a page."""

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, QueryDict, parse_cookie
from django.utils import translation

from accounts.middleware import current_organisation
from accounts.models import User
from accounts.selectors import access_within, memberships_of
from common.client import behind_proxies
from common.consumers import Surroundings


def surroundings_of(scope: dict[str, Any]) -> Surroundings | None:
    """Read anew each time, so that a signed-out person, a lost right or another organisation shows at once."""
    request = _request(scope)
    user = get_user(request)
    if not isinstance(user, User):
        return None
    memberships = memberships_of(user)
    organisation = current_organisation(request, user, [membership.organisation for membership in memberships])
    if organisation is None:
        return None
    access = access_within(user, organisation, memberships, request.META["REMOTE_ADDR"])
    if access is None:
        return None
    language = user.language or _page_language(scope) or translation.get_language_from_request(request)
    return Surroundings(access, language, user.time_zone or organisation.time_zone)


def _page_language(scope: dict[str, Any]) -> str | None:
    """The language of the page, which it names itself: browsers need not send the same header here as for pages."""
    named = QueryDict(scope.get("query_string", b"")).get("language", "")
    return named if named in dict(settings.LANGUAGES) else None


def _request(scope: dict[str, Any]) -> HttpRequest:
    """As much of a request as the session and the choice of a language need."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    request = HttpRequest()
    request.COOKIES = parse_cookie(headers.get("cookie", ""))
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("accept-language", "")
    peer = (scope.get("client") or ("", 0))[0]
    request.META["REMOTE_ADDR"] = behind_proxies(peer, headers.get("x-forwarded-for", ""))
    sessions = import_module(settings.SESSION_ENGINE)
    request.session = sessions.SessionStore(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    return request
