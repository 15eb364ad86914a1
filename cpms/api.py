"""The REST API v1: the operations of all apps under one address, with their document and the page to browse it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.errors import ValidationError as Unreadable
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from accounts.programs import answered
from common.api import NAMESPACE, JsonParser, Problem, problem_of
from common.declarations import declared
from common.views import programs, public

_DESCRIPTION = """\
Everything here belongs to one organisation: that of the token, which is made under *Administration, API tokens*, and is
shown as `Authorization: Bearer …`. What it may do are its rights, the same as people's in the portal.

Times are ISO 8601 with their offset. Lists are pages: `next_cursor` of one is the `cursor` of the next. Every error is
a problem document (RFC 9457, `application/problem+json`); its `errors` name the fields that are at fault. Writes take
an `Idempotency-Key`. Requests are counted by token and minute: see the headers `RateLimit-Limit`,
`RateLimit-Remaining` and `RateLimit-Reset`.
"""


class Docs(DocsBase):
    """The document to browse and to try, without anything from other servers."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        return render(request, "api_docs.html", {"document": self.get_openapi_url(api, kwargs)})


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= {**described.pop("$defs", {}), "Problem": described}
        return document


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    return problem_of(error)


def make_api() -> Api:
    made = Api(
        title="cpms",
        version="1",
        description=_DESCRIPTION,
        urls_namespace=NAMESPACE,
        parser=JsonParser(),
        docs=Docs(),
        docs_decorator=public,
    )
    # Ninja has answers of its own for the last three; everything else is an Exception.
    for kind in (Exception, Http404, HttpError, Unreadable):
        made.add_exception_handler(kind, _refused)
    for router in declared("api", "ROUTERS"):
        made.add_router("", router)
    return made


def addresses(made: Api) -> tuple[list[URLPattern | URLResolver], str, str]:
    """The API's addresses, each behind the door for programs."""
    patterns, application, namespace = made.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern) and getattr(pattern.callback, "audience", None) is None:
            pattern.callback = door(pattern.callback)
    return patterns, application, namespace


def door(view: Callable[..., HttpResponseBase]) -> Any:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return answered(request, lambda: view(request, *args, **kwargs))

    return programs(guarded)


api = make_api()
urls = addresses(api)
