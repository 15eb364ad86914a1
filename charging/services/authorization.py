"""May a token charge? Asked at Authorize, at StartTransaction and at StopTransaction (OCPP 1.6 §4.1, §4.8, §4.10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from charging.choices import AuthorizationStatus
from charging.models import IdToken
from charging.selectors import TagKey, refusal_of, tag_key, tokens_by_tag


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    station_id: int
    organisation_id: int
    id_tag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """OCPP's idTagInfo: `parent_id` is the token's group, whatever the status."""

    status: AuthorizationStatus
    expires_at: datetime | None = None
    parent_id: str | None = None


def authorize(requests: Sequence[AuthorizeRequest]) -> list[TokenVerdict]:
    """Judge each tag, in the order of `requests`; never ConcurrentTx, which only a start can mean (OCPP 1.6 §7.2)."""
    tokens = Tokens((request.organisation_id, request.id_tag) for request in requests)
    return [tokens.verdict(request.organisation_id, request.id_tag, request.at) for request in requests]


class Tokens:
    """The tokens that one call of a service speaks of, read by one query."""

    def __init__(self, tags: Iterable[TagKey]) -> None:
        self._tokens = tokens_by_tag(tags)

    def get(self, organisation_id: int, id_tag: str) -> IdToken | None:
        return self._tokens.get(tag_key(organisation_id, id_tag))

    def verdict(self, organisation_id: int, id_tag: str, at: datetime) -> TokenVerdict:
        token = self.get(organisation_id, id_tag)
        refusal = refusal_of(token, at)
        status = refusal.status if refusal else AuthorizationStatus.ACCEPTED
        if token is None:
            return TokenVerdict(status)
        return TokenVerdict(status, _expiry(token), token.group.parent_id if token.group else None)


def _expiry(token: IdToken) -> datetime | None:
    """The earlier end of the token and of its contract."""
    ends = [token.expires_at, token.contract.valid_until if token.contract else None]
    return min((end for end in ends if end), default=None)
