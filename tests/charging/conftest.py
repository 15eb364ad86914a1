"""The gateway's services work across organisations, so these tests run outside any scope."""

import pytest
from django_scopes import scopes_disabled

from tests import factories


@pytest.fixture(autouse=True)
def _no_scopes():
    with scopes_disabled():
        yield


@pytest.fixture
def network(db):
    return factories.organisation()


@pytest.fixture
def station(network):
    return factories.station(network, ports=2)


@pytest.fixture
def token(network):
    return factories.token(network, "CARD1")
