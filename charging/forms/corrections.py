from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from charging.models import MeterCorrection
from charging.services.corrections import CORRECTION_FIELDS


class CorrectionForm(forms.Form):
    """What chargers of a kind tell wrongly; its data are the service's values."""

    def __init__(self, data: Any = None, *, correction: MeterCorrection) -> None:
        super().__init__(data, initial=model_to_dict(correction, CORRECTION_FIELDS))
        self.fields.update(fields_for_model(MeterCorrection, CORRECTION_FIELDS))
        self.fields["vendor"].help_text = _("As the stations report it (tab Information).")
        self.fields["model"].help_text = _("Empty for all models of the manufacturer.")
        self.fields["firmware_version"].help_text = _("Empty for every firmware.")
        self.fields["energy_factor"].help_text = _(
            "E.g. 0.1 where ten times the energy is told, 1000 where kWh are called Wh. 1 corrects nothing."
        )
