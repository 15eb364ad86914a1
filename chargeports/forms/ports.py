"""The form of a charge port. It checks each value by itself; what belongs together the services check."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from chargeports.choices import Plug
from chargeports.models import ChargePort

_NAMES = (
    "number",
    "name",
    "evse_id",
    "current_type",
    "plugs",
    "max_power_w",
    "max_voltage_v",
    "max_current_a",
    "phases",
)


class PortForm(forms.Form):
    """What people enter of a charge port; its cleaned data are the values for the service."""

    def __init__(self, data: Any = None, *, port: ChargePort) -> None:
        super().__init__(data, initial=model_to_dict(port, _NAMES))
        made = fields_for_model(ChargePort, [name for name in _NAMES if name != "plugs"])
        plugs = forms.MultipleChoiceField(
            label=_("Plugs"), choices=Plug.choices, required=False, widget=forms.CheckboxSelectMultiple
        )
        self.fields.update({name: plugs if name == "plugs" else made[name] for name in _NAMES})
        self.fields["number"].help_text = _("OCPP's connector id: 1 for the first.")
        self.fields["name"].help_text = _("What stands on the charger, e.g. Left.")
        self.fields["evse_id"].help_text = _("Unique in the world, e.g. DE*AB7*E840*6487.")
