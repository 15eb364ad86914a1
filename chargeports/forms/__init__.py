"""Forms of the chargeports app: of charge ports, and one small declaration for every kind of command."""

from chargeports.forms.certificates import CERTIFICATE_COMMANDS
from chargeports.forms.commands import (
    BASIC_COMMANDS,
    ChangeConfiguration,
    CommandForm,
    ReadConfiguration,
    Reset,
    command_form,
    summary_of,
)
from chargeports.forms.files import FILE_COMMANDS
from chargeports.forms.firmware import FirmwareForm
from chargeports.forms.maintenance import WindowChangeForm, WindowForm
from chargeports.forms.ports import PortForm
from chargeports.forms.profiles import PROFILE_COMMANDS, ProfileForm

COMMAND_FORMS: tuple[type[CommandForm], ...] = (
    *BASIC_COMMANDS,
    *FILE_COMMANDS,
    *PROFILE_COMMANDS,
    *CERTIFICATE_COMMANDS,
)

__all__ = [
    "COMMAND_FORMS",
    "ChangeConfiguration",
    "CommandForm",
    "FirmwareForm",
    "PortForm",
    "ProfileForm",
    "ReadConfiguration",
    "Reset",
    "WindowChangeForm",
    "WindowForm",
    "command_form",
    "summary_of",
]
