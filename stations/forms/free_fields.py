from django import forms
from django.utils.translation import gettext_lazy as _


class FreeFieldForm(forms.Form):
    name = forms.CharField(label=_("Description"), max_length=120)
    value = forms.CharField(label=_("Value"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))


class FieldTemplateForm(forms.Form):
    name = forms.CharField(label=_("Description"), max_length=120)
