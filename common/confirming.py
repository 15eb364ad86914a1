"""The dialog that asks whether something is meant: to delete it, to end it, to make it anew."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from common.access import access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.rights import Text


class ConfirmForm(forms.Form):
    """Nothing to type: to send it is the answer."""

    confirmed = forms.CharField(widget=forms.HiddenInput, initial="1")


def confirm(
    request: HttpRequest,
    service: Callable[..., Any],
    *subject: Any,
    back: str,
    then: str = "",
    message: Text = "",
    **page: Any,
) -> HttpResponseBase:
    """Ask first; once it is confirmed, let `service` do it with the acting person and the subject, and go on to `then`
    or else `back`, where `message` tells what was done. What speaks against it stands in the dialog.

    `page` is what `form_page` shows: `title`, `submit`, `warning`, `intro`, `danger` …
    """
    form = ConfirmForm(posted(request))
    if form.is_valid() and fits(form, service, access_of(request).actor, *subject):
        if message:
            messages.success(request, str(message))
        return done(request, then or back)
    return form_page(request, form, back=back, **page)
