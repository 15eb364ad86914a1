"""Programs that use the REST API: through Django's test client, or over HTTP where the portal runs."""

import json
from collections.abc import Collection
from typing import Any

import httpx
from django.test import Client
from django_scopes import scope

from accounts import services
from accounts.models import Organisation
from accounts.selectors import every_code
from common.actor import SYSTEM

PATIENCE_S = 70


def secret_of(organisation: Organisation, codes: Collection[str] | None = None) -> str:
    """A new token's, with these rights or with every one."""
    with scope(organisation=organisation):
        return services.create_token(SYSTEM, organisation, "Program", every_code() if codes is None else codes)[1]


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


class Program:
    """`program("POST", "/stations", {…})` asks below /api/v1 with a token of its own."""

    def __init__(self, organisation: Organisation, codes: Collection[str] | None = None) -> None:
        self.headers = bearer(secret_of(organisation, codes))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        content = "" if body is None else json.dumps(body)
        return Client().generic(method, f"/api/v1{path}", content, "application/json", headers=self.headers | headers)

    def upload(self, path: str, fields: dict[str, Any]) -> Any:
        """A form with files."""
        return Client().post(f"/api/v1{path}", fields, headers=self.headers)


def remote(url: str, organisation: Organisation, codes: Collection[str] | None = None) -> httpx.Client:
    """A program over HTTP; use it in a `with` block."""
    return httpx.Client(base_url=f"{url}/api/v1", headers=bearer(secret_of(organisation, codes)), timeout=PATIENCE_S)
