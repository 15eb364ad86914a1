"""Forms of the charging app: what is asked of chargers, and the tokens and contracts that people charge with."""

from charging.forms.commands import COMMAND_FORMS, StopCharging
from charging.forms.tokens import ContractForm, IdTokenForm, TokenGroupForm

__all__ = ["COMMAND_FORMS", "ContractForm", "IdTokenForm", "StopCharging", "TokenGroupForm"]
