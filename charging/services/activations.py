"""The overview of activations: every attempt to be allowed to charge, appended by COPY in the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from charging.choices import AttemptOccasion, AuthorizationStatus, Refusal, StartMethod
from charging.models import Activation, IdToken, PortalStart
from common.bulk import copy_rows
from common.text import fit

_COLUMNS = (
    "received_at",
    "organisation_id",
    "station_id",
    "port_number",
    "occasion",
    "method",
    "id_tag",
    "token_id",
    "contract_id",
    "voucher_id",
    "session_id",
    "person",
    "outcome",
    "reason",
)


class Attempt(NamedTuple):
    """One row of Activation."""

    received_at: datetime
    organisation_id: int
    station_id: int
    port_number: int | None
    occasion: AttemptOccasion
    method: StartMethod
    id_tag: str
    token_id: int | None = None
    contract_id: int | None = None
    voucher_id: int | None = None
    session_id: int | None = None
    person: str = ""
    outcome: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    reason: Refusal | None = None


def write_attempts(attempts: Iterable[Attempt]) -> None:
    lines = [_line(attempt) for attempt in attempts]
    if lines:
        copy_rows(Activation._meta.db_table, _COLUMNS, lines)


def _line(attempt: Attempt) -> tuple[Any, ...]:
    texts: dict[str, Any] = {
        "occasion": attempt.occasion.value,
        "method": attempt.method.value,
        "id_tag": fit(attempt.id_tag, 255),
        "person": fit(attempt.person, 200),
        "outcome": attempt.outcome.value,
        "reason": attempt.reason.value if attempt.reason else "",
    }
    return tuple(attempt._replace(**texts))


def known_by(token: IdToken | None) -> dict[str, Any]:
    """What a token tells of an attempt: itself, its contract, and the start from the portal that it was made for."""
    if token is None:
        return {"method": StartMethod.TOKEN}
    start = start_of(token)
    method = StartMethod(start.method) if start else StartMethod.TOKEN
    voucher_id = start.voucher_id if start else None
    return {"method": method, "token_id": token.pk, "contract_id": token.contract_id, "voucher_id": voucher_id}


def start_of(token: IdToken | None) -> PortalStart | None:
    """The start from the portal that the token was made for; `selectors.tokens_by_tag` has read it along."""
    return getattr(token, "portal_start", None)
