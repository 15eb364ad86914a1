"""The configuration of a charge port as people read it: each value with its source, entered beside reported.

What the charger reports counts; what was entered stands in where it reports nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Field
from django.utils.translation import gettext as _

from chargeports.choices import AuthenticationType, CalibrationLaw, CurrentType
from chargeports.models import ChargePort
from chargeports.port_fields import Told
from common.numbers import in_figures
from common.rights import Text

_UNITS = {"max_voltage_v": "V", "max_current_a": "A"}
SHOWN = (
    "evse_id",
    "calibration_law",
    "max_power_w",
    "authentication_required",
    "authentication_types",
    "max_voltage_v",
    "max_current_a",
    "phases",
)


@dataclass(frozen=True)
class Setting:
    """One line. `told` is what the charger reports, where it does; the texts are empty where nothing is known."""

    name: str
    label: Text
    entered: str
    reported: str
    told: Told | None

    @property
    def value(self) -> str:
        return self.reported if self.told else self.entered

    @property
    def differs(self) -> bool:
        return bool(self.told and self.entered and self.entered != self.reported)


def settings_of(port: ChargePort, told: Mapping[str, Told]) -> list[Setting]:
    """The lines for the port; phases are alternating current's alone."""
    names = [name for name in SHOWN if name != "phases" or port.current_type == CurrentType.AC]
    return [_setting(port, name, told.get(name)) for name in names]


def counts(port: ChargePort, told: Mapping[str, Told], name: str) -> Any:
    """The value that counts: the reported one, else the entered one."""
    return told[name].value if name in told else getattr(port, name)


def _setting(port: ChargePort, name: str, told: Told | None) -> Setting:
    label = cast("Field[Any, Any]", ChargePort._meta.get_field(name)).verbose_name
    label = _("max. power") if name == "max_power_w" else str(label).partition(" (")[0]
    entered = in_words(name, getattr(port, name))
    return Setting(name, label, entered, in_words(name, told.value) if told else "", told)


def in_words(name: str, value: Any) -> str:
    """The value of a field for people; empty where there is none."""
    if value in (None, "", []):
        return ""
    if name == "max_power_w":
        return f"{in_figures(value / 1000, 1 if value % 1000 else 0)} kW"
    if name in _UNITS:
        return f"{in_figures(value, 0)} {_UNITS[name]}"
    if name == "authentication_required":
        return _("On: charging needs authentication") if value else _("Off: everybody may charge")
    if name == "authentication_types":
        return ", ".join(str(AuthenticationType(one).label) for one in value if one in AuthenticationType.values)
    if name == "calibration_law":
        return str(CalibrationLaw(value).label)
    return str(value)
