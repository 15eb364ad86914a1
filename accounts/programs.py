"""How programs are answered, whatever they ask of the REST API: so many times a minute, and a repeated write once."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import ApiToken, StoredAnswer
from common.access import Access
from common.api import IDEMPOTENCY_HEADER, problem, problem_of
from common.client import client_address
from common.rate_limits import WINDOW_S, count, counted
from common.waiting import asks_again

Ask = Callable[[], HttpResponseBase]

KEPT = timedelta(hours=24)
_LONGEST_KEY = 255
_SAFE = ("GET", "HEAD", "OPTIONS")
_KEPT_HEADERS = ("Content-Type", "Location")


def answered(request: HttpRequest, ask: Ask) -> HttpResponseBase:
    """The answer of the operation behind `ask`, or why it was not asked."""
    access = getattr(request, "access", None)
    who = f"token.{access.actor.id}" if access and _is_program(access) else client_address(request)
    used = (counted if asks_again(request) else count)(f"api.{who}")
    limit = settings.API_REQUESTS_PER_MINUTE
    answer = _refusal() if used > limit else _readable(request, access, ask)
    answer["RateLimit-Limit"] = str(limit)
    answer["RateLimit-Remaining"] = str(max(0, limit - used))
    answer["RateLimit-Reset"] = str(_seconds_left())
    answer["Cache-Control"] = "no-store"
    return answer


def _is_program(access: Access) -> bool:
    return access.actor.kind == "token"


def _refusal() -> HttpResponse:
    text = _("Too many requests in this minute.")
    return problem(429, text, headers={"Retry-After": str(_seconds_left())})


def _seconds_left() -> int:
    return WINDOW_S - int(timezone.now().timestamp()) % WINDOW_S


def _readable(request: HttpRequest, access: Access | None, ask: Ask) -> HttpResponseBase:
    """No text here may hold a NUL, wherever it stands; bodies are looked at when they are read."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return problem_of(BadRequest())
    return _once(request, access, ask)


# --- A write that is repeated -------------------------------------------------------------------------------------
def _once(request: HttpRequest, access: Access | None, ask: Ask) -> HttpResponseBase:
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None or access is None or not _is_program(access) or request.method in _SAFE:
        return _asked(ask)
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        return problem(400, _("The key must have 1 to 255 printable letters of ASCII."))
    try:
        digest = _digest(request)
    except SuspiciousOperation as error:
        return problem_of(error)
    return _with_key(access, key, digest, ask)


def _with_key(access: Access, key: str, digest: str, ask: Ask) -> HttpResponseBase:
    """The key and what the operation writes are stored together or not at all: two that race wait for each other, and
    what was lost on the way can be sent again. Only answers that did something are kept.
    """
    with transaction.atomic():
        StoredAnswer.objects.filter(created_at__lt=timezone.now() - KEPT, token_id=access.actor.id, key=key).delete()
        mine, is_new = _taken(access, key, digest)
        if not is_new:
            return _again(mine, digest)
        answer = _asked(ask)
        if answer.status_code >= 300 or not isinstance(answer, HttpResponse):
            mine.delete()
            return answer
        mine.status, mine.body = answer.status_code, answer.content.decode()
        mine.headers = {name: answer[name] for name in _KEPT_HEADERS if name in answer}
        mine.save(update_fields=["status", "headers", "body"])
        return answer


def _taken(access: Access, key: str, digest: str) -> tuple[StoredAnswer, bool]:
    token = ApiToken(pk=access.actor.id)
    return StoredAnswer.objects.get_or_create(
        token=token, key=key, defaults={"digest": digest, "organisation": access.organisation}
    )


def _again(known: StoredAnswer, digest: str) -> HttpResponse:
    if known.digest != digest:
        return problem(409, _("This key was used for another request within the last 24 hours."))
    headers = {**known.headers, "Idempotency-Replayed": "true"}
    return HttpResponse(known.body, status=known.status, headers=headers)


def forget_answers(now: datetime) -> int:
    """Remove the answers whose time is over; how many. Works across organisations."""
    return StoredAnswer.objects.filter(created_at__lt=now - KEPT).delete()[0]


def _digest(request: HttpRequest) -> str:
    asked = b"\0".join([str(request.method).encode(), request.get_full_path().encode(), request.body])
    return hashlib.sha256(asked).hexdigest()


def _asked(ask: Ask) -> HttpResponseBase:
    answer = ask()
    if answer.status_code != 405:
        return answer
    return problem(405, _("This address does not take this method."), headers={"Allow": answer["Allow"]})
