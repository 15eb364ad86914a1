from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import DateInput
from ocpp_gateway.models import StationCredential


class NewPasswordForm(forms.Form):
    way = forms.ChoiceField(
        label=_("How the charger learns it"),
        choices=(
            ("shown", _("Show it here, I enter it at the charger. The old password stops working at once.")),
            ("ocpp", _("Send it to the connected charger. The old one works until the charger has accepted.")),
        ),
        initial="shown",
        widget=forms.RadioSelect,
    )


class ConnectionSettingsForm(forms.ModelForm):
    """What a charger may do differently from the specification, because it does."""

    class Meta:
        model = StationCredential
        fields = ("accepts_hex_text", "assume_subprotocol", "wants_local_time", "allows_old_tls")


class ExportForm(forms.Form):
    first = forms.DateField(label=_("First day"), widget=DateInput)
    last = forms.DateField(label=_("Last day"), widget=DateInput)
    compressed = forms.BooleanField(label=_("Pack it (gzip)"), required=False)
