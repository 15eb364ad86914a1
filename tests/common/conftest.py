"""A caller and a request without a browser, for the parts of the kit that ask for no more."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails
from django_scopes import scope

from accounts.models import Organisation, User
from common.access import Access
from common.actor import Actor
from common.rights import all_rights


@pytest.fixture
def inside(organisation):
    """The organisation, with its scope open."""
    with scope(organisation=organisation):
        yield organisation


def access(organisation: Organisation, *rights: Any, features: Iterable[Any] = ()) -> Access:
    codes = frozenset(right.code for right in rights)
    return Access(organisation, Actor("user", "Ann", id=1), codes, frozenset(feature.code for feature in features))


def request_of(
    organisation: Organisation, path: str = "/list/", *, target: str = "", rights: Any = None, **extra: Any
) -> HttpRequest:
    """A GET by a caller who holds `rights` (by default all); `target` makes it one of HTMX for that element."""
    headers = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": target} if target else {}
    request = RequestFactory().get(path, **headers, **extra)
    request.user = User(email="ann@network.example")
    request.access = access(organisation, *(all_rights() if rights is None else rights))
    request.htmx = HtmxDetails(request)
    return request
