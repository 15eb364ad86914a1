"""The kit of the REST API: an operation is declared with its right, a list is a page by cursor, and every error is a
problem document (RFC 9457). Apps list their operations as `ROUTERS` in `api.py`; `cpms/api.py` gathers them.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, Generic, TypeVar

import orjson
from django.core.exceptions import NON_FIELD_ERRORS, BadRequest, PermissionDenied, SuspiciousOperation, ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as Unreadable
from ninja.parser import Parser
from ninja.security import HttpBearer

from common.access import Access, access_of
from common.errors import Refused, refusal_of
from common.keyset import BadCursor, Keyset
from common.rights import Feature, Right
from common.views import enforce

log = logging.getLogger(__name__)

ROOT = "/api/v1/"
NAMESPACE = "api-v1"
PROBLEM_TYPE = "application/problem+json"
IDEMPOTENCY_HEADER = "Idempotency-Key"
MAX_PAGE = 200
_WRITES = ("POST", "PATCH", "PUT", "DELETE")

Row = TypeVar("Row")


# --- Problems -----------------------------------------------------------------------------------------------------
class FieldProblem(Schema):
    """What is wrong with one field, e.g. `parameters.idTag`; empty for the whole."""

    field: str
    detail: str


class Problem(Schema):
    """RFC 9457. `title` is the status in words, `detail` says what to do."""

    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


def problem(
    status: int, detail: str, errors: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> HttpResponse:
    said: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if listed := [{"field": field, "detail": text} for field, text in errors]:
        said["errors"] = listed
    return HttpResponse(orjson.dumps(said), status=status, content_type=PROBLEM_TYPE, headers=dict(headers or {}))


def problem_of(error: Exception) -> HttpResponse:
    """The document for what an operation raised."""
    with suppress(IntegrityError):
        error = refusal_of(error) if isinstance(error, IntegrityError) else error
    for kind, say in _SAID:
        if isinstance(error, kind):
            return say(error)
    log.error("An operation of the API failed", exc_info=error)
    return problem(500, _("Something went wrong in the portal. Its operators find the reason in the log."))


def _invalid(errors: Iterable[tuple[str, str]]) -> HttpResponse:
    return problem(422, _("Something in the request is not valid."), errors)


def _without_token(error: AuthenticationError) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"}
    return problem(401, _("Show an API token: Authorization: Bearer …"), headers=headers)


def _forbidden(error: PermissionDenied) -> HttpResponse:
    return problem(403, str(error) or _("The token does not hold the right that this needs."))


def _not_readable(error: Exception) -> HttpResponse:
    return problem(400, _("The request cannot be read."))


def _out_of_range(error: OverflowError) -> HttpResponse:
    return problem(422, _("A number or a time is out of range."))


def _not_found(error: Http404) -> HttpResponse:
    return problem(404, _("There is nothing under this address, or it belongs to another organisation."))


def lacks(right: Right) -> PermissionDenied:
    """What is raised where the token misses a right."""
    return PermissionDenied(_("The token lacks the right “%(right)s”.") % {"right": right.label})


def _unreadable(errors: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    """Where pydantic found what: without the names of ninja's own models around the field."""
    for error in errors:
        source, *path = [str(part) for part in error["loc"]]
        named = path[1:] if source == "body" and len(path) > 1 else path
        yield ".".join(named), str(error["msg"])


def _by_field(error: ValidationError) -> Iterable[tuple[str, str]]:
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, texts in by_field.items():
        for text in texts:
            yield "" if name == NON_FIELD_ERRORS else name, str(text)


class JsonParser(Parser):
    """Reads bodies, without what no text here may hold."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = orjson.loads(request.body)
        if b"\\u0000" in request.body and _holds_nul(body):
            raise BadRequest
        return body


def _holds_nul(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return any(_holds_nul(part) for part in value)
    return isinstance(value, str) and "\0" in value


# The first that fits.
_SAID: tuple[tuple[Any, Callable[[Any], HttpResponse]], ...] = (
    (Unreadable, lambda error: _invalid(_unreadable(error.errors))),
    (ValidationError, lambda error: _invalid(_by_field(error))),
    (Refused, lambda error: problem(409, str(error.message))),
    (AuthenticationError, _without_token),
    (Http404, _not_found),
    (PermissionDenied, _forbidden),
    (HttpError, lambda error: problem(error.status_code, error.message)),
    ((BadRequest, SuspiciousOperation), _not_readable),
    (OverflowError, _out_of_range),
)


# --- Operations ---------------------------------------------------------------------------------------------------
class Bearer(HttpBearer):
    """Lets in who shows a token that holds the right, in an organisation that subscribes to the feature. The middleware
    has looked at the token already.
    """

    def __init__(self, right: Right | None, feature: Feature | None = None) -> None:
        super().__init__()
        self.right, self.feature = right, feature

    def authenticate(self, request: HttpRequest, token: str) -> Access | None:
        access = getattr(request, "access", None)
        if access is None or access.actor.kind != "token":
            return None
        if self.right:
            require(request, self.right, self.feature)
        return access_of(request)


def require(request: HttpRequest, right: Right, feature: Feature | None = None) -> Access:
    """As `common.views.enforce`, saying which right is missing."""
    try:
        return enforce(request, right, feature)
    except PermissionDenied:
        raise lacks(right) from None


class Operations(Router):
    """The operations of one resource: `@stations.operation("GET", "/stations", VIEW_STATIONS, Page[StationOut])`."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag])

    def operation(
        self,
        method: str,
        path: str,
        right: Right | None,
        answer: Any = None,
        *,
        status: int = 200,
        feature: Feature | None = None,
        content: Mapping[str, Any] | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare an operation for tokens that hold `right`. `answer` is the schema of what it returns under `status`,
        None for nothing; `content` describes an answer that is no JSON. The docstring stands in the document. Without a
        right the operation finds only what the token may see, and tells so.
        """

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            needed = f"Needs the right `{right.code}`." if right else ""
            summary, _sep, more = (view.__doc__ or "").strip().partition("\n")
            declared = self.api_operation(
                [method],
                path,
                auth=[Bearer(right, feature)],
                response={status: answer},
                summary=summary.rstrip("."),
                description="\n\n".join(filter(None, [cleandoc(more), needed])),
                openapi_extra=_described(method, path, status, content),
            )
            return declared(view)

        return declare


_MAY_ANSWER = {
    400: "The request cannot be read.",
    401: "The token is missing, unknown, expired or revoked.",
    403: "The token lacks the right.",
    404: "There is no such thing in the organisation.",
    409: "It cannot be done now; nothing was changed.",
    422: "Something in the request is not valid; nothing was changed.",
    429: "Too many requests; Retry-After says when to go on.",
}
_KEY = {
    "in": "header",
    "name": IDEMPOTENCY_HEADER,
    "required": False,
    "description": "Sent again within 24 hours, the same request gets the same answer and does nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


def _described(method: str, path: str, status: int, content: Mapping[str, Any] | None) -> dict[str, Any]:
    """What ninja does not write into the document by itself."""
    writes = method in _WRITES
    possible = [400, 401, 403, 404, 422, 429, *((409,) if writes else ())]
    refused = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: dict[int, Any] = {
        code: {"description": _MAY_ANSWER[code], "content": refused} for code in sorted(possible)
    }
    if content:
        responses[status] = {"content": dict(content)}
    return {"responses": responses, **({"parameters": [dict(_KEY)]} if writes else {})}


# --- Lists --------------------------------------------------------------------------------------------------------
class Page(Schema, Generic[Row]):
    """One page of a list. `next_cursor` is the `cursor` of the next page, null on the last one."""

    items: list[Row]
    next_cursor: str | None


class PageQuery(Schema):
    """What every list takes."""

    limit: int = Field(50, ge=1, le=MAX_PAGE, description="How many at most.")
    cursor: str | None = Field(None, max_length=500, description="`next_cursor` of the page before.")


def page_of(rows: QuerySet[Any], query: PageQuery, path: str, *, descending: bool = False) -> dict[str, Any]:
    """The page that `query` asks for, in the order of the ORM path `path`."""
    keyset = Keyset(rows, path, descending=descending)
    try:
        after = keyset.decode(query.cursor) if query.cursor else None
    except BadCursor:
        raise ValidationError({"cursor": _("This is no cursor of this list.")}) from None
    found = keyset.rows(after, query.limit + 1)
    shown: Sequence[Any] = found[: query.limit]
    more = len(found) > len(shown)
    return {"items": shown, "next_cursor": keyset.cursor_of(shown[-1]).encode() if more else None}
