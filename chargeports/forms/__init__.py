"""Forms of the chargeports app: of charge ports, and one small declaration for every kind of command."""

from chargeports.forms.commands import (
    COMMAND_FORMS,
    ChangeConfiguration,
    CommandForm,
    ReadConfiguration,
    Reset,
    command_form,
    summary_of,
)
from chargeports.forms.ports import PortForm

__all__ = [
    "COMMAND_FORMS",
    "ChangeConfiguration",
    "CommandForm",
    "PortForm",
    "ReadConfiguration",
    "Reset",
    "command_form",
    "summary_of",
]
