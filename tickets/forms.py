"""Forms of the tickets app. They check each value by itself; what belongs together the services check."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms.models import fields_for_model, model_to_dict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from chargeports.choices import Severity
from chargeports.error_catalogue import OCPP_CODES
from common.forms import DateInput, DateTimeInput, FilesField, FilesInput
from stations.models import Station, StationGroup
from tickets import people
from tickets.choices import TicketState
from tickets.models import EscalationRule, Team, Ticket, TicketCategory

_SPLIT = str.maketrans({",": "\n", ";": "\n"})


class StationField(forms.CharField):
    """A station by its id, in any case of letters; cleans to the station, or None where it is left empty."""

    def clean(self, value: Any) -> Station | None:
        identity = super().clean(value)
        if not identity:
            return None
        found = Station.objects.filter(identity__iexact=identity).first()
        if found is None:
            raise ValidationError(_("There is no station of this id."))
        return found


class ListField(forms.CharField):
    """Several texts, one a line or with commas between; cleans to a list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=4000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        lines = super().clean(value).translate(_SPLIT).split("\n")
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))


class AddressesField(ListField):
    def clean(self, value: Any) -> list[str]:
        addresses = super().clean(value)
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(_("“%(text)s” is no e-mail address.") % {"text": address}) from error
        return addresses


class TicketForm(forms.Form):
    """What people enter of a ticket; `values` are for the service."""

    station = StationField(label=_("Station id"), required=False, max_length=48)
    port_numbers = ListField(label=_("Charge ports"), help_text=_("Their numbers; empty for the whole station."))

    def __init__(self, data: Any = None, files: Any = None, *, organisation: Organisation, ticket: Ticket) -> None:
        names = ("title", "description", "priority", "category", "assignee", "team", "due_on")
        initial = model_to_dict(ticket, names) | {"port_numbers": [str(number) for number in ticket.port_numbers]}
        super().__init__(data, files, initial=initial | {"station": ticket.station.identity if ticket.station else ""})
        made = fields_for_model(Ticket, names, widgets={"due_on": DateInput()})
        made["category"] = _choice(TicketCategory.objects.all(), _("Category"))
        made["assignee"] = _choice(people.who_may_see(organisation), _("Assignee"))
        made["team"] = _choice(Team.objects.all(), _("Team"))
        own = dict(self.fields)
        self.fields = {"title": made["title"], "description": made["description"], **own, **made}
        self.fields["description"].widget.attrs["rows"] = 5
        self.fields["port_numbers"].widget = forms.TextInput()

    def clean_port_numbers(self) -> list[int]:
        texts = self.cleaned_data["port_numbers"]
        if not all(text.isdecimal() and len(text) <= 2 for text in texts):
            raise ValidationError(_("Numbers with commas between them, e.g. 1, 2."))
        return sorted({int(text) for text in texts})


class NewTicketForm(TicketForm):
    watch = forms.BooleanField(label=_("Tell me what happens to it"), required=False, initial=True)
    attachments = FilesField(label=_("Attachments"), required=False)


class TroubleForm(forms.Form):
    """What an agent asks a driver; `team` is who is told unless another one is chosen."""

    emaid = forms.CharField(label=_("EMAID"), required=False, max_length=40)
    happened_at = forms.DateTimeField(label=_("When did the error occur"), widget=DateTimeInput)
    description = forms.CharField(
        label=_("Problem description"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    photos = FilesField(
        label=_("Photos"),
        required=False,
        widget=FilesInput(attrs={"accept": "image/*", "capture": "environment"}),
        help_text=_("On a phone this opens the camera."),
    )
    attachments = FilesField(label=_("Pictures and files"), required=False)

    def __init__(self, data: Any = None, files: Any = None, *, team: Team | None) -> None:
        super().__init__(data, files, initial={"team": team, "happened_at": timezone.localtime()})
        self.fields["team"] = _choice(Team.objects.all(), _("Team to tell"))


class StateForm(forms.Form):
    state = forms.ChoiceField(label=_("State"), choices=TicketState.choices)


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Comment"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    attachments = FilesField(label=_("Attachments"), required=False)
    internal = forms.BooleanField(
        label=_("Internal: only for those who may change tickets, also by e-mail"), required=False
    )


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, data: Any = None, *, organisation: Organisation, team: Team) -> None:
        initial = {"name": team.name, "people": list(team.people.all()) if team.pk else []}
        super().__init__(data, initial=initial)
        self.fields["people"] = _choices(people.who_may_see(organisation), _("People"))


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)


class RuleForm(forms.Form):
    """A rule; its cleaned data are the values for the service."""

    def __init__(self, data: Any = None, *, organisation: Organisation, rule: EscalationRule) -> None:
        names = ("name", "active", "after_minutes", "opens_ticket", "ticket_priority")
        many = ("groups", "people", "teams") if rule.pk else ()
        initial = model_to_dict(rule, [*names, "vendor_codes", "addresses", "error_codes", "severities", *many])
        initial |= {"ticket_category": rule.ticket_category_id, "ticket_team": rule.ticket_team_id}
        initial["stations"] = [station.identity for station in rule.stations.all()] if rule.pk else []
        super().__init__(data, initial=initial)
        made = fields_for_model(EscalationRule, names)
        self.fields.update(
            {
                "name": made["name"],
                "active": made["active"],
                "severities": _boxes(Severity.choices, _("Severities"), _("None ticked: any.")),
                "error_codes": _boxes([(code, code) for code in OCPP_CODES], _("Error codes"), _("None ticked: any.")),
                "vendor_codes": ListField(
                    label=_("Manufacturers' codes"),
                    help_text=_("One a line. With codes in both lists, one of them is enough."),
                ),
                "stations": ListField(
                    label=_("Stations"), help_text=_("Their ids, one a line. Without stations and groups: all.")
                ),
                "groups": _choices(StationGroup.objects.all(), _("Station groups")),
                "after_minutes": made["after_minutes"],
                "people": _choices(people.who_may_see(organisation), _("People to tell")),
                "teams": _choices(Team.objects.all(), _("Teams to tell")),
                "addresses": AddressesField(label=_("Further e-mail addresses"), help_text=_("One a line.")),
                "opens_ticket": made["opens_ticket"],
                "ticket_priority": made["ticket_priority"],
                "ticket_category": _choice(TicketCategory.objects.all(), _("Category of the ticket")),
                "ticket_team": _choice(Team.objects.all(), _("Team of the ticket")),
            }
        )
        self.fields["opens_ticket"].label = _("Open a ticket")

    def clean_stations(self) -> list[Station]:
        wanted = {identity.upper() for identity in self.cleaned_data["stations"]}
        found = list(Station.objects.filter(identity__in=self.cleaned_data["stations"])) if wanted else []
        unknown = wanted - {station.identity.upper() for station in found}
        if unknown:
            raise ValidationError(
                _("There are no stations of these ids: %(ids)s") % {"ids": ", ".join(sorted(unknown))}
            )
        return found

    def clean(self) -> dict[str, Any]:
        told = [name for name in ("people", "teams", "addresses", "opens_ticket") if self.cleaned_data.get(name)]
        if not told and not self.errors:
            raise ValidationError(_("Name somebody to tell, or let the rule open a ticket."))
        return self.cleaned_data


def _choice(queryset: Any, label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(queryset, label=label, required=False, empty_label="–")


def _choices(queryset: Any, label: Any) -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(queryset, label=label, required=False, widget=forms.CheckboxSelectMultiple)


def _boxes(choices: Any, label: Any, hint: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=hint
    )
