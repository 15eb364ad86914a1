"""Forms of a station's settings: many at once, and the organisation's descriptions of keys."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from chargeports.configuration import is_secret
from chargeports.forms.commands import ask_again, sensible, shape_value
from chargeports.key_catalogue import KeyCatalogue
from chargeports.models import ConfigurationKey, ConfigurationValue
from chargeports.parameters import VALUE_LENGTH
from chargeports.services.configuration_keys import FIELDS

# So many settings are changed by one form.
MOST_AT_ONCE = 50


class ManySettingsForm(forms.Form):
    """A field for each of the station's `values`, under `value-<its place>`: keys may hold any letters."""

    def __init__(self, data: Any = None, *, values: Sequence[ConfigurationValue], catalogue: KeyCatalogue) -> None:
        super().__init__(data)
        self.values, self.known = values, [catalogue.find(value.key) for value in values]
        for place, (value, known) in enumerate(zip(values, self.known, strict=True)):
            field = forms.CharField(label=value.key, max_length=VALUE_LENGTH, required=False, strip=False)
            shape_value(field, value.key, known, value.value)
            self.fields[f"value-{place}"] = field
        if any(known and known.risky for known in self.known):
            self.fields["confirmed"] = forms.BooleanField(
                label=_("I know that a wrong value can cut the station off from the portal."),
                error_messages={"required": _("A wrong value can cut the station off: tick this to go on.")},
            )

    def clean(self) -> dict[str, Any]:
        known_of = {value.key: known for value, known in zip(self.values, self.known, strict=True)}
        name_of = {value.key: f"value-{place}" for place, value in enumerate(self.values)}
        for key, text in self.changes.items():
            try:
                sensible(known_of[key], text)
            except forms.ValidationError as error:
                self.add_error(name_of[key], error)
        for key in filter(is_secret, name_of):
            ask_again(self, name_of[key])
        return self.cleaned_data

    @property
    def changes(self) -> dict[str, str]:
        """What differs from the station's values, by key."""
        given = {value: self.cleaned_data.get(f"value-{place}") for place, value in enumerate(self.values)}
        return {value.key: text for value, text in given.items() if text is not None and text != (value.value or "")}


class ConfigurationKeyForm(forms.Form):
    """What is described of a key; its data are the service's values."""

    def __init__(self, data: Any = None, *, key: ConfigurationKey) -> None:
        super().__init__(data, initial=model_to_dict(key, FIELDS))
        self.fields.update(
            fields_for_model(ConfigurationKey, FIELDS, widgets={"words": forms.Textarea(attrs={"rows": 3})})
        )
        self.fields["key"].help_text = _("As the station names it; {port} stands for the number of a charge port.")
        self.fields["vendor"].help_text = _("As the station names it, or how that begins; empty for any.")
        self.fields["model"].help_text = _("As the station names it; empty for all of the manufacturer's.")
        self.fields["recommended"].help_text = _("Settings that differ from it are marked. Empty for no advice.")
        self.fields["values"].help_text = _("With commas between them; empty for any.")
        self.fields["port_field"].help_text = _(
            "What the tab Configuration of the charge ports then shows as reported."
        )
        self.fields["factor"].help_text = _("E.g. 1000 where the station says kW, and 0.1 where it says tenths.")
        self.fields["words"].help_text = _(
            "One per line: the station's word = ours, e.g. PlugAndCharge = plug_and_charge."
        )
