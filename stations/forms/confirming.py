from django import forms


class DeleteForm(forms.Form):
    """Nothing to type: the dialog asks whether it is meant."""

    confirmed = forms.CharField(widget=forms.HiddenInput, initial="1")
