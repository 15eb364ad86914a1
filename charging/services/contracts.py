"""Customers' contracts, as people enter them. Callers are inside the organisation's scope."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import Organisation
from charging.choices import ContractStatus
from charging.models import Contract
from charging.services.keeping import save_changes, save_new, set_status
from common import identifiers
from common.actor import Actor

_FIELDS = ("emaid", "holder", "email", "status", "valid_from", "valid_until")


def create_contract(actor: Actor, organisation: Organisation, emaid: str, **fields: Any) -> Contract:
    """Make a contract; `fields` are those of Contract. Raises ValidationError by field.

    A wrong check digit is no error: `common.identifiers.check_digit_remark` says what to show.
    """
    made = Contract(organisation=organisation, **identified(emaid), **fields)
    save_new(actor, made, "charging.contract_created", _FIELDS)
    return made


def change_contract(actor: Actor, contract: Contract, **changes: Any) -> None:
    """Change the named fields of the contract. Raises ValidationError by field."""
    derived: dict[str, Any] = {}
    if "emaid" in changes:
        derived = identified(changes["emaid"])
        changes["emaid"] = derived.pop("emaid")
    save_changes(actor, contract, "charging.contract_changed", changes, derived)


def block_contract(actor: Actor, contract: Contract) -> None:
    """Refuse all tokens of the contract from now on."""
    save_changes(actor, contract, "charging.contract_blocked", {"status": ContractStatus.BLOCKED}, {})


def unblock_contract(actor: Actor, contract: Contract) -> None:
    save_changes(actor, contract, "charging.contract_unblocked", {"status": ContractStatus.ACTIVE}, {})


def block_contracts(actor: Actor, contracts: QuerySet[Contract]) -> int:
    """Refuse the tokens of all of these from now on; how many contracts were not blocked before."""
    return set_status(actor, contracts, ContractStatus.BLOCKED, "charging.contract_blocked")


def unblock_contracts(actor: Actor, contracts: QuerySet[Contract]) -> int:
    return set_status(actor, contracts, ContractStatus.ACTIVE, "charging.contract_unblocked")


def identified(emaid: str) -> dict[str, Any]:
    """The EMAID as it is kept, and as it is compared. Raises ValidationError (`emaid`)."""
    try:
        identifiers.validate_emaid(emaid)
    except ValidationError as error:
        raise ValidationError({"emaid": error}) from error
    return {"emaid": identifiers.normalise(emaid), "emaid_key": identifiers.key(emaid)}
