"""Forms of people, roles, tokens and settings. They decode what was typed; the services decide."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel.numbers import list_currencies
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.choices import Theme
from accounts.models import ApiToken, Organisation, Role, SavedFilter, User
from common.rights import Right, Text
from common.webhooks import all_events


@cache
def time_zones() -> list[tuple[str, str]]:
    """The IANA time zones that name a place, for a select."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name] + [("UTC", "UTC")]


def currencies() -> list[str]:
    """ISO 4217 codes."""
    return sorted(list_currencies())


class TimeZoneField(forms.ChoiceField):
    """`nothing` is the label of an empty choice; without one a zone must be chosen."""

    def __init__(self, *, nothing: Text = "", **kwargs: Any) -> None:
        empty = [("", nothing)] if nothing else []
        super().__init__(choices=lambda: [*empty, *time_zones()], label=_("Time zone"), required=not nothing, **kwargs)


class RolesField(forms.ModelMultipleChoiceField):
    """Any of the organisation's roles; made inside its scope."""

    def __init__(self, **kwargs: Any) -> None:
        nothing = Role.objects.none()
        super().__init__(nothing, required=False, widget=forms.CheckboxSelectMultiple, label=_("Roles"), **kwargs)


class MemberForm(forms.Form):
    roles = RolesField()

    def __init__(self, *args: Any, roles: QuerySet[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].queryset = roles  # type: ignore[attr-defined]


class InvitationForm(MemberForm):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    field_order = ("email", "name", "language", "roles")


class RoleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)


class OrganisationForm(forms.ModelForm):
    time_zone = TimeZoneField()
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    currency = forms.ChoiceField(label=_("Currency"), choices=lambda: [(code, code) for code in currencies()])

    class Meta:
        model = Organisation
        fields = ("name", "time_zone", "language", "currency")


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=ApiToken._meta.get_field("name").max_length, help_text=_("What the token is for.")
    )
    expires_on = forms.DateField(
        label=_("Expires after"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("The last day on which it works. Empty: until it is revoked."),
    )
    rights = forms.MultipleChoiceField(label=_("Rights"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, rights: list[Right], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, Text]]] = {}
        for right in rights:
            groups.setdefault(str(right.group), []).append((right.code, right.label))
        self.fields["rights"].choices = list(groups.items())  # type: ignore[attr-defined]

    def expires_at(self) -> datetime | None:
        """The end of the last day, in the reader's time zone."""
        last: date | None = self.cleaned_data["expires_on"]
        return timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min)) if last else None


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Each event is sent there by POST. Redirects are not followed."),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(event.name, event.label) for event in all_events() if event.chosen],
    )
    active = forms.BooleanField(label=_("Active"), required=False, initial=True)


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser")), *settings.LANGUAGES]
    )
    time_zone = TimeZoneField(nothing=_("As the organisation"))
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme.choices)

    class Meta:
        model = User
        fields = ("name", "language", "time_zone", "theme")


class PreferencesForm(forms.Form):
    """One choice of the menu at the top."""

    language = forms.ChoiceField(required=False, choices=settings.LANGUAGES)
    theme = forms.ChoiceField(required=False, choices=Theme.choices)


class SavedFilterForm(forms.ModelForm):
    class Meta:
        model = SavedFilter
        fields = ("page", "name", "query")
        widgets = {"page": forms.HiddenInput, "query": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["query"].required = False
