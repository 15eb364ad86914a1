"""The form that makes vouchers: what each is good for, in the units that people say."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation
from chargeports.models import ChargePort
from charging.services import MAX_VOUCHERS
from common.forms import DateTimeInput
from common.identifiers import evse_id_key
from stations.models import StationGroup

_WH_PER_KWH = 1000
_MAX_PORTS = 200


class VouchersForm(forms.Form):
    """Made inside the organisation's scope, since it offers the organisation's groups."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("What they are for, e.g. Opening day.")
    )
    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=MAX_VOUCHERS, initial=1)
    valid_from = forms.DateTimeField(label=gettext_lazy("Valid from"), required=False, widget=DateTimeInput())
    valid_until = forms.DateTimeField(label=gettext_lazy("Valid until"), required=False, widget=DateTimeInput())
    energy_kwh = forms.DecimalField(
        label=gettext_lazy("At most (kWh)"), required=False, min_value=1, max_value=1000, decimal_places=1
    )
    minutes = forms.IntegerField(label=gettext_lazy("At most (minutes)"), required=False, min_value=1, max_value=10_080)
    limit_amount = forms.DecimalField(
        label=gettext_lazy("At most (money)"),
        required=False,
        min_value=1,
        max_value=10_000,
        decimal_places=2,
        help_text=gettext_lazy(
            "In the currency of the tariff, VAT included. Where no tariff holds, nothing is billed and nothing used up."
        ),
    )
    groups: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Station groups"),
        queryset=StationGroup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ports = forms.CharField(
        label=gettext_lazy("Charge ports"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "EVSE IDs, or station and port as BER-1/2, with blanks or lines between them. Where neither groups nor "
            "ports are named the vouchers are good everywhere."
        ),
    )

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data)
        self._organisation = organisation
        self.fields["groups"].queryset = StationGroup.objects.filter(organisation=organisation)  # type: ignore[attr-defined]

    def clean_ports(self) -> list[ChargePort]:
        """The named ports, by two queries."""
        named = [text for text in re.split(r"[\s,;]+", self.cleaned_data["ports"]) if text][:_MAX_PORTS]
        found = {**self._by_evse_id(named), **self._by_address(named)}
        unknown = [text for text in named if text not in found]
        if unknown:
            raise forms.ValidationError(_("There is no such charge port: %(names)s.") % {"names": ", ".join(unknown)})
        return list(found.values())

    def _by_evse_id(self, named: list[str]) -> dict[str, ChargePort]:
        keys = {evse_id_key(text): text for text in named}
        ports = ChargePort.objects.filter(organisation=self._organisation, evse_id_key__in=keys)
        return {keys[port.evse_id_key or ""]: port for port in ports}

    def _by_address(self, named: list[str]) -> dict[str, ChargePort]:
        places = {text.upper(): text for text in named if "/" in text}
        identities = {place.rpartition("/")[0] for place in places}
        if not identities:
            return {}
        ports = ChargePort.objects.filter(organisation=self._organisation, station__identity__in=identities)
        found = ((f"{port.station.identity.upper()}/{port.number}", port) for port in ports.select_related("station"))
        return {places[place]: port for place, port in found if place in places}

    @property
    def limits(self) -> dict[str, Any]:
        """What `services.create_vouchers` takes, beside the count."""
        given = dict(self.cleaned_data)
        energy_kwh, minutes = given.pop("energy_kwh"), given.pop("minutes")
        given.pop("count")
        return {
            **given,
            "limit_energy_wh": int(energy_kwh * _WH_PER_KWH) if energy_kwh else None,
            "limit_duration_s": minutes * 60 if minutes else None,
        }
