"""Forms of tariffs: prices, for whom they hold, and the calculator."""

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargeports.models import ChargePort
from charging.models import Contract, TariffVersion
from charging.selectors import contract_by_emaid
from common import identifiers
from common.forms import DateTimeInput
from stations.models import StationGroup

_PRICES = ("price_kwh", "price_min", "start_fee", "blocking_min", "blocking_after_min", "vat_percent")
_LINE = re.compile(
    r"([1-7])(?:-([1-7]))?\s+([01]\d|2[0-3]):([0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)"
    r"\s+(\d+(?:[.,]\d{1,4})?)(?:\s+(\d+(?:[.,]\d{1,4})?))?"
)


class BandsField(forms.CharField):
    """One line for each: weekdays, time, price of a kWh, and if there is one, of a minute: `1-5 22:00-24:00 0.29 0`."""

    widget = forms.Textarea(attrs={"rows": 3, "class": "mono"})

    def clean(self, value: Any) -> list[dict[str, Any]]:
        return [_band(line) for line in (super().clean(value) or "").splitlines() if line.strip()]


def _band(line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(line.strip())
    if not found:
        raise ValidationError(_("“%(line)s” is no line like 1-5 22:00-24:00 0.29 0.02.") % {"line": line})
    first, last, hours, minutes, end, kwh, minute = found.groups()
    begin = f"{hours}:{minutes}"
    if end <= begin:
        raise ValidationError(_("“%(line)s” ends before it begins: write two lines.") % {"line": line})
    days = list(range(int(first), int(last or first) + 1))
    if not days:
        raise ValidationError(_("“%(line)s” names weekdays in the wrong order.") % {"line": line})
    plain = [(price or "0").replace(",", ".") for price in (kwh, minute)]
    return {"days": days, "begin": begin, "end": end, "kwh": plain[0], "minute": plain[1]}


class PricesForm(forms.Form):
    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields.update(fields_for_model(TariffVersion, _PRICES))
        self.fields["price_kwh"].help_text = _("All prices include VAT.")
        self.fields["blocking_after_min"].help_text = _("Counted from the end of charging, while the plug stays in.")
        self.fields["bands"] = BandsField(
            label=_("Other prices at other times"),
            required=False,
            help_text=_(
                "One line for each, Monday is 1: weekdays, time, price of a kWh, price of a minute, "
                "e.g. 1-5 22:00-24:00 0.29 0. The first that fits counts, in the station's time zone."
            ),
        )

    @property
    def prices(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in (*_PRICES, "bands")}


class TariffForm(PricesForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$", label=gettext_lazy("Currency"), initial="EUR", help_text=gettext_lazy("Three letters.")
    )


class VersionForm(PricesForm):
    valid_from = forms.DateTimeField(
        label=gettext_lazy("Valid from"),
        widget=DateTimeInput(),
        help_text=gettext_lazy("For sessions that begin then or later. A time that has passed means now."),
    )


class AssignForm(forms.Form):
    contract = forms.CharField(label=gettext_lazy("Contract (EMAID)"), required=False)
    port = forms.CharField(label=gettext_lazy("Charge port (EVSE ID)"), required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["group"] = forms.ModelChoiceField(
            label=_("Station group"),
            queryset=StationGroup.objects.all(),
            required=False,
            empty_label="–",
            help_text=_("Leave all three empty for everybody."),
        )

    def clean_contract(self) -> Contract | None:
        text = self.cleaned_data["contract"]
        found = contract_by_emaid(text) if text else None
        if text and found is None:
            raise ValidationError(_("There is no such contract."))
        return found

    def clean_port(self) -> ChargePort | None:
        text = self.cleaned_data["port"]
        key = identifiers.key(text) if text else ""
        found = ChargePort.objects.filter(evse_id_key=key).first() if key else None
        if text and found is None:
            raise ValidationError(_("There is no charge port with this EVSE ID."))
        return found

    def clean(self) -> dict[str, Any]:
        if len(self.target) > 1:
            raise ValidationError(_("Name one of them only: each holds by itself."))
        return self.cleaned_data

    @property
    def target(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class CalculatorForm(forms.Form):
    start = forms.DateTimeField(label=gettext_lazy("Start"), widget=DateTimeInput())
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=7 * 24 * 60, initial=60)
    energy_kwh = forms.DecimalField(
        label=gettext_lazy("Energy (kWh)"), min_value=0, max_value=1_000, decimal_places=3, initial=20
    )
    idle_minutes = forms.IntegerField(
        label=gettext_lazy("Of these without charging at the end"), min_value=0, max_value=7 * 24 * 60, initial=0
    )

    @staticmethod
    def example() -> dict[str, Any]:
        start = timezone.localtime().replace(second=0, microsecond=0, tzinfo=None)
        return {"start": f"{start:%Y-%m-%dT%H:%M}", "minutes": 60, "energy_kwh": 20, "idle_minutes": 0}

    @property
    def times(self) -> tuple[datetime, datetime, datetime]:
        """Start, end of charging, end."""
        start, minutes = self.cleaned_data["start"], self.cleaned_data["minutes"]
        end = start + timedelta(minutes=minutes)
        return start, end - timedelta(minutes=min(self.cleaned_data["idle_minutes"], minutes)), end
