"""Forms of the tabs *Marketing* and *Roaming*."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext_lazy as _

from stations.choices import Accessibility, AuthenticationMode, PaymentMethod
from stations.models import MarketingText, RoamingData
from stations.services.marketing import ROAMING_FIELDS, TEXT_FIELDS


class MarketingForm(forms.Form):
    """The texts of one language."""

    def __init__(self, data: Any = None, *, text: MarketingText) -> None:
        super().__init__(data, initial=model_to_dict(text, TEXT_FIELDS))
        self.fields.update(fields_for_model(MarketingText, TEXT_FIELDS))
        for name in TEXT_FIELDS[1:]:
            self.fields[name].widget.attrs["rows"] = 3
        self.fields["payment"].help_text = _("E.g. credit cards, app, RFID. No prices: those belong to the tariff.")


class PictureForm(forms.Form):
    """A picture for the readers of one language, or of any."""

    picture = forms.FileField(
        label=_("Picture"), widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"})
    )
    caption = forms.CharField(
        label=_("What it shows"), max_length=200, help_text=_("Read aloud to people who do not see it.")
    )

    def __init__(self, data: Any = None, files: Any = None, *, languages: Iterable[tuple[str, str]]) -> None:
        super().__init__(data, files)
        self.fields["language"] = forms.ChoiceField(
            label=_("Shown to readers of"),
            choices=[("", _("Every language")), *languages],
            required=False,
            help_text=_("One language for a picture with writing on it."),
        )


class LanguageForm(forms.Form):
    """Which language's texts are shown; `names` are those of all languages, by their codes (ISO 639-1). Its page has a
    field of the same name in the form of the pictures.
    """

    def __init__(self, data: Any = None, *, names: Mapping[str, str]) -> None:
        super().__init__(data, auto_id="id_further_%s")
        choices = sorted(names.items(), key=lambda entry: entry[1])
        self.fields["language"] = forms.ChoiceField(label=_("Further language"), choices=[("", "–"), *choices])


class RoamingForm(forms.Form):
    def __init__(self, data: Any = None, *, roaming: RoamingData) -> None:
        super().__init__(data, initial=model_to_dict(roaming, ROAMING_FIELDS))
        self.fields.update(fields_for_model(RoamingData, ROAMING_FIELDS))
        self.fields["authentication_modes"] = _several(_("Authentication modes"), AuthenticationMode.choices)
        self.fields["payment_methods"] = _several(_("Payment methods"), PaymentMethod.choices)
        self.fields["accessibility"] = forms.ChoiceField(
            label=_("Accessibility"), choices=[("", _("Not stated")), *Accessibility.choices], required=False
        )
        self.fields["additional_information"].widget.attrs["rows"] = 3
        self.fields["direct_payment_deactivated"].help_text = _(
            "The only one that does something: drivers who open the payment page are told that it is not available."
        )

    @property
    def several(self) -> list[forms.BoundField]:
        return [self[name] for name in ("authentication_modes", "payment_methods")]

    @property
    def statements(self) -> list[forms.BoundField]:
        names = ("accessibility", "dynamic_information", "renewable_energy", "calibration_law", "hotline")
        return [self[name] for name in names]


def _several(label: Any, choices: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
