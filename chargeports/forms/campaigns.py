"""What people say when they plan a campaign: for whom, what, and how it goes on."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model, model_to_dict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, SavedFilter
from chargeports.choices import CommandKind
from chargeports.forms.commands import CommandForm
from chargeports.models import Campaign
from chargeports.parameters import MAY_NAME_PORT, NEEDS_PORT
from chargeports.services.campaigns import NOT_FOR_MANY, PACE
from common.access import Access
from common.declarations import declared
from stations.models import Station, StationGroup, StationState

EVERYBODY = "all=1"


def forms_for_many(access: Access) -> list[type[CommandForm]]:
    """The kinds of commands that the caller may ask of many stations at once."""
    found = declared("forms", "COMMAND_FORMS")
    return [form for form in found if form.kind not in NOT_FOR_MANY and access.can(form.right)]


def form_for_many(form_class: type[CommandForm], data: Any, organisation: Organisation, **said: str) -> CommandForm:
    """The form of a command for a station that stands for many: `said` is what all of them have in common."""
    station = Station(organisation=organisation, time_zone=timezone.get_current_timezone_name(), **said)
    station.state = StationState(online=True)
    form = form_class(data, station=station)
    for name in form.about_one:
        del form.fields[name]
    return form


class AudienceForm(forms.Form):
    """For whom: a query of the list of stations. What is chosen there already is not asked again."""

    kind = forms.ChoiceField(label=_("What"))
    audience = forms.ChoiceField(label=_("For whom"))

    def __init__(self, data: Any, *, access: Access, is_chosen: bool) -> None:
        super().__init__(data)
        kinds = [(form.slug(), form.kind.label) for form in forms_for_many(access)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if is_chosen:
            del self.fields["audience"]
        else:
            self.fields["audience"].choices = audiences(access)  # type: ignore[attr-defined]
        self.order_fields(["audience", "kind"])


def audiences(access: Access) -> list[tuple[Any, Any]]:
    groups = [(f"group={pk}", name) for pk, name in StationGroup.objects.order_by("name").values_list("pk", "name")]
    saved = SavedFilter.objects.filter(organisation=access.organisation, user=access.user, page="stations")
    filters = [(query or EVERYBODY, name) for query, name in saved.values_list("query", "name")]
    offered = [(_("Station groups"), groups), (_("Saved filters"), filters)]
    return [*[pair for pair in offered if pair[1]], (EVERYBODY, _("All stations"))]


class PaceForm(forms.Form):
    """The campaign's name and how it goes on; for kinds that may name one, the number of the charge port."""

    def __init__(self, data: Any = None, *, campaign: Campaign, kind: CommandKind | None = None) -> None:
        super().__init__(data, initial=model_to_dict(campaign, PACE))
        self.fields.update(fields_for_model(Campaign, PACE))
        self.fields["name"].label = _("Name of the campaign")
        self.fields["batch_size"].help_text = _("So many are asked at once; the next batch waits for their answers.")
        self.fields["max_failures"].help_text = _("Then nobody else is asked until you say so. Empty: it never stops.")
        self.fields["wait_h"].help_text = _("Stations that come back in time are asked then; 0: not at all.")
        if kind in MAY_NAME_PORT:
            self.fields["port_number"] = forms.IntegerField(
                label=_("Charge port number"),
                min_value=1,
                max_value=99,
                required=kind in NEEDS_PORT,
                help_text="" if kind in NEEDS_PORT else _("Leave empty for the whole station."),
            )
            self.order_fields(["name", "port_number"])
