"""Fixtures of the gateway's tests that need a server, and a charger that says exactly what a test wants."""

from collections.abc import Iterator

import pytest

from ocpp_gateway import node
from tests.server import RunningServer, running_server


@pytest.fixture
def server(transactional_db: None, settings, monkeypatch) -> Iterator[RunningServer]:
    """The portal on a free port, with commands sent as soon as they may be, and a clock that ticks often."""
    monkeypatch.setattr(node, "TICK_S", 0.05)
    monkeypatch.setattr(node, "UPKEEP_S", 0.5)
    settings.GATEWAY_BOOT_GRACE_S = 0
    settings.GATEWAY_BOOT_BACKSTOP_S = 0
    settings.GATEWAY_FIRST_CONTACT_SPREAD_S = 3600
    with running_server() as running:
        yield running
