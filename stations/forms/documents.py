from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import FilesField


class UploadForm(forms.Form):
    uploads = FilesField(
        label=_("Files"), help_text=_("A file with the name of a document that is there becomes its newer version.")
    )
    description = forms.CharField(label=_("Description"), max_length=500, required=False)


class NewerVersionForm(forms.Form):
    file = forms.FileField(label=_("File"))


class DescriptionForm(forms.Form):
    description = forms.CharField(label=_("Description"), max_length=500, required=False, strip=True)
