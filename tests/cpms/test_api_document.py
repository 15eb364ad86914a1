"""The document of the REST API holds: whatever it allows is answered, and as it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import Organisation, User
from tests.contracts.world import World, make_world
from tests.programs import bearer, secret_of

EXAMPLES = 4
FEWEST = 50
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """The end of a request does not end the connection that the test's transaction lives on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(organisation: Organisation, owner: User) -> World:
    return make_world(organisation, owner)


@pytest.fixture
def headers(organisation: Organisation) -> dict[str, str]:
    return bearer(secret_of(organisation))


def test_every_operation_answers_as_the_document_says(world, headers):
    operations = [found.ok() for found in document.get_all_operations()]
    assert len(operations) >= FEWEST
    for operation in operations:
        _try(operation, headers)


def _try(operation: Any, headers: dict[str, str]) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    answers()
