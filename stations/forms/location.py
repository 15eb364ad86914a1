"""The form of the tab *Geolocation*."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict

from stations.models import Station


class PositionForm(forms.Form):
    """Where the station stands: address and position."""

    address: tuple[str, ...] = ("street", "postal_code", "city", "country")
    position: tuple[str, ...] = ("latitude", "longitude")

    def __init__(self, data: Any = None, *, station: Station) -> None:
        names = [*self.address, *self.position]
        super().__init__(data, initial=model_to_dict(station, names))
        self.fields.update(fields_for_model(Station, names))
        for name in self.position:
            # As text, since the browser's number field refuses the other language's decimal mark.
            self.fields[name].widget = forms.TextInput(attrs={"inputmode": "decimal"})
            self.fields[name].localize = True

    @property
    def address_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.address]

    @property
    def position_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.position]
