"""What a person says when asking a station for something: one small declaration for every kind of command.

A declaration gives the right, the icon, a sentence that explains, the menus in which it stands, the fields, and how a
command of its kind reads. Its page, its dialog, its menu entries and its line in the history all come from it. Apps
above list theirs in `forms.COMMAND_FORMS` too.
"""

from collections.abc import Callable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chargeports import selectors, services
from chargeports.choices import CommandKind
from chargeports.configuration import KnownKey, is_secret
from chargeports.models import ChargePort, Command, Reservation
from chargeports.parameters import KEY_LENGTH, MAY_NAME_PORT, NEEDS_PORT, VALUE_LENGTH, Parameters
from chargeports.rights import (
    CHANGE_AVAILABILITY,
    CHANGE_CONFIGURATION,
    CONTROL_CHARGING,
    RESET,
    SERVICE_COMMANDS,
)
from common.declarations import declared
from common.rights import Right, Text
from stations.models import Station

MANAGEMENT, CHARGE_CONTROL, PORT_CONTROL = "station.management", "station.charge-control", "port.control"
_HOUR = 3600
_WAITS = (
    (_HOUR // 4, _("15 minutes")),
    (_HOUR, _("1 hour")),
    (24 * _HOUR, _("1 day")),
    (7 * 24 * _HOUR, _("7 days")),
)
# Fields of the form that are no parameters of the command.
_ABOUT = ("port_number", "expires_in_s", "confirmed")


class CommandForm(forms.Form):
    """`menus` gives the places where it is offered (`common.sheets.MenuItem`), each with its order there.

    A station that is offline can be asked for what waits until it is back: then the form asks for how long. `service`
    takes what `services.request_command` takes.

    A campaign shows the same form for a station that stands for many (`forms.campaigns.form_for_many`): it has no key,
    and the fields in `about_one` are not asked.
    """

    service: ClassVar[Callable[..., Command]] = staticmethod(services.request_command)
    kind: ClassVar[CommandKind]
    right: ClassVar[Right]
    icon: ClassVar[str]
    explanation: ClassVar[Text]
    menus: ClassVar[dict[str, int]] = {}
    asks_port: ClassVar[bool] = True
    waits_for_station: ClassVar[bool] = True
    about_one: ClassVar[tuple[str, ...]] = ()
    # The key that opens it on the page of a charge port.
    shortcut: ClassVar[str] = ""

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.station = station
        if self.asks_port and self.kind in MAY_NAME_PORT and station.pk:
            self.fields["port_number"] = self._port_field()
        if self.waits_for_station and not station.state.online:
            self.fields["expires_in_s"] = forms.TypedChoiceField(
                label=_("The station is offline. Send when it is back, within"),
                choices=_WAITS,
                coerce=int,
                initial=_HOUR,
            )
        self.order_fields(["port_number"])

    def full_clean(self) -> None:
        """Times are typed in the station's zone."""
        with timezone.override(ZoneInfo(self.station.time_zone)):
            super().full_clean()

    @staticmethod
    def summary(parameters: Parameters) -> Text:  # noqa: ARG004 - for the kinds that have parameters
        """What the parameters of a command ask for, in few words."""
        return ""

    @classmethod
    def slug(cls) -> str:
        return cls.kind.value.replace("_", "-")

    @classmethod
    def url_name(cls) -> str:
        return f"ask-{cls.slug()}"

    @property
    def title(self) -> Text:
        return self.kind.label

    @property
    def waits(self) -> bool:
        return "expires_in_s" in self.fields

    @property
    def port_number(self) -> int | None:
        return self.cleaned_data.get("port_number")

    @property
    def parameters(self) -> Parameters:
        return {name: value for name, value in self.cleaned_data.items() if name not in _ABOUT and value != ""}

    def _port_field(self) -> forms.Field:
        ports: list[tuple[Any, Text]] = [(port.number, _port_label(port)) for port in selectors.ports_of(self.station)]
        needed = self.kind in NEEDS_PORT
        if not needed or len(ports) != 1:
            ports.insert(0, ("", _("Choose …") if needed else _("Whole station")))
        return forms.TypedChoiceField(
            label=_("Charge port"), choices=ports, coerce=int, empty_value=None, required=needed
        )


def _port_label(port: ChargePort) -> str:
    return " · ".join(filter(None, [str(port.number), port.name, port.evse_id]))


class Reset(CommandForm):
    kind = CommandKind.RESET
    right = RESET
    icon = "reload"
    explanation = _("The station restarts and connects again after a minute or two.")
    menus = {MANAGEMENT: 40}

    type = forms.ChoiceField(
        label=_("How"),
        choices=(
            ("soft", _("Soft: the station ends what runs in good order, then restarts")),
            ("hard", _("Hard: the station restarts at once, like after a power cut")),
        ),
        initial="soft",
        widget=forms.RadioSelect,
    )

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return {"soft": _("soft"), "hard": _("hard")}.get(parameters.get("type", ""), "")


class ChangeAvailability(CommandForm):
    kind = CommandKind.CHANGE_AVAILABILITY
    right = CHANGE_AVAILABILITY
    icon = "lock"
    service = staticmethod(services.change_availability)
    explanation = _("Locks or unlocks a charge port or the whole station for everybody.")
    menus = {MANAGEMENT: 50, PORT_CONTROL: 50}
    about_one = ("permanent",)

    permanent = forms.TypedChoiceField(
        label=_("Type"),
        choices=(
            ("no", _("Regular: until the next restart or the next change of availability")),
            ("yes", _("Permanent: until somebody unlocks it permanently; the portal sets it right again")),
        ),
        coerce=lambda value: value == "yes",
        initial="no",
        required=False,
        empty_value="",
        widget=forms.RadioSelect,
    )
    operative = forms.TypedChoiceField(
        label=_("From now on"),
        choices=(
            ("no", _("Lock: no new session; what runs may end first")),
            ("yes", _("Unlock: cars may charge")),
        ),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )

    @property
    def parameters(self) -> Parameters:
        given = super().parameters
        return given if given.get("permanent") else {"operative": given["operative"]}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        if parameters.get("permanent"):
            return _("unlock permanently") if parameters.get("operative") else _("lock permanently")
        return _("unlock") if parameters.get("operative") else _("lock")


class CancelReservation(CommandForm):
    """`?reservation_id=` names the reservation; otherwise the form offers those that hold."""

    kind = CommandKind.CANCEL_RESERVATION
    right = CONTROL_CHARGING
    service = staticmethod(services.cancel_reservation)
    icon = "calendar-event"
    explanation = _("The station lets everybody charge there again.")
    asks_port = False

    reservation_id = forms.TypedChoiceField(
        label=_("Reservation"),
        coerce=int,
        error_messages={"invalid_choice": _("This reservation has ended already.")},
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        held = [(one.pk, _reservation_label(one)) for one in selectors.held_reservations(station)]
        self.fields["reservation_id"].choices = held or [("", _("Nothing is reserved here."))]  # type: ignore[attr-defined]

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return f"#{parameters.get('reservation_id')}"


def _reservation_label(reservation: Reservation) -> str:
    port = gettext("Charge port %(number)d") % {"number": reservation.port_number}
    place = port if reservation.port_number else gettext("Any charge port")
    return " · ".join(filter(None, [place, reservation.id_tag, reservation.contact]))


class Unlock(CommandForm):
    kind = CommandKind.UNLOCK
    right = CONTROL_CHARGING
    icon = "lock-open"
    shortcut = "u"
    explanation = _("Releases the plug where a driver cannot pull out the cable.")
    menus = {CHARGE_CONTROL: 30, PORT_CONTROL: 30}


class ReadConfiguration(CommandForm):
    kind = CommandKind.READ_CONFIGURATION
    right = SERVICE_COMMANDS
    icon = "refresh"
    explanation = _("Asks the station for its settings; they appear in the tab Settings.")
    menus = {MANAGEMENT: 60}

    keys = forms.CharField(
        label=_("Only these"), required=False, help_text=_("Names with commas between them; leave empty for all.")
    )

    def clean_keys(self) -> list[str]:
        return [key.strip() for key in self.cleaned_data["keys"].split(",") if key.strip()]

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return ", ".join(parameters.get("keys") or ()) or _("all")


class ChangeConfiguration(CommandForm):
    """One setting. Its field takes what the catalogue says of the key; a risky key is asked for twice."""

    kind = CommandKind.CHANGE_CONFIGURATION
    right = CHANGE_CONFIGURATION
    icon = "pencil"
    explanation = _("The station takes the value or says why not. Nobody checks whether a value is wise.")

    key = forms.CharField(label=_("Name"), max_length=KEY_LENGTH)
    value = forms.CharField(label=_("Value"), max_length=VALUE_LENGTH, required=False, strip=False)
    confirmed = forms.BooleanField(
        label=_("I know that a wrong value can cut the station off from the portal."),
        error_messages={"required": _("A wrong value can cut the station off: tick this to go on.")},
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self.named = str(self.initial.get("key", ""))
        key = self.named or str(self.data.get("key", ""))
        self.known = known = selectors.key_catalogue(station).find(key)
        if self.named:
            self.fields["key"].disabled = True
            self.fields["key"].widget = forms.HiddenInput()
        if known is None or not known.risky:
            del self.fields["confirmed"]
        self._shape_value(key, known)
        self.order_fields(["key", "value", "confirmed"])

    @property
    def title(self) -> Text:
        return gettext("Change %(key)s") % {"key": self.named} if self.named else self.kind.label

    @property
    def parameters(self) -> Parameters:
        return {"key": self.cleaned_data["key"], "value": self.cleaned_data["value"]}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        """A secret value is never in the parameters."""
        key, value = parameters.get("key", ""), parameters.get("value")
        return key if value is None else f"{key} = {value}"

    def clean_value(self) -> str:
        return sensible(self.known, self.cleaned_data["value"])

    def clean(self) -> dict[str, Any]:
        if is_secret(str(self.cleaned_data.get("key", ""))):
            ask_again(self, "value")
        return self.cleaned_data

    def _shape_value(self, key: str, known: KnownKey | None) -> None:
        now = selectors.configuration_value(self.station, key) if self.named and not is_secret(key) else None
        shape_value(self.fields["value"], key, known, now.value if now else None)
        # A form that comes back shows no secret: sent once more, it would empty the setting.
        self.fields["value"].required = is_secret(key)


def sensible(known: KnownKey | None, value: str) -> str:
    """The value of a setting; ValidationError where it cannot be one by what is known of the key."""
    remark = known.remark_on(value) if known else None
    if remark:
        raise forms.ValidationError(str(remark))
    return value


def ask_again(form: forms.Form, name: str) -> None:
    """Say of the field of a secret that what was typed there is gone, where the form comes back with errors."""
    if form.errors and form.data.get(name) and name not in form.errors:
        form.add_error(name, _("Type it again: what is secret is not sent back."))


def shape_value(field: forms.Field, key: str, known: KnownKey | None, now: str | None) -> None:
    """Make a field for the value of a setting: what it takes, what it is `now`, and what is known of it."""
    if is_secret(key):
        field.widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        field.help_text = _("The value is secret: it is never shown and is forgotten once it was sent.")
        return
    field.initial = now
    field.widget = _value_widget(known, str(now or ""))
    field.help_text = " ".join(map(str, _value_hints(known)))


def _value_widget(known: KnownKey | None, now: str) -> forms.Widget:
    if known and known.form == "boolean":
        words = [("true", "true"), ("false", "false")]
        return forms.Select(choices=words if now in ("true", "false") else [(now, now), *words])
    if known and known.form == "integer" and not known.values:
        return forms.NumberInput()
    return forms.TextInput()


def _value_hints(known: KnownKey | None) -> list[Text]:
    if known is None:
        return [_("A setting of the manufacturer's own: see the manual of the charger.")]
    hints: list[Text] = [known.meaning]
    if known.unit:
        hints.append(gettext("Unit: %(unit)s.") % {"unit": known.unit})
    if known.values:
        hints.append(gettext("Values: %(values)s.") % {"values": ", ".join(known.values)})
    if known.recommended is not None:
        hints.append(gettext("Recommended: %(value)s.") % {"value": known.recommended or gettext("empty")})
    return hints


class TriggerMessage(CommandForm):
    kind = CommandKind.TRIGGER_MESSAGE
    right = SERVICE_COMMANDS
    icon = "message"
    explanation = _("Asks the station to send a message now that it otherwise sends by itself.")
    menus = {MANAGEMENT: 70, PORT_CONTROL: 70}

    MESSAGES: ClassVar = (
        ("status", _("Status")),
        ("meter_values", _("Meter values")),
        ("heartbeat", _("Sign of life (heartbeat)")),
        ("boot", _("Boot notification")),
        ("diagnostics_status", _("State of the diagnostics upload")),
        ("firmware_status", _("State of the firmware update")),
    )
    message = forms.ChoiceField(label=_("Message"), choices=MESSAGES)

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return dict(TriggerMessage.MESSAGES).get(parameters.get("message", ""), "")


class ExtendedTrigger(CommandForm):
    kind = CommandKind.EXTENDED_TRIGGER
    right = SERVICE_COMMANDS
    icon = "message"
    explanation = _("As “Request a message”, for stations with OCPP's security extension.")
    menus = {MANAGEMENT: 75}

    MESSAGES: ClassVar = (
        ("status", _("Status")),
        ("meter_values", _("Meter values")),
        ("heartbeat", _("Sign of life (heartbeat)")),
        ("boot", _("Boot notification")),
        ("log_status", _("State of the log upload")),
        ("firmware_status", _("State of the firmware update")),
        ("sign_certificate", _("Request for a certificate")),
    )
    message = forms.ChoiceField(label=_("Message"), choices=MESSAGES)

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return dict(ExtendedTrigger.MESSAGES).get(parameters.get("message", ""), "")


class GetLocalListVersion(CommandForm):
    kind = CommandKind.GET_LOCAL_LIST_VERSION
    right = SERVICE_COMMANDS
    icon = "list-details"
    explanation = _("Asks which version of the local list of tokens the station has; 0 is an empty one.")
    menus = {MANAGEMENT: 85}


class ClearCache(CommandForm):
    kind = CommandKind.CLEAR_CACHE
    right = SERVICE_COMMANDS
    icon = "trash"
    explanation = _("The station forgets which tokens were accepted, and asks the portal again for each.")
    menus = {MANAGEMENT: 80}


class DataTransfer(CommandForm):
    kind = CommandKind.DATA_TRANSFER
    right = SERVICE_COMMANDS
    icon = "send"
    explanation = _("Sends a message that the manufacturer defined (OCPP DataTransfer).")
    menus = {MANAGEMENT: 90}

    vendor_id = forms.CharField(label=_("Vendor id"), max_length=255)
    message_id = forms.CharField(label=_("Message id"), max_length=50, required=False)
    data = forms.CharField(  # type: ignore[assignment]
        label=_("Data"), required=False, widget=forms.Textarea(attrs={"rows": 4}), strip=False
    )

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return " · ".join(filter(None, [parameters.get("vendor_id"), parameters.get("message_id")]))


BASIC_COMMANDS: tuple[type[CommandForm], ...] = (
    Reset,
    ChangeAvailability,
    CancelReservation,
    Unlock,
    ReadConfiguration,
    ChangeConfiguration,
    TriggerMessage,
    ExtendedTrigger,
    GetLocalListVersion,
    ClearCache,
    DataTransfer,
)


def command_form(kind: str) -> type[CommandForm]:
    """The declaration of a kind of command, whichever app made it."""
    return next(form for form in declared("forms", "COMMAND_FORMS") if form.kind == kind)


def summary_of(command: Command) -> str:
    """What the command asks for beyond its kind, e.g. `soft` or `HeartbeatInterval = 300`."""
    return str(command_form(command.kind).summary(command.parameters))
