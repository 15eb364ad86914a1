"""Every operation of the REST API, found in its document's own source, as everybody who may knock."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from common.rights import Right, all_rights
from cpms.api import api
from tests.contracts.addresses import API
from tests.contracts.world import API_ARGUMENTS, API_BODIES, API_UPLOADS, World, api_arguments, make_world
from tests.programs import Program

FEWEST = 50
LET_IN = (200, 201, 202, 204, 409)
PUBLIC = {"openapi-json", "openapi-view"}


@dataclass(frozen=True)
class Call:
    """One operation; `right` is the one that it is declared with."""

    method: str
    path: str
    name: str
    right: Right | None

    def __str__(self) -> str:
        return self.name

    def address(self, world: World) -> str:
        found = reverse(f"api-v1:{self.name}", kwargs=self.arguments(world))
        return found.removeprefix("/api/v1")

    def arguments(self, world: World) -> dict[str, Any]:
        sample = api_arguments(self.path)
        return sample(world) if sample else {}


def calls() -> list[Call]:
    found = []
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                (door,) = operation.auth_callbacks
                found += [Call(method, path, operation.view_func.__name__, door.right) for method in operation.methods]
    return found


CALLS = calls()


@pytest.fixture
def world(organisation, owner) -> World:
    return make_world(organisation, owner)


def ask(program: Program, call: Call, world: World) -> int:
    if call.name in API_UPLOADS:
        file = SimpleUploadedFile("swept.txt", b"Swept.")
        return program.upload(call.address(world), {**API_UPLOADS[call.name], "file": file}).status_code
    body = API_BODIES.get(call.name, {}) if call.method != "GET" else None
    return program(call.method, call.address(world), body).status_code


def test_the_walk_saw_every_operation():
    assert len(CALLS) >= FEWEST
    assert len({call.name for call in CALLS}) == len(CALLS)
    assert {address.name for address in API} == {call.name for call in CALLS} | PUBLIC | {"api-root"}
    assert {address.view.audience for address in API} == {"programs", "public"}


def test_no_sample_is_left_over():
    assert set(API_ARGUMENTS) <= {call.path for call in CALLS}
    assert set(API_BODIES) | set(API_UPLOADS) <= {call.name for call in CALLS}


def test_operations_are_closed_to_others(world, organisation, other_organisation, owner):
    """Not even a person who is signed in gets in without a token."""
    person = Client()
    person.force_login(owner)
    stranger = Program(other_organisation)
    for call in CALLS:
        for client in (Client(), person):
            answer = client.generic(call.method, f"/api/v1{call.address(world)}")
            assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json"), call
        assert ask(Program(organisation, others(call)), call, world) == (403 if call.right else 404), call
        if "{" in call.path:
            assert ask(stranger, call, world) == 404, call


def others(call: Call) -> set[str]:
    """Every right but that of the call; none for what finds only what the token may see."""
    return {right.code for right in all_rights()} - {call.right.code} if call.right else set()


def test_operations_are_open_to_tokens_with_the_right(world, organisation):
    """What an operation changes is undone before the next one."""
    program = Program(organisation)
    for call in CALLS:
        with transaction.atomic():
            status = ask(program, call, world)
            transaction.set_rollback(True)
        assert status in LET_IN, call


def test_the_document_and_its_page_are_public():
    document = Client().get(reverse("api-v1:openapi-json"))
    assert document.json()["openapi"].startswith("3.")
    page = Client().get(reverse("api-v1:openapi-view"))
    assert reverse("api-v1:openapi-json") in page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
