"""Inputs that more than one form of the charging app needs."""

from django import forms
from django.urls import reverse_lazy


class SuggestingInput(forms.TextInput):
    """A text with suggestions: the view named `url_name` answers with options for what is typed."""

    template_name = "charging/widgets/suggesting.html"

    def __init__(self, url_name: str, data_for_method: str = "") -> None:
        """`data_for_method`: the way of starting a session that alone shows the field (cpms.css)."""
        super().__init__(
            attrs={
                **({"data-for-method": data_for_method} if data_for_method else {}),
                "list": url_name,
                "autocomplete": "off",
                "hx-get": reverse_lazy(url_name),
                "hx-trigger": "input changed delay:200ms",
                "hx-target": f"#{url_name}",
                "hx-swap": "innerHTML",
                "hx-push-url": "false",
            }
        )
