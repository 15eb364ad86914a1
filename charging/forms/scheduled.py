"""The form that plans the stop of a running session. Times are typed in the station's zone."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from charging import selectors
from charging.models import ChargingSession
from common.forms import DateTimeInput
from stations.models import Station

_USUALLY_IN = timedelta(hours=1)


class StopForm(forms.Form):
    session_id = forms.TypedChoiceField(
        label=_("Charging session"),
        coerce=int,
        error_messages={"invalid_choice": _("This session does not run any more.")},
    )
    at = forms.DateTimeField(label=_("Stop at"), widget=DateTimeInput())

    def __init__(self, data: Any = None, *, station: Station) -> None:
        self.zone = ZoneInfo(station.time_zone)
        at = timezone.localtime(timezone=self.zone).replace(second=0, microsecond=0, tzinfo=None) + _USUALLY_IN
        super().__init__(data, initial={"at": at})
        self.running = {session.pk: session for session in selectors.running_sessions(station).values()}
        words = gettext("Charge port %(number)d: session %(session)s, %(tag)s")
        choices: list[tuple[Any, str]] = [
            (pk, words % {"number": one.port_number, "session": one, "tag": one.id_tag})
            for pk, one in self.running.items()
        ]
        self.fields["session_id"].choices = choices or [("", gettext("No session is running."))]  # type: ignore[attr-defined]
        hint = gettext("In the station's time zone, %(zone)s. A time that has passed means now.")
        self.fields["at"].help_text = hint % {"zone": station.time_zone}

    def full_clean(self) -> None:
        with timezone.override(self.zone):
            super().full_clean()

    @property
    def session(self) -> ChargingSession:
        return self.running[self.cleaned_data["session_id"]]
