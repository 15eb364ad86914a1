from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken, AuditEntry
from accounts.selectors import access_for_token, every_code
from accounts.tokens import digest


def run(*arguments: str) -> ApiToken:
    """The token whose secret was printed, and nothing else."""
    out = StringIO()
    call_command("create_api_token", *arguments, stdout=out)
    return ApiToken.objects.get(digest=digest(out.getvalue().strip()))


def test_makes_a_token_of_the_only_organisation(organisation):
    token = run("--name", "Night shift")
    assert (token.organisation, token.name, token.expires_at) == (organisation, "Night shift", None)
    assert access_for_token(token).rights == every_code()
    assert AuditEntry.objects.get(action="accounts.token_created").actor_kind == "system"


def test_makes_a_token_with_rights_and_an_end(organisation):
    token = run("--right", "stations.view_stations", "--right", "charging.view_sessions", "--expires-in-days", "30")
    assert access_for_token(token).rights == {"stations.view_stations", "charging.view_sessions"}
    assert token.expires_at is not None


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--right", "no.such_right"], "no.such_right"),
        (["--organisation", "nobody"], "--organisation"),
        (["--expires-in-days", "0"], "past"),
        (["--name", ""], "blank"),
    ],
)
def test_says_what_is_wrong(organisation, arguments, message):
    with pytest.raises(CommandError, match=message):
        run(*arguments)
    assert not ApiToken.objects.exists()


def test_an_organisation_has_to_be_named_where_there_are_several(organisation, other_organisation):
    with pytest.raises(CommandError, match=other_organisation.slug):
        run()
