"""Forms of the charging app: what is asked of chargers, and the tokens and contracts that people charge with."""

from charging.forms.commands import SESSION_COMMANDS, StopCharging
from charging.forms.local_lists import SendLocalList
from charging.forms.tokens import ContractForm, IdTokenForm, TokenGroupForm

COMMAND_FORMS = (*SESSION_COMMANDS, SendLocalList)

__all__ = ["COMMAND_FORMS", "ContractForm", "IdTokenForm", "StopCharging", "TokenGroupForm"]
