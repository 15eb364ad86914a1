"""Id tokens and their groups, as people enter them. Callers are inside the organisation's scope."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organisation
from charging.choices import TokenStatus
from charging.models import IdToken, TokenGroup
from charging.services.keeping import save_changes, save_new, set_status
from common.actor import Actor

# OCPP's CiString20: printable ASCII, at most 20 characters, compared in any case (OCPP 1.6 §7.28).
_TAG = re.compile(r"[\x20-\x7e]{1,20}", re.ASCII)
_FIELDS = ("token", "kind", "label", "holder", "status", "expires_at", "group", "contract", "concurrent_sessions")


def create_id_token(actor: Actor, organisation: Organisation, token: str, **fields: Any) -> IdToken:
    """Make a token; `fields` are those of IdToken. Raises ValidationError by field."""
    made = IdToken(organisation=organisation, token=clean_tag(token, "token"), **fields)
    _check_same_organisation(made)
    save_new(actor, made, "charging.token_created", _FIELDS)
    return made


def change_id_token(actor: Actor, token: IdToken, /, **changes: Any) -> None:
    """Change the named fields of the token. Raises ValidationError by field."""
    if "token" in changes:
        changes["token"] = clean_tag(changes["token"], "token")
    candidate = IdToken(
        organisation_id=token.organisation_id, group=changes.get("group"), contract=changes.get("contract")
    )
    _check_same_organisation(candidate)
    save_changes(actor, token, "charging.token_changed", changes, {})


def block_id_token(actor: Actor, token: IdToken) -> None:
    """Refuse the token from now on; a running session goes on until it is stopped."""
    save_changes(actor, token, "charging.token_blocked", {"status": TokenStatus.BLOCKED}, {})


def unblock_id_token(actor: Actor, token: IdToken) -> None:
    save_changes(actor, token, "charging.token_unblocked", {"status": TokenStatus.ACTIVE}, {})


def block_tokens(actor: Actor, tokens: QuerySet[IdToken]) -> int:
    """Refuse all of these from now on; how many were not blocked before."""
    return set_status(actor, tokens, TokenStatus.BLOCKED, "charging.token_blocked")


def unblock_tokens(actor: Actor, tokens: QuerySet[IdToken]) -> int:
    return set_status(actor, tokens, TokenStatus.ACTIVE, "charging.token_unblocked")


def create_token_group(actor: Actor, organisation: Organisation, parent_id: str, name: str = "") -> TokenGroup:
    """Make a group of tokens. Raises ValidationError by field."""
    made = TokenGroup(organisation=organisation, parent_id=clean_tag(parent_id, "parent_id"), name=name)
    save_new(actor, made, "charging.token_group_created", ("parent_id", "name"))
    return made


def change_token_group(actor: Actor, group: TokenGroup, parent_id: str, name: str) -> None:
    """Raises ValidationError by field."""
    changes = {"parent_id": clean_tag(parent_id, "parent_id"), "name": name}
    save_changes(actor, group, "charging.token_group_changed", changes, {})


def clean_tag(text: str, field: str) -> str:
    """The tag without blanks around it. Raises ValidationError for `field` where it is none."""
    tag = text.strip()
    if not _TAG.fullmatch(tag):
        raise ValidationError({field: _("1 to 20 letters, digits or marks of plain ASCII.")})
    return tag


def _check_same_organisation(token: IdToken) -> None:
    for name in ("group", "contract"):
        related = getattr(token, name)
        if related is not None and related.organisation_id != token.organisation_id:
            raise ValidationError({name: _("There is no such entry in this organisation.")})
