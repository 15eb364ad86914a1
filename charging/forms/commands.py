"""Commands that concern charging sessions: one small declaration for each kind."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargeports.choices import CommandKind
from chargeports.forms import CommandForm
from chargeports.forms.commands import CHARGE_CONTROL, PORT_CONTROL
from chargeports.models import ChargingProfile
from chargeports.parameters import ID_TAG_LENGTH, MAX_LIMIT_A, Parameters
from chargeports.profiles import schedule_of, summary_of_schedule
from chargeports.rights import CONTROL_CHARGING
from charging import selectors
from charging.choices import StartMethod
from charging.forms.limits import LimitCharging
from charging.forms.widgets import SuggestingInput
from charging.models import ChargingSession
from charging.services import PORTAL_TAG, request_reservation, request_start
from common.forms import DateTimeInput
from common.identifiers import validate_emaid
from common.rights import Text
from stations.models import Station


def _of(method: StartMethod, **attrs: str) -> dict[str, str]:
    """Shown with this way of authorisation alone, where the browser can (cpms.css)."""
    return {"data-for-method": method.value, **attrs}


class StartCharging(CommandForm):
    """Which fields are needed hangs on `method`: the service says what is missing. A password is never sent back."""

    service = staticmethod(request_start)
    kind = CommandKind.START_CHARGING
    right = CONTROL_CHARGING
    icon = "player-play"
    shortcut = "s"
    explanation = gettext_lazy("Starts a session from here. The driver may plug in afterwards.")
    menus = {CHARGE_CONTROL: 10, PORT_CONTROL: 10}

    method = forms.ChoiceField(
        label=gettext_lazy("Authentication"),
        choices=(
            (StartMethod.CONTRACT, gettext_lazy("Customer contract: the session is billed to it")),
            (StartMethod.GOODWILL, gettext_lazy("Goodwill: the customer is not charged")),
            (StartMethod.VOUCHER, gettext_lazy("Voucher: good for one charging process")),
            (StartMethod.TOKEN, gettext_lazy("Id token: as if a card were held to the reader")),
        ),
        initial=StartMethod.CONTRACT,
        required=False,
        widget=forms.RadioSelect,
    )
    emaid = forms.CharField(
        label=gettext_lazy("EMAID"),
        max_length=24,
        required=False,
        widget=forms.TextInput(attrs=_of(StartMethod.CONTRACT, autocomplete="off", spellcheck="false")),
    )
    password = forms.CharField(
        label=gettext_lazy("Password of the contract"),
        max_length=128,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs=_of(StartMethod.CONTRACT, autocomplete="off")),
        help_text=gettext_lazy("The customer tells it: nobody here can read it."),
    )
    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=_of(StartMethod.GOODWILL)),
        help_text=gettext_lazy("Name, telephone number, licence plate: whatever the review needs."),
    )
    problem = forms.CharField(
        label=gettext_lazy("Problem"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs=_of(StartMethod.GOODWILL, rows="2")),
    )
    voucher = forms.CharField(
        label=gettext_lazy("Code of the voucher"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_of(StartMethod.VOUCHER, autocomplete="off", spellcheck="false")),
    )
    id_tag = forms.CharField(
        label=gettext_lazy("Id token"),
        max_length=ID_TAG_LENGTH,
        initial=PORTAL_TAG,
        required=False,
        widget=SuggestingInput("id-token-suggestions", data_for_method=StartMethod.TOKEN.value),
        help_text=gettext_lazy("The portal's own token, or a known one: type its number, label or holder."),
    )
    limit_a = forms.FloatField(
        label=gettext_lazy("Limit the current to (A)"), required=False, min_value=1, max_value=MAX_LIMIT_A
    )
    duration_min = forms.IntegerField(
        label=gettext_lazy("Duration: at most (minutes)"),
        required=False,
        initial=4 * 60,
        min_value=1,
        max_value=7 * 24 * 60,
        help_text=gettext_lazy("The portal stops the session when it has lasted so long."),
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self.fields["profile"] = forms.ModelChoiceField(
            label=_("Charging profile"),
            queryset=ChargingProfile.objects.all(),
            required=False,
            empty_label=_("none"),
            help_text=_("Of the library; it holds for this session alone."),
        )

    def clean_emaid(self) -> str:
        """A wrong form is told before a try of the password is spent on it."""
        emaid: str = self.cleaned_data["emaid"]
        if emaid and self.data.get("method") == StartMethod.CONTRACT:
            validate_emaid(emaid)
        return emaid

    @property
    def parameters(self) -> Parameters:
        given = {name: value for name, value in super().parameters.items() if value is not None}
        if "profile" in given:
            given["profile"] = schedule_of(given["profile"], self.station.time_zone)
        given.setdefault("method", StartMethod.TOKEN)
        if given["method"] == StartMethod.TOKEN:
            names = ("method", "id_tag", "limit_a", "profile", "duration_min")
            return {name: given[name] for name in names if name in given}
        given.pop("id_tag", None)
        return given

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        limit = parameters.get("limit_a")
        limits = f"≤ {limit:g} A" if limit else summary_of_schedule(parameters.get("profile") or {})
        return " · ".join(filter(None, [parameters.get("id_tag"), limits]))


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

    @property
    def port_number(self) -> int:
        return self.running[self.cleaned_data["session_id"]].port_number

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return f"#{parameters.get('session_id')}"


def _session_label(session: ChargingSession) -> str:
    words = _("Charge port %(number)d: session %(session)s, %(tag)s")
    return words % {"number": session.port_number, "session": session, "tag": session.id_tag}


SESSION_COMMANDS = (StartCharging, StopCharging, Reserve, LimitCharging)
