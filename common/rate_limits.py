"""How often somebody may do something: counted in the cache, e.g. by client address and minute for public pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from common.client import client_address

WINDOW_S = 60

View = Callable[..., HttpResponseBase]


def rate_limited(name: str, per_minute: int) -> Callable[[View], View]:
    """Let one client address call the view so often a minute; beyond that 429 with Retry-After (RFC 6585 §4)."""

    def limit(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if count(f"{name}.{client_address(request)}") > per_minute:
                return _refusal()
            return view(request, *args, **kwargs)

        return limited

    return limit


def _refusal() -> HttpResponse:
    text = _("Too many requests. Try again in a minute.")
    headers = {"Retry-After": str(WINDOW_S)}
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers=headers)


def count(who: str, window_s: int = WINDOW_S) -> int:
    """How often this happened in the running window of time, this time included."""
    key = _key(who, window_s)
    cache.add(key, 0, window_s)
    try:
        return cache.incr(key)
    except ValueError:
        # The window ended in between.
        return 1


def counted(who: str, window_s: int = WINDOW_S) -> int:
    """How often it happened in the running window so far."""
    found: int = cache.get(_key(who, window_s), 0)
    return found


def _key(who: str, window_s: int) -> str:
    return f"rate.{who}.{window_s}.{int(timezone.now().timestamp()) // window_s}"
