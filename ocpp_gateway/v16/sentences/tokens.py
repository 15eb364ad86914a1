"""Tokens in sentences: what was shown, whether it was let charge, and why not."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from charging.choices import AuthorizationStatus, Refusal
from charging.models import IdToken
from charging.selectors import refusal_of
from common.rights import Text
from ocpp_gateway.telling import Fact, Said, as_text, shortened

_WHY: dict[Refusal, Text] = {
    Refusal.UNKNOWN: lazy("the token is not known"),
    Refusal.BLOCKED: lazy("the token is blocked"),
    Refusal.EXPIRED: lazy("the token has expired"),
    Refusal.CONTRACT_BLOCKED: lazy("the contract is blocked"),
    Refusal.CONTRACT_EXPIRED: lazy("the contract has ended"),
    Refusal.CONTRACT_NOT_BEGUN: lazy("the contract is not valid yet"),
}
# Where the token, as it stands now, does not tell why.
_WHY_THEN: dict[str, Text] = {
    AuthorizationStatus.BLOCKED: lazy("the token, its contract or this charge point was locked then"),
    AuthorizationStatus.EXPIRED: lazy("it was not valid any more"),
    AuthorizationStatus.INVALID: lazy("the token was not known then"),
    AuthorizationStatus.CONCURRENT_TX: lazy("it charges elsewhere already"),
}


def verdict(said: Said) -> str:
    """The status of the answer's idTagInfo; empty where it holds none."""
    info: Any = (said.answer or {}).get("idTagInfo")
    return as_text(info.get("status")) if isinstance(info, dict) else ""


def is_refused(said: Said) -> bool:
    return verdict(said) not in ("", AuthorizationStatus.ACCEPTED)


def token_of(said: Said) -> IdToken | None:
    return said.known.tokens.get(said.text("idTag").strip().upper())


def token_named(said: Said) -> str:
    """The token of the call for a sentence: `RFID card 04A2…F1`."""
    tag, token = said.text("idTag").strip(), token_of(said)
    if not tag:
        return _("A token without an id")
    kind = token.get_kind_display() if token else _("Token")
    return f"{kind} {shortened(tag)}"


def why_refused(said: Said) -> str:
    """Why the token was refused: as it stands now, where that is what the charger was told then."""
    status = verdict(said)
    if not said.text("idTag").strip():
        return _("no tag id was given")
    refusal = refusal_of(token_of(said), said.exchange.received_at)
    if refusal and refusal.status == status:
        return str(_WHY[refusal])
    return str(_WHY_THEN.get(status, status))


def token_facts(said: Said) -> list[Fact]:
    """What is known of the token today; no holder is named."""
    tag, token = said.text("idTag").strip(), token_of(said)
    if not tag:
        return [(lazy("Tag id"), _("None was given, so nobody could check whether it may charge."))]
    facts: list[Fact] = [(lazy("Tag id"), tag)]
    if status := verdict(said):
        facts.append((lazy("Verdict"), status if not is_refused(said) else f"{status}: {why_refused(said)}"))
    if token is None:
        unknown = _("Not known to this organisation. No roaming partner was asked.")
        return [*facts, (lazy("Token"), unknown), (lazy("Roaming"), _("No"))]
    facts.append((lazy("Token today"), _standing(said, token)))
    contract = _("none") if token.contract is None else f"{token.contract}, {token.contract.get_status_display()}"
    own = _("No: the token is one of this organisation's own.")
    return [*facts, (lazy("Contract"), contract), (lazy("Roaming"), own)]


def _standing(said: Said, token: IdToken) -> str:
    words = [str(token.get_kind_display()), str(token.get_status_display())]
    if token.expires_at:
        words.append(_("until %(day)s") % {"day": token.expires_at.date().isoformat()})
    return ", ".join(words)
