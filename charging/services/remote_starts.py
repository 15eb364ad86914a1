"""Starting a session from the portal: by customer contract, goodwill, voucher, or with a token that may charge."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import record
from chargeports.choices import CommandKind
from chargeports.models import ChargePort, Command
from chargeports.services import request_command
from charging.choices import PORTAL_TAG, AttemptOccasion, AuthorizationStatus, Refusal, StartMethod, TokenKind
from charging.models import Contract, IdToken, PortalStart, Voucher
from charging.selectors import admissions, contract_refusal, why_refused
from charging.services.activations import Attempt, write_attempts
from charging.services.passwords import contract_by_password
from charging.services.scheduled import schedule_stop_of_start
from charging.services.tokens import create_id_token
from charging.services.vouchers import code_key, refusal_of_voucher, take_voucher
from common.actor import Actor
from common.errors import Refused
from common.identifiers import check_digit_remark, validate_emaid
from stations.models import Station

# Beyond the time that the command itself may wait: for the plug, and for the messages that follow.
PLUG_PATIENCE = timedelta(minutes=10)
_OF_START = ("method", "emaid", "password", "customer", "problem", "voucher", "duration_min")


@dataclass
class _Asked:
    """What the portal was asked for, and what was found of it: the attempt is noted whatever comes of it."""

    actor: Actor
    station: Station
    port_number: int | None
    given: dict[str, Any]
    contract: Contract | None = None
    voucher: Voucher | None = None
    limits: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return str(self.given.get(name) or "").strip()


class _NotAuthorised(ValidationError):
    """The field that is at fault, and why."""

    def __init__(self, name: str, reason: Refusal, text: str = "") -> None:
        super().__init__({name: text or f"{reason.label}."})
        self.reason = reason


def request_start(
    actor: Actor,
    station: Station,
    kind: CommandKind,
    parameters: dict[str, Any],
    port_number: int | None = None,
    expires_in_s: int | None = None,
    *,
    wait_for_station: bool = False,
) -> Command:
    """As `chargeports.services.request_command`, for whoever may charge; the attempt is noted.

    Beside the command's own parameters `method` says how it is authorised (a StartMethod, without it by `id_tag`):
    a contract needs `emaid` and `password`, goodwill `customer` and `problem`, a voucher its code as `voucher`; these
    three need `duration_min`, the longest duration, which a token may have: then the portal stops the session.
    Raises ValidationError and Refused.
    """
    asked = _Asked(actor, station, port_number, {name: parameters.get(name) for name in (*_OF_START, "id_tag")})
    method = StartMethod(parameters.get("method") or StartMethod.TOKEN)
    sent = {name: value for name, value in parameters.items() if name not in _OF_START}

    def ask(id_tag: str) -> Command:
        return request_command(
            actor,
            station,
            kind,
            {**sent, "id_tag": id_tag},
            port_number,
            expires_in_s,
            wait_for_station=wait_for_station,
        )

    try:
        if method == StartMethod.CONTRACT:
            _check_password(asked)
        with transaction.atomic():
            command = _with_token(asked, ask) if method == StartMethod.TOKEN else _once(asked, method, ask)
    except _NotAuthorised as refusal:
        _note(asked, method, refusal.reason)
        raise
    except Refused:
        _note(asked, method, Refusal.NOT_ASKED)
        raise
    _note(asked, method, None)
    return command


def _note(asked: _Asked, method: StartMethod, reason: Refusal | None) -> None:
    if asked.port_number is None:
        return
    shown = {StartMethod.CONTRACT: "emaid", StartMethod.VOUCHER: "voucher", StartMethod.GOODWILL: "customer"}
    attempt = Attempt(
        received_at=datetime.now(UTC),
        organisation_id=asked.station.organisation_id,
        station_id=asked.station.pk,
        port_number=asked.port_number,
        occasion=AttemptOccasion.PORTAL,
        method=method,
        id_tag=asked.text(shown.get(method, "id_tag")),
        contract_id=asked.contract.pk if asked.contract else None,
        voucher_id=asked.voucher.pk if asked.voucher else None,
        person=asked.actor.label,
        outcome=reason.status if reason else AuthorizationStatus.ACCEPTED,
        reason=reason,
    )
    write_attempts([attempt])


# --- With a token -------------------------------------------------------------------------------------------------
def _with_token(asked: _Asked, ask: Callable[[str], Command]) -> Command:
    """The portal's own token is made when it is first used."""
    id_tag, station = asked.text("id_tag"), asked.station
    if id_tag.upper() == PORTAL_TAG:
        _make_portal_token(asked.actor, station.organisation)
    refusal = why_refused(station.organisation, id_tag, datetime.now(UTC), station.pk) if id_tag else None
    if refusal:
        raise _NotAuthorised("id_tag", refusal, _("This token cannot charge: %(why)s.") % {"why": refusal.label})
    command = ask(id_tag)
    duration_min = asked.given.get("duration_min")
    if duration_min is not None:
        schedule_stop_of_start(command, timedelta(minutes=duration_min), asked.actor)
    return command


def _make_portal_token(actor: Actor, organisation: Organisation) -> None:
    if not IdToken.objects.filter(organisation=organisation, token__iexact=PORTAL_TAG).exists():
        create_id_token(
            actor,
            organisation,
            PORTAL_TAG,
            kind=TokenKind.REMOTE,
            label=_("Started from the portal"),
            concurrent_sessions=True,
        )


# --- With a token made for this start -----------------------------------------------------------------------------
def _once(asked: _Asked, method: StartMethod, ask: Callable[[str], Command]) -> Command:
    asked.limits = {"limit_duration_s": _duration_s(asked)}
    _AUTHORISE[method](asked)
    token = IdToken.objects.create(
        organisation=asked.station.organisation,
        token=f"{method.value[0].upper()}{secrets.token_hex(8).upper()}",
        kind=TokenKind.ONCE,
        label=str(method.label),
        holder=(asked.contract.holder if asked.contract else asked.text("customer"))[:120],
        contract=asked.contract,
    )
    command = ask(token.token)
    start = _write(asked, method, token, command)
    schedule_stop_of_start(command, timedelta(seconds=asked.limits["limit_duration_s"]), asked.actor)
    if asked.voucher and not take_voucher(asked.voucher, start):
        raise _NotAuthorised("voucher", Refusal.VOUCHER_REDEEMED)
    return command


def _write(asked: _Asked, method: StartMethod, token: IdToken, command: Command) -> PortalStart:
    actor = asked.actor
    start = PortalStart.objects.create(
        organisation=asked.station.organisation,
        station=asked.station,
        port_number=asked.port_number or 0,
        method=method,
        command=command,
        token=token,
        contract=asked.contract,
        voucher=asked.voucher,
        customer=asked.text("customer"),
        problem=asked.text("problem"),
        waits_until=command.expires_at + PLUG_PATIENCE,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label[:200],
        **asked.limits,
    )
    told = {"method": method.value, "port_number": asked.port_number, **asked.limits}
    told |= {"contract": str(asked.contract)} if asked.contract else {}
    told |= {"voucher": str(asked.voucher)} if asked.voucher else {}
    told |= {"customer": start.customer, "problem": start.problem} if method == StartMethod.GOODWILL else {}
    after = {name: str(value) if isinstance(value, Decimal) else value for name, value in told.items()}
    record(actor, start.organisation_id, "charging.started_from_portal", start, after=after)
    return start


def _duration_s(asked: _Asked) -> int:
    duration_min = asked.given.get("duration_min")
    if not isinstance(duration_min, int) or duration_min <= 0:
        raise ValidationError({"duration_min": _("Say how long it may charge at most.")})
    return duration_min * 60


def _check_password(asked: _Asked) -> None:
    """Before the transaction of the start: a wrong password stays in the audit log."""
    if not asked.text("emaid") or not asked.given.get("password"):
        raise ValidationError({"emaid": _("The EMAID and the password of the contract are needed.")})
    organisation, password = asked.station.organisation, str(asked.given["password"])
    asked.contract, refusal = contract_by_password(asked.actor, organisation, asked.text("emaid"), password)
    if refusal:
        remark = check_digit_remark(asked.text("emaid")) if _is_emaid(asked.text("emaid")) else None
        raise _NotAuthorised("password", refusal, " ".join(map(str, filter(None, [f"{refusal.label}.", remark]))))


def _is_emaid(emaid: str) -> bool:
    try:
        validate_emaid(emaid)
    except ValidationError:
        return False
    return True


def _by_contract(asked: _Asked) -> None:
    refusal = contract_refusal(asked.contract, datetime.now(UTC)) or _not_admitted(asked.contract, asked.station)
    if refusal:
        raise _NotAuthorised("emaid", refusal)


def _not_admitted(contract: Contract | None, station: Station) -> Refusal | None:
    """Where only groups may charge, a contract may by a token of such a group."""
    groups = admissions([station.pk]).get(station.pk)
    if groups is None or IdToken.objects.filter(contract=contract, group__in=groups).exists():
        return None
    return Refusal.NOT_ADMITTED


def _by_goodwill(asked: _Asked) -> None:
    empty = {name: _("This is needed for the review.") for name in ("customer", "problem") if not asked.text(name)}
    if empty:
        raise ValidationError(empty)


def _by_voucher(asked: _Asked) -> None:
    code = code_key(asked.text("voucher"))
    if not code:
        raise ValidationError({"voucher": _("The code of the voucher is needed.")})
    vouchers = Voucher.objects.filter(organisation=asked.station.organisation, code_key=code)
    asked.voucher = vouchers.select_related("batch").first()
    refusal = refusal_of_voucher(asked.voucher, _port(asked), datetime.now(UTC))
    if refusal or asked.voucher is None:
        raise _NotAuthorised("voucher", refusal or Refusal.VOUCHER_UNKNOWN)
    batch = asked.voucher.batch
    longest = min(filter(None, [asked.limits["limit_duration_s"], batch.limit_duration_s]))
    asked.limits = {
        "limit_duration_s": longest,
        "limit_energy_wh": batch.limit_energy_wh,
        "limit_amount": batch.limit_amount,
    }


def _port(asked: _Asked) -> ChargePort | None:
    here = Q(station=asked.station, number=asked.port_number or 0)
    return ChargePort.objects.filter(here).first()


_AUTHORISE: dict[StartMethod, Callable[[_Asked], None]] = {
    StartMethod.CONTRACT: _by_contract,
    StartMethod.GOODWILL: _by_goodwill,
    StartMethod.VOUCHER: _by_voucher,
}
