"""API tokens: how they are made, what they open and what they do not."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts import rights, services, tokens
from accounts.models import ApiToken, AuditEntry
from common.errors import Refused
from tests import factories
from tests.accounts.conftest import actor_of, streamed

CODES = {"accounts.view_users"}


@pytest.fixture
def made(organisation, owner) -> tuple[ApiToken, str]:
    return services.create_token(actor_of(owner), organisation, "Reports", CODES)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def test_only_a_digest_is_kept(made):
    token, secret = made
    token.refresh_from_db()
    assert secret.startswith(token.prefix)
    kept = " ".join(str(value) for value in ApiToken.objects.values().get().values())
    logged = " ".join(str(row) for row in AuditEntry.objects.values())
    assert secret not in kept + logged
    assert secret[len(token.prefix) :] not in kept + logged


def test_rights_are_a_part_of_ones_own(organisation):
    person = factories.member(organisation, rights.CHANGE_TOKENS)
    with pytest.raises(Refused):
        services.create_token(actor_of(person), organisation, "Too much", CODES)
    assert not ApiToken.objects.exists()


def test_expiry_lies_ahead(organisation, owner):
    with pytest.raises(ValidationError):
        services.create_token(actor_of(owner), organisation, "Old", CODES, timezone.now() - timedelta(seconds=1))


def test_token_reads_what_its_rights_open(made, client, teammate):
    answer = client.get(reverse("users"), {"format": "csv"}, headers=bearer(made[1]))
    assert b"teammate@network.example" in streamed(answer)
    assert client.get(reverse("audit-log"), {"format": "csv"}, headers=bearer(made[1])).status_code == 403
    assert ApiToken.objects.get().last_used_at is not None


def test_token_opens_no_other_page(made, client):
    assert client.get(reverse("roles"), headers=bearer(made[1])).status_code == 302
    assert client.post(reverse("user-invite"), headers=bearer(made[1])).status_code == 401
    assert client.get(reverse("profile"), headers=bearer(made[1])).status_code == 302


def test_token_changes_nothing(made, client):
    assert client.post(reverse("users"), headers=bearer(made[1])).status_code == 401


def test_token_counts_for_more_than_the_browsers_session(made, client, stranger):
    client.force_login(stranger)
    answer = client.get(reverse("users"), {"format": "csv"}, headers=bearer(made[1]))
    assert b"stranger" not in streamed(answer)


def test_token_sees_its_own_organisation_only(made, client, stranger, other_organisation):
    _token, secret = services.create_token(actor_of(stranger), other_organisation, "Other", CODES)
    answer = client.get(reverse("users"), {"format": "csv"}, headers=bearer(secret))
    text = streamed(answer)
    assert b"stranger@other.example" in text
    assert b"owner@network.example" not in text


def test_revoked_expired_and_unknown_tokens_are_refused(made, client, owner):
    token, secret = made
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refused(client, secret)
    ApiToken.objects.update(expires_at=None)
    assert not refused(client, secret)
    services.revoke_token(actor_of(owner), token)
    assert refused(client, secret)
    assert refused(client, "cpms_nonsense")
    assert refused(client, "")
    with pytest.raises(Refused):
        services.revoke_token(actor_of(owner), token)


def refused(client, secret: str) -> bool:
    answer = client.get(reverse("users"), {"format": "csv"}, headers=bearer(secret))
    if answer.status_code != 401:
        return False
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["status"] == 401
    return True


def test_last_use_is_written_once_a_minute(made):
    secret = made[1]
    now = timezone.now()
    for later in (0, 30, 59):
        tokens.find(secret, now + timedelta(seconds=later))
    assert ApiToken.objects.get().last_used_at == now
    tokens.find(secret, now + timedelta(seconds=61))
    assert ApiToken.objects.get().last_used_at == now + timedelta(seconds=61)


def test_secret_is_shown_once(client, owner):
    client.force_login(owner)
    values = {"name": "Reports", "rights": sorted(CODES), "expires_on": ""}
    answer = client.post(reverse("api-token-create"), values)
    token = ApiToken.objects.get()
    secret = answer.context["secret"]
    assert tokens.digest(secret) == token.digest
    assert "no-store" in answer["Cache-Control"]
    assert secret not in client.get(reverse("api-tokens")).content.decode()


def test_bad_form_makes_no_token(client, owner):
    client.force_login(owner)
    for wrong in ({"rights": ["no.such_right"]}, {"rights": []}, {"expires_on": "2001-01-01"}, {"name": ""}):
        values = {"name": "Reports", "rights": sorted(CODES), **wrong}
        assert client.post(reverse("api-token-create"), values).status_code == 422
    assert not ApiToken.objects.exists()


def test_revoking_asks_first(client, owner, made):
    client.force_login(owner)
    address = reverse("api-token-revoke", args=[made[0].pk])
    assert made[0].name in client.get(address).content.decode()
    client.post(address)
    assert ApiToken.objects.get().revoked_at is None
    client.post(address, {"confirmed": "1"})
    assert ApiToken.objects.get().revoked_at is not None


def test_removed_creator_leaves_the_token_to_the_organisation(made, owner, client):
    assert made[0].created_by == owner
    owner.delete()
    assert not refused(client, made[1])
