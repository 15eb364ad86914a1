"""Commands that concern charging sessions: one small declaration for each kind."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargeports.choices import CommandKind
from chargeports.forms import CommandForm
from chargeports.forms.commands import CHARGE_CONTROL, PORT_CONTROL
from chargeports.parameters import ID_TAG_LENGTH, MAX_LIMIT_A, Parameters
from chargeports.rights import CONTROL_CHARGING
from charging import selectors
from charging.forms.widgets import SuggestingInput
from charging.models import ChargingSession
from charging.services import PORTAL_TAG, request_reservation, request_start
from common.forms import DateTimeInput
from common.rights import Text
from stations.models import Station


class StartCharging(CommandForm):
    service = staticmethod(request_start)
    kind = CommandKind.START_CHARGING
    right = CONTROL_CHARGING
    icon = "player-play"
    explanation = gettext_lazy(
        "Starts a session as if a card were held to the reader. The driver may plug in afterwards."
    )
    menus = {CHARGE_CONTROL: 10, PORT_CONTROL: 10}

    id_tag = forms.CharField(
        label=gettext_lazy("Id token"),
        max_length=ID_TAG_LENGTH,
        initial=PORTAL_TAG,
        widget=SuggestingInput("id-token-suggestions"),
        help_text=gettext_lazy("The portal's own token, or a known one: type its number, label or holder."),
    )
    limit_a = forms.FloatField(
        label=gettext_lazy("Limit the current to (A)"), required=False, min_value=1, max_value=MAX_LIMIT_A
    )
    duration_min = forms.IntegerField(
        label=gettext_lazy("Stop after (minutes)"),
        required=False,
        min_value=1,
        max_value=7 * 24 * 60,
        help_text=gettext_lazy("The portal stops the session when it has lasted so long."),
    )

    @property
    def parameters(self) -> Parameters:
        given = super().parameters
        return {name: value for name, value in given.items() if value is not None}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        limit = parameters.get("limit_a")
        return " · ".join(filter(None, [parameters.get("id_tag"), f"≤ {limit:g} A" if limit else ""]))


class Reserve(CommandForm):
    service = staticmethod(request_reservation)
    kind = CommandKind.RESERVE
    right = CONTROL_CHARGING
    icon = "calendar-event"
    explanation = gettext_lazy(
        "The station keeps the charge port free for one token, at once and until the time named."
    )
    menus = {CHARGE_CONTROL: 25, PORT_CONTROL: 25}
    waits_for_station = False

    id_tag = forms.CharField(
        label=gettext_lazy("Id token"),
        max_length=ID_TAG_LENGTH,
        widget=SuggestingInput("id-token-suggestions"),
        help_text=gettext_lazy("Type its number, label or holder. The other tokens of its group may charge, too."),
    )
    until = forms.DateTimeField(label=gettext_lazy("Until"), widget=DateTimeInput())
    contact = forms.CharField(
        label=gettext_lazy("Contact"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Whom to call about it."),
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self.fields["until"].help_text = _("In the station's time zone, %(zone)s.") % {"zone": station.time_zone}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return " · ".join(filter(None, [f"#{parameters.get('reservation_id')}", parameters.get("id_tag")]))


class StopCharging(CommandForm):
    """`?session_id=` names the session; otherwise the form offers those that run."""

    kind = CommandKind.STOP_CHARGING
    right = CONTROL_CHARGING
    icon = "player-stop"
    explanation = gettext_lazy("The station ends the session, releases the plug and sends the session's record.")
    menus = {CHARGE_CONTROL: 20}
    asks_port = False

    session_id = forms.TypedChoiceField(
        label=gettext_lazy("Charging session"),
        coerce=int,
        error_messages={"invalid_choice": gettext_lazy("This session does not run any more.")},
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self.running = {session.pk: session for session in selectors.running_sessions(station).values()}
        choices = [(pk, _session_label(session)) for pk, session in self.running.items()]
        self.fields["session_id"].choices = choices or [("", _("No session is running."))]  # type: ignore[attr-defined]

    @classmethod
    def url_for(cls, session: ChargingSession) -> str:
        """The form, with the session chosen."""
        return f"{reverse(cls.url_name(), args=[session.station.identity])}?session_id={session.pk}"

    @property
    def port_number(self) -> int:
        return self.running[self.cleaned_data["session_id"]].port_number

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return f"#{parameters.get('session_id')}"


def _session_label(session: ChargingSession) -> str:
    words = _("Charge port %(number)d: session %(session)s, %(tag)s")
    return words % {"number": session.port_number, "session": session, "tag": session.id_tag}


COMMAND_FORMS = (StartCharging, StopCharging, Reserve)
