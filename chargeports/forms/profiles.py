"""Forms of charging profiles: the library's, and what a person may say when asking a station about its profiles."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chargeports import selectors
from chargeports.choices import CommandKind, ProfilePurpose, RateUnit, ScheduleKind
from chargeports.forms.commands import CHARGE_CONTROL, PORT_CONTROL, CommandForm
from chargeports.models import ChargingProfile, InstalledProfile
from chargeports.parameters import MAX_STACK_LEVEL, Parameters
from chargeports.profiles import AUDITED, read_periods, summary_of_schedule, written_periods
from chargeports.rights import LIMIT_CHARGING, SERVICE_COMMANDS
from common.forms import DateTimeInput
from common.rights import Text
from stations.models import Station

# Its limits are typed as lines of text.
_FIELDS = [name for name in AUDITED if name != "periods"]
_DAY_H = 24


class ProfileForm(forms.Form):
    """Its cleaned data are the values for the service."""

    def __init__(self, data: Any = None, *, profile: ChargingProfile) -> None:
        super().__init__(data, initial=_initial(profile))
        self.fields.update(fields_for_model(ChargingProfile, _FIELDS, widgets=_WIDGETS))
        del self.fields["duration_s"]
        self.fields["duration_h"] = forms.FloatField(
            label=_("Lasts (hours)"),
            required=False,
            min_value=0.1,
            max_value=366 * _DAY_H,
            help_text=_("Leave empty for no end; of one that comes again, at most until it does."),
        )
        self.fields["periods"] = forms.CharField(
            label=_("Limits"),
            widget=forms.Textarea(attrs={"rows": 6, "class": "mono", "spellcheck": "false"}),
            help_text=_(
                "One line each: hours and minutes after the beginning, and the limit in A or kW, e.g. 06:00 16. "
                "A third number says for how many phases. The first line begins with 00:00."
            ),
        )
        self.order_fields(["name", "kind", "recurrency", "start_at", "unit", "periods", "duration_h"])
        self._explain()

    def _explain(self) -> None:
        self.fields["kind"].help_text = _("What the hours of the limits count from.")
        self.fields["recurrency"].help_text = _(
            "Only for those that come again. They begin at midnight of the station's zone, every week on Monday; "
            "chargers count on in UTC, so install them anew when the clocks change."
        )
        self.fields["start_at"].help_text = _("Only for those that count from a point in time.")
        self.fields["unit"].help_text = _("Limits are turned into what a station takes when they are sent.")
        self.fields["stack_level"].help_text = _(
            "Of profiles for the same purpose the highest level counts. Leave empty for the one that most take."
        )

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("kind") != ScheduleKind.RECURRING:
            said["recurrency"] = ""
        elif not said.get("recurrency"):
            self.add_error("recurrency", gettext("Say how often it comes again."))
        if said.get("kind") != ScheduleKind.ABSOLUTE:
            said["start_at"] = None
        hours = said.pop("duration_h", None)
        said["duration_s"] = round(hours * 3600) if hours else None
        return said

    def clean_periods(self) -> list[Parameters]:
        return read_periods(self.cleaned_data["periods"], self.data.get("unit", ""))


_WIDGETS: dict[str, type[forms.Widget] | forms.Widget] = {
    name: DateTimeInput() for name in ("start_at", "valid_from", "valid_to")
}


def _initial(profile: ChargingProfile) -> dict[str, Any]:
    hours = profile.duration_s / 3600 if profile.duration_s else None
    written = written_periods(profile.periods or (), profile.unit)
    return {**model_to_dict(profile, _FIELDS), "periods": written, "duration_h": hours}


class ClearChargingProfile(CommandForm):
    """`?profile_id=` names one that is installed."""

    kind = CommandKind.CLEAR_CHARGING_PROFILE
    right = LIMIT_CHARGING
    icon = "eraser"
    explanation = _("The station forgets its charging profiles; without any it charges as much as it can.")
    menus = {CHARGE_CONTROL: 45, PORT_CONTROL: 62}
    about_one = ("profile_id",)

    profile_id = forms.TypedChoiceField(label=_("Profile"), coerce=int, required=False, empty_value=None)
    purpose = forms.ChoiceField(
        label=_("Only those for"), choices=(("", _("any purpose")), *ProfilePurpose.choices), required=False
    )
    stack_level = forms.IntegerField(
        label=_("Only those of the stack level"), min_value=0, max_value=MAX_STACK_LEVEL, required=False
    )
    station_itself = forms.BooleanField(
        label=_("Only those of the station itself, none of a single charge port"), required=False
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        known = [(one.profile_id, _label(one)) for one in selectors.installed_profiles(station)]
        self.fields["profile_id"].choices = [("", gettext("All that the choices below name")), *known]  # type: ignore[attr-defined]

    @property
    def parameters(self) -> Parameters:
        return {name: value for name, value in super().parameters.items() if value is not None and value is not False}

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        if parameters.get("profile_id"):
            return f"#{parameters['profile_id']}"
        purpose = parameters.get("purpose")
        return ProfilePurpose(purpose).label if purpose else ""


def _label(profile: InstalledProfile) -> str:
    number = profile.port_number
    place = gettext("Charge port %(number)d") % {"number": number} if number else gettext("Whole station")
    return " · ".join([place, str(profile.get_purpose_display()), summary_of_schedule(profile.schedule)])


class GetCompositeSchedule(CommandForm):
    kind = CommandKind.GET_COMPOSITE_SCHEDULE
    right = SERVICE_COMMANDS
    icon = "chart-line"
    explanation = _("The station says how much may be charged from now on, after all of its profiles.")
    menus = {CHARGE_CONTROL: 50, PORT_CONTROL: 64}

    duration_s = forms.TypedChoiceField(
        label=_("For the next"),
        coerce=int,
        choices=((3600, _("1 hour")), (6 * 3600, _("6 hours")), (24 * 3600, _("1 day")), (7 * 24 * 3600, _("7 days"))),
        initial=24 * 3600,
    )
    unit = forms.ChoiceField(
        label=_("Unit"), choices=(("", _("As the station likes")), *RateUnit.choices), required=False
    )

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        return gettext("%(hours)d h") % {"hours": parameters.get("duration_s", 0) // 3600}


PROFILE_COMMANDS: tuple[type[CommandForm], ...] = (ClearChargingProfile, GetCompositeSchedule)
