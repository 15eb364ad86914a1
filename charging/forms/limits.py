"""Limiting what a station or one of its ports may charge: at once, or by a profile of the library."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chargeports.choices import CommandKind, ProfilePurpose, RateUnit, ScheduleKind
from chargeports.forms import CommandForm
from chargeports.forms.commands import CHARGE_CONTROL, MANAGEMENT, PORT_CONTROL
from chargeports.models import ChargingProfile
from chargeports.parameters import MAX_SCHEDULE_S, MAX_STACK_LEVEL, Parameters
from chargeports.profiles import schedule_of, summary_of_schedule
from chargeports.rights import LIMIT_CHARGING
from charging import selectors
from common.forms import DateTimeInput
from common.rights import Text
from stations.models import Station


class LimitCharging(CommandForm):
    kind = CommandKind.SET_CHARGING_PROFILE
    right = LIMIT_CHARGING
    icon = "gauge"
    explanation = gettext_lazy("The station charges no more than this. It keeps the limit also after a restart.")
    menus = {CHARGE_CONTROL: 40, PORT_CONTROL: 60, MANAGEMENT: 55}

    purpose = forms.ChoiceField(
        label=gettext_lazy("Holds for"),
        choices=(
            (ProfilePurpose.SESSION_DEFAULT, gettext_lazy("Every session: the one that runs and all that follow")),
            (ProfilePurpose.SESSION, gettext_lazy("Only the session that runs now")),
            (ProfilePurpose.STATION_MAXIMUM, gettext_lazy("The whole station: all its charge ports together")),
        ),
        initial=ProfilePurpose.SESSION_DEFAULT,
        widget=forms.RadioSelect,
    )
    limit = forms.FloatField(label=gettext_lazy("At most"), required=False, min_value=0, max_value=2000)
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        choices=((RateUnit.AMPERES, gettext_lazy("A per phase")), (RateUnit.WATTS, gettext_lazy("kW in all"))),
        initial=RateUnit.AMPERES,
        required=False,
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Until"),
        required=False,
        widget=DateTimeInput(),
        help_text=gettext_lazy("Leave empty: then it holds until somebody clears it."),
    )
    stack_level = forms.IntegerField(
        label=gettext_lazy("Stack level"),
        required=False,
        min_value=0,
        max_value=MAX_STACK_LEVEL,
        help_text=gettext_lazy("The highest level counts; leave empty for the one that most chargers take."),
    )

    def __init__(self, data: Any = None, *, station: Station, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, station=station, initial=initial)
        self.fields["profile"] = forms.ModelChoiceField(
            label=_("Or a charging profile"),
            queryset=ChargingProfile.objects.all(),
            required=False,
            empty_label=_("none: the limit above"),
        )
        self.order_fields(["port_number", "purpose", "limit", "unit", "until", "profile"])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("profile") is None and said.get("limit") is None and "limit" not in self.errors:
            self.add_error("limit", _("Say a limit, or choose a charging profile."))
        if said.get("profile") and (said.get("limit") is not None or said.get("until")):
            self.add_error("profile", _("Either a limit or a charging profile, not both."))
        if said.get("until") and said["until"] <= datetime.now(UTC):
            self.add_error("until", _("This time has passed."))
        if said.get("purpose") == ProfilePurpose.SESSION:
            self._find_session(said)
        return said

    def _find_session(self, said: dict[str, Any]) -> None:
        running = selectors.running_sessions(self.station) if self.station.pk else {}
        number = said.get("port_number") or (next(iter(running)) if len(running) == 1 else None)
        if number not in running:
            self.add_error("purpose", _("No session is running there. Choose the charge port where one is."))
            return
        said["port_number"], said["session"] = number, running[number]

    @property
    def parameters(self) -> Parameters:
        said = self.cleaned_data
        profile = said.get("profile")
        schedule = schedule_of(profile, self.station.time_zone) if profile else self._fixed()
        given = {"purpose": said["purpose"], "stack_level": said.get("stack_level")}
        session = {"session_id": said["session"].pk} if "session" in said else {}
        return {**schedule, **{name: value for name, value in given.items() if value is not None}, **session}

    def _fixed(self) -> Parameters:
        """The plainest profile that says it: chargers refuse what they do not need (Q54). A profile of one session has
        no validity, so it lasts for so long instead."""
        said, now = self.cleaned_data, datetime.now(UTC).replace(microsecond=0)
        is_watts = said.get("unit") == RateUnit.WATTS
        limit = round(said["limit"] * 1000, 1) if is_watts else said["limit"]
        fixed: Parameters = {
            "kind": ScheduleKind.RELATIVE,
            "unit": RateUnit.WATTS if is_watts else RateUnit.AMPERES,
            "periods": [{"start_s": 0, "limit": limit}],
        }
        if said["purpose"] == ProfilePurpose.STATION_MAXIMUM:
            fixed |= {"kind": ScheduleKind.ABSOLUTE, "start_at": now}
        if said.get("until") and said["purpose"] == ProfilePurpose.SESSION:
            seconds = min(MAX_SCHEDULE_S, max(1, round((said["until"] - now).total_seconds())))
            fixed |= {"kind": ScheduleKind.ABSOLUTE, "start_at": now, "duration_s": seconds}
        elif said.get("until"):
            fixed["valid_to"] = said["until"]
        return fixed

    @staticmethod
    def summary(parameters: Parameters) -> Text:
        purpose = parameters.get("purpose")
        shown = str(ProfilePurpose(purpose).label) if purpose else ""
        return " · ".join(filter(None, [summary_of_schedule(parameters), shown]))
