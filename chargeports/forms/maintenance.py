"""The form of a maintenance window. Times are typed in the station's zone."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chargeports import selectors
from chargeports.choices import WindowState
from chargeports.models import MaintenanceWindow
from chargeports.services import WindowWish
from common.forms import DateTimeInput
from stations.models import Station

_USUAL_LENGTH = timedelta(hours=2)


class WindowForm(forms.Form):
    port_numbers = forms.TypedMultipleChoiceField(
        label=_("Charge ports"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for the whole station."),
    )
    starts_at = forms.DateTimeField(label=_("Start"), widget=DateTimeInput())
    ends_at = forms.DateTimeField(label=_("End"), widget=DateTimeInput())
    comment = forms.CharField(
        label=_("Comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    locks_ports = forms.BooleanField(label=_("Lock for its duration"), required=False)
    tokens = forms.CharField(
        label=_("Tokens that may charge all the same"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One in each line, e.g. the technician's card: known id tokens alone. Every other one is refused."),
    )

    def __init__(self, data: Any = None, *, station: Station) -> None:
        self.zone = ZoneInfo(station.time_zone)
        start = timezone.localtime(timezone=self.zone).replace(second=0, microsecond=0, tzinfo=None)
        super().__init__(data, initial={"starts_at": start, "ends_at": start + _USUAL_LENGTH})
        choices = [(port.number, _label(port.number, port.name)) for port in selectors.ports_of(station)]
        self.fields["port_numbers"].choices = choices  # type: ignore[attr-defined]
        hint = gettext("In the station's time zone, %(zone)s. A time that has passed means now.")
        self.fields["starts_at"].help_text = hint % {"zone": station.time_zone}

    def full_clean(self) -> None:
        with timezone.override(self.zone):
            super().full_clean()

    def clean_tokens(self) -> list[str]:
        return [token for token in re.split(r"[\s,;]+", self.cleaned_data["tokens"]) if token]

    @property
    def wish(self) -> WindowWish:
        return WindowWish(**self.cleaned_data)


class WindowChangeForm(WindowForm):
    """A window that is there: its ports stay; of one that has begun only the end and the comment change."""

    def __init__(self, data: Any = None, *, window: MaintenanceWindow) -> None:
        super().__init__(data, station=window.station)
        self.window = window
        times = {name: timezone.localtime(getattr(window, name), self.zone) for name in ("starts_at", "ends_at")}
        walls = {name: time.replace(tzinfo=None) for name, time in times.items()}
        kept = {"comment": window.comment, "locks_ports": window.locks_ports, "tokens": "\n".join(window.tokens)}
        self.initial = {**walls, **kept}
        has_begun = window.state != WindowState.PLANNED
        for name in ("port_numbers", *(("starts_at", "locks_ports", "tokens") if has_begun else ())):
            del self.fields[name]

    @property
    def wish(self) -> WindowWish:
        """With what the form does not ask as it is."""
        window = self.window
        kept = {"starts_at": window.starts_at, "locks_ports": window.locks_ports, "tokens": window.tokens}
        return WindowWish(**{**kept, **self.cleaned_data})


def _label(number: int, name: str) -> str:
    return f"{number} · {name}" if name else str(number)
