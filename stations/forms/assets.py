from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.forms import DateInput
from stations.choices import ArticleKind
from stations.models import Article, ArticleGroup, Component, Station

_MOST_FIELDS = 20
_PREFIX = "field_"


class ArticleGroupForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=ArticleKind.choices)
    fields_text = forms.CharField(
        label=_("Form fields"),
        required=False,
        max_length=2_000,
        help_text=_("One on each line: what is asked of every article of this group, e.g. number of SIM slots."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def clean_fields_text(self) -> list[str]:
        names = dict.fromkeys(line.strip() for line in self.cleaned_data["fields_text"].splitlines() if line.strip())
        if len(names) > _MOST_FIELDS or any(len(name) > 60 for name in names):
            raise ValidationError(_("At most 20 fields with at most 60 letters each."))
        return list(names)

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"name": data["name"], "kind": data["kind"], "fields": data["fields_text"]}


class ArticleForm(forms.Form):
    """An article of one group, whose own fields are asked besides."""

    name = forms.CharField(label=_("Name"), max_length=120)
    article_number = forms.CharField(label=_("Article number"), max_length=60, required=False)
    manufacturer = forms.CharField(label=_("Manufacturer"), max_length=60, required=False)
    warranty_months = forms.IntegerField(label=_("Warranty in months"), min_value=0, max_value=600, required=False)

    def __init__(self, data: Any = None, *, group: ArticleGroup, article: Article) -> None:
        names = ("name", "article_number", "manufacturer", "warranty_months")
        super().__init__(data, initial={name: getattr(article, name) for name in names})
        self.group = group
        for number, name in enumerate(group.fields):
            self.fields[f"{_PREFIX}{number}"] = forms.CharField(label=name, max_length=200, required=False)
            self.initial[f"{_PREFIX}{number}"] = article.values.get(name, "")

    @property
    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        answers = {name: data[f"{_PREFIX}{number}"] for number, name in enumerate(self.group.fields)}
        plain = {name: value for name, value in data.items() if not name.startswith(_PREFIX)}
        return {**plain, "group": self.group, "values": answers}


class DetailsForm(forms.Form):
    """What is written down of a component where it is installed."""

    port_number = forms.IntegerField(
        label=_("Charge port"),
        min_value=1,
        max_value=999,
        required=False,
        help_text=_("Empty: it belongs to the whole station."),
    )
    installation_number = forms.CharField(label=_("Installation number"), max_length=60, required=False)
    installed_by = forms.CharField(label=_("Installed by"), max_length=120, required=False)
    installed_on = forms.DateField(label=_("Installed on"), widget=DateInput, required=False)
    warranty_until = forms.DateField(
        label=_("Warranty until"),
        widget=DateInput,
        required=False,
        help_text=_("Empty: as the article says, from the day of installation."),
    )
    note = forms.CharField(label=_("Note"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class InstallForm(DetailsForm):
    """A component by its article and serial number; one in stock is recognised by them."""

    serial_number = forms.CharField(
        label=_("Serial number"),
        max_length=60,
        required=False,
        help_text=_("A component in stock is recognised by its article and serial number."),
    )
    first: tuple[str, ...] = ("article", "serial_number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["article"] = forms.ModelChoiceField(
            Article.objects.order_by("name"), label=_("Article"), empty_label="–"
        )
        self.order_fields(self.first)


class ReplaceForm(InstallForm):
    old = forms.ChoiceField(
        label=_("The old component"),
        choices=(("retire", _("goes out of use")), ("stock", _("goes into stock"))),
        initial="retire",
        widget=forms.RadioSelect,
    )
    first = ("old", "article", "serial_number")


class RemoveForm(forms.Form):
    where = forms.ChoiceField(
        label=_("The component"),
        choices=(("stock", _("goes into stock")), ("retire", _("goes out of use"))),
        initial="stock",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Reason"), max_length=2_000, required=False)


class ChangeForm(DetailsForm):
    serial_number = forms.CharField(label=_("Serial number"), max_length=60, required=False)
    field_order = ("serial_number",)


class MoveForm(DetailsForm):
    """To which station a component goes."""

    station = forms.CharField(label=_("Station id"), max_length=48)
    field_order = ("station",)

    def clean_station(self) -> Station:
        found = Station.objects.filter(identity__iexact=self.cleaned_data["station"].strip()).first()
        if found is None:
            raise ValidationError(_("There is no station of this id."))
        return found


def details_of(component: Component, *names: str) -> dict[str, Any]:
    """The initial values of a form about the component."""
    return {name: getattr(component, name) for name in (*DetailsForm.base_fields, *names)}
