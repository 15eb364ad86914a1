"""Forms of the catalogue of manufacturers' error codes."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from chargeports.models import VendorErrorCode
from chargeports.services.error_codes import FIELDS, MAX_BYTES

_TWO_MIB = MAX_BYTES // 1024 // 1024


class ErrorCodeForm(forms.Form):
    """One entry; its cleaned data are the values for the service."""

    def __init__(self, data: Any = None, *, entry: VendorErrorCode) -> None:
        super().__init__(data, initial=model_to_dict(entry, FIELDS))
        self.fields.update(fields_for_model(VendorErrorCode, FIELDS))
        self.fields["vendor"].help_text = _("As the station names it; empty for any.")
        self.fields["model"].help_text = _("As the station names it; empty for all of the manufacturer's.")
        self.fields["code"].help_text = _("As the charger sends it, in any case of letters.")
        self.fields["remedy"].widget.attrs["rows"] = 4


class ErrorCodesImportForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than %(size)d MiB.") % {"size": _TWO_MIB})
        return file
