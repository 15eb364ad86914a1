from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from common.forms import DateInput
from common.identifiers import validate_iccid, validate_imei, validate_imsi
from stations.models import DeviceDetails, Station


class DeviceForm(forms.Form):
    """What is installed at a station, as people enter it."""

    serial_number = forms.CharField(label=_("Serial number"), max_length=60, required=False)
    iccid = forms.CharField(label=_("SIM ICCID"), max_length=22, required=False, validators=[validate_iccid])
    imsi = forms.CharField(label=_("SIM IMSI"), max_length=20, required=False, validators=[validate_imsi])
    imei = forms.CharField(label=_("Modem IMEI"), max_length=20, required=False, validators=[validate_imei])

    def __init__(self, data: Any = None, *, station: Station, device: DeviceDetails) -> None:
        own = ("controller", "gateway", "sim_address", "commissioned_on", "warranty_until")
        initial = {name: getattr(device, name) for name in (*own, "imei")}
        super().__init__(data, initial=initial | {n: getattr(station, n) for n in ("serial_number", "iccid", "imsi")})
        dates: dict[str, forms.Widget | type[forms.Widget]] = {
            name: DateInput() for name in ("commissioned_on", "warranty_until")
        }
        self.fields.update(fields_for_model(DeviceDetails, own, widgets=dates))
