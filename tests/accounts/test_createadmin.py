from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import selectors
from accounts.models import Organisation, User
from common.rights import all_features
from tests import factories


@pytest.fixture
def in_scope(db):
    """The command opens its scope itself."""


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("createadmin", "--no-input", *arguments, stdout=out)
    return out.getvalue()


def test_joins_the_first_organisation(organisation):
    run("--email", "boss@network.example", "--password", factories.PASSWORD)
    boss = User.objects.get(email="boss@network.example")
    assert boss.is_staff
    assert boss.check_password(factories.PASSWORD)
    assert selectors.access_for(boss, organisation).rights == selectors.every_code()


def test_prints_a_link_without_a_password(client):
    printed = run("--email", "boss@network.example")
    link = printed.split()[-1].partition("//")[2].partition("/")[2]
    assert client.get("/" + link, follow=True).context["form"].fields.keys() == {"password1", "password2"}


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--email", "nonsense"], "e-mail address"),
        ([], "e-mail address"),
        (["--email", "boss@network.example", "--password", "short"], "too short"),
    ],
)
def test_says_what_is_wrong(arguments, message):
    with pytest.raises(CommandError, match=message):
        run(*arguments)
    assert not User.objects.exists()


def test_refuses_an_address_that_has_an_account(teammate):
    with pytest.raises(CommandError, match="already"):
        run("--email", teammate.email.upper())


def test_makes_the_first_organisation(db):
    run("--email", "boss@network.example", "--organisation", "Stadtwerke Ulm")
    organisation = Organisation.objects.get()
    assert (organisation.name, organisation.slug) == ("Stadtwerke Ulm", "stadtwerke-ulm")
    assert organisation.features == sorted(feature.code for feature in all_features())
    boss = User.objects.get()
    assert selectors.access_for(boss, organisation).rights == selectors.every_code()
