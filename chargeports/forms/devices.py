"""Forms of the configuration of a charge port and of the hardware behind it."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from chargeports.choices import CALIBRATION_LAWS, AuthenticationType, CalibrationLaw, CurrentType
from chargeports.models import ChargePort, PortDevice
from chargeports.services.devices import DETAILS, PUBLIC_KEY
from chargeports.services.ports import CONFIGURED
from common.forms import DateInput

_MODES = ((None, _("Unknown")), (True, _("On: charging needs authentication")), (False, _("Off: everybody may charge")))


def calibration_laws(protocol: str) -> list[tuple[str, Any]]:
    """The methods that the station's protocol knows."""
    known = next((laws for name, laws in CALIBRATION_LAWS.items() if protocol.startswith(name)), tuple(CalibrationLaw))
    return [(law.value, law.label) for law in known]


class PortConfigurationForm(forms.Form):
    """What people enter of a port's configuration; with `only` this one field. Its data are the service's values."""

    def __init__(self, data: Any = None, *, port: ChargePort, only: str = "") -> None:
        super().__init__(data, initial=model_to_dict(port, CONFIGURED))
        made: dict[str, forms.Field] = {
            **fields_for_model(ChargePort, [name for name in CONFIGURED if name != "authentication_types"]),
            "calibration_law": forms.ChoiceField(
                label=_("Calibration law method"),
                choices=calibration_laws(port.station.protocol),
                help_text=_("External: the station has a method of its own, independent of this portal."),
            ),
            "authentication_required": forms.TypedChoiceField(
                label=_("Authentication mode"),
                choices=[("" if mode is None else str(mode), label) for mode, label in _MODES],
                coerce=lambda text: text == "True",
                empty_value=None,
                required=False,
            ),
            "authentication_types": forms.MultipleChoiceField(
                label=_("Authentication types"),
                choices=AuthenticationType.choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            ),
        }
        if port.current_type == CurrentType.DC:
            del made["phases"]
        self.fields.update({name: made[name] for name in CONFIGURED if name in made and only in ("", name)})


class PortDeviceForm(forms.Form):
    """What people enter of the hardware; its data are the service's values."""

    def __init__(self, data: Any = None, *, device: PortDevice, public_key: str) -> None:
        super().__init__(data, initial=model_to_dict(device, DETAILS) | {PUBLIC_KEY: public_key})
        self.fields.update(fields_for_model(PortDevice, DETAILS, widgets={"calibrated_until": DateInput}))
        self.fields["position"].help_text = _("Where on the charger, e.g. left, or seen from the street.")
        self.fields["metering_point_id"].help_text = _(
            "Of the grid connection, e.g. DE00056266802AO6G56M11SN51G21M24S."
        )
        self.fields["meter_server_id"].help_text = _("As printed on the meter, e.g. 1EMH0012345678.")
        self.fields["calibrated_until"].help_text = _("The list “Meters due” warns half a year ahead.")
        self.fields[PUBLIC_KEY] = forms.CharField(
            label=_("Meter public key"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("Hexadecimal or Base64, as on the label. Keys that were seen before are kept."),
        )
