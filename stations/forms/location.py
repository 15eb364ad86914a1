"""The form of the tab *Geolocation*."""

from copy import copy
from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict

from stations.models import Station

POSITION = ("latitude", "longitude")


class CoordinateField(forms.DecimalField):
    """Degrees with either decimal mark, rounded to what is kept: maps hand out many more digits."""

    # Text, since the browser's number field refuses the other language's decimal mark.
    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> Any:
        degrees = super().to_python(str(value or "").replace(",", "."))
        return round(degrees, 6) if degrees is not None and degrees.is_finite() else degrees


def position_fields() -> dict[str, forms.Field]:
    return fields_for_model(Station, POSITION, field_classes=dict.fromkeys(POSITION, CoordinateField))


class PositionForm(forms.Form):
    """Where the station stands: address and position."""

    address: tuple[str, ...] = ("street", "postal_code", "city", "country")
    position: tuple[str, ...] = POSITION

    def __init__(self, data: Any = None, *, station: Station) -> None:
        names = [*self.address, *self.position]
        super().__init__(data, initial=model_to_dict(station, names))
        self.fields.update(fields_for_model(Station, names) | position_fields())
        self.station = station

    @property
    def entered(self) -> Station:
        """The station as the form says it, not saved."""
        station = copy(self.station)
        for name, value in getattr(self, "cleaned_data", {}).items():
            setattr(station, name, value)
        return station

    @property
    def address_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.address]

    @property
    def position_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.position]
