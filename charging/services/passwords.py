"""Passwords of contracts: chosen by the customer through a link that works once, kept as Argon2, read by nobody."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django_scopes import scopes_disabled

from accounts.models import Organisation
from accounts.services import record
from charging.choices import Refusal
from charging.models import Contract
from common import identifiers
from common.actor import Actor
from common.errors import Refused
from common.rate_limits import count, counted

LINK_IS_GOOD_FOR = timedelta(days=3)
# Wrong passwords of one contract, and by one agent, before either has to wait.
MAX_WRONG, MAX_WRONG_OF_AGENT = 5, 20
WINDOW_S = 900
_SALT = "charging.contract-password"


def contract_by_password(
    actor: Actor, organisation: Organisation, emaid: str, password: str
) -> tuple[Contract | None, Refusal | None]:
    """The contract, where the password is its own; else why not. Every wrong one is audited and counted.

    That there is no such contract is not told apart from a wrong password, neither by words nor by the time it takes.
    """
    key = identifiers.key(emaid)
    contract = Contract.objects.filter(organisation=organisation, emaid_key=key).first()
    counters = {
        f"contract-password.{organisation.pk}.{hashlib.sha256(key.encode()).hexdigest()[:24]}": MAX_WRONG,
        f"contract-agent.{actor.kind}.{actor.id}": MAX_WRONG_OF_AGENT,
    }
    if any(counted(who, WINDOW_S) >= most for who, most in counters.items()):
        return contract, Refusal.TOO_MANY_ATTEMPTS
    if _fits(contract, password):
        return contract, None
    for who in counters:
        count(who, WINDOW_S)
    record(actor, organisation, "charging.contract_password_refused", contract, after={"emaid": emaid[:40]})
    return contract, Refusal.WRONG_PASSWORD


def _fits(contract: Contract | None, password: str) -> bool:
    if contract is None or not contract.password:
        make_password(password)
        return False
    return check_password(password, contract.password)


def ask_for_password(actor: Actor, contract: Contract, at: datetime) -> str:
    """A token for the link at which the customer chooses a password; older links are void. Raises Refused."""
    if not contract.email:
        raise Refused(_("The contract has no e-mail address: enter it first."))
    with transaction.atomic():
        contract.password_asked_at = at
        contract.save(update_fields=["password_asked_at"])
        record(actor, contract.organisation_id, "charging.contract_password_asked", contract)
    return signing.dumps([contract.pk, _stamp(contract)], salt=_SALT)


def contract_of_link(token: str) -> Contract | None:
    """The contract whose password the link may set; None where it is spent, void or too old."""
    try:
        pk, stamp = signing.loads(token, salt=_SALT, max_age=LINK_IS_GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    with scopes_disabled():
        contract = Contract.objects.select_related("organisation").filter(pk=pk).first()
    return contract if contract and constant_time_compare(stamp, _stamp(contract)) else None


def set_password(token: str, password: str, actor: Actor) -> None:
    """Let the customer's password be this one; the link is spent. Raises Refused, ValidationError for `password`."""
    contract = contract_of_link(token)
    if contract is None:
        raise Refused(_("This link was used already or has expired. Ask for a new one."))
    try:
        validate_password(password)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    with scopes_disabled(), transaction.atomic():
        spent = Contract.objects.filter(pk=contract.pk, password=contract.password)
        changes: dict[str, Any] = {"password": make_password(password), "password_asked_at": None}
        if not spent.filter(password_asked_at=contract.password_asked_at).update(**changes):
            raise Refused(_("This link was used already or has expired. Ask for a new one."))
        record(actor, contract.organisation_id, "charging.contract_password_set", contract)


def _stamp(contract: Contract) -> str:
    """Changes with each link that is sent and with each password."""
    return salted_hmac(_SALT, f"{contract.pk}.{contract.password}.{contract.password_asked_at}").hexdigest()[:32]
