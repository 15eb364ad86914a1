import pytest
from django_scopes import scopes_disabled


@pytest.fixture(autouse=True)
def _across_organisations(db):
    """As the gateway works: no organisation's scope is open."""
    with scopes_disabled():
        yield
