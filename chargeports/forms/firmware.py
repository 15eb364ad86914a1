"""The form of an entry of the firmware library."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from chargeports.models import Firmware

_NAMES = ("vendor", "model", "version", "note", "signing_certificate", "signature")


class FirmwareForm(forms.Form):
    """Its cleaned data are the values for the service; a file only for a new entry: what was sent stays as it was."""

    def __init__(self, data: Any = None, files: Any = None, *, firmware: Firmware) -> None:
        super().__init__(data, files, initial=model_to_dict(firmware, _NAMES))
        self.fields.update(fields_for_model(Firmware, _NAMES))
        if not firmware.pk:
            self.fields["file"] = forms.FileField(label=_("File"))
        self.order_fields(["file", *_NAMES])
        self.fields["vendor"].help_text = _("As chargers name it when they boot.")
        self.fields["model"].help_text = _("As chargers name it when they boot; leave empty for all models.")
        self.fields["version"].help_text = _("As the charger reports it after the update: so the update is confirmed.")
        self.fields["signature"].help_text = _("The manufacturer's, for signed updates only.")
        for name in ("signing_certificate", "note"):
            self.fields[name].widget.attrs["rows"] = 3
