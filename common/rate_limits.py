"""How often one address may ask for a public page: counted in the cache, by minutes."""

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
            if _count(f"{name}.{client_address(request)}") > per_minute:
                return _refusal()
            return view(request, *args, **kwargs)

        return limited

    return limit


def _refusal() -> HttpResponse:
    text = _("Too many requests. Try again in a minute.")
    headers = {"Retry-After": str(WINDOW_S)}
    return HttpResponse(text, status=429, content_type="text/plain; charset=utf-8", headers=headers)


def _count(who: str) -> int:
    """How often this happened in the running minute, this time included."""
    key = f"rate.{who}.{int(timezone.now().timestamp()) // WINDOW_S}"
    cache.add(key, 0, WINDOW_S)
    try:
        return cache.incr(key)
    except ValueError:
        # The minute ended in between.
        return 1
