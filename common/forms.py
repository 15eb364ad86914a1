"""Forms in our look: each field with its label, hint and error beside it, in the markup that Tabler's styles know."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from common.rights import Text
from common.views import page_or_fragment

CLASSES = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select", "hidden": ""}


class StyledBoundField(BoundField):
    """Gives every widget the class of its kind, whichever form it stands in."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        wanted = [CLASSES.get(getattr(widget, "input_type", ""), "form-control"), str(widget.attrs.get("class", ""))]
        if self.errors and not widget.is_hidden:
            wanted.append("is-invalid")
        return {**built, "class": " ".join(filter(None, wanted))}

    @property
    def is_file_lost(self) -> bool:
        """Whether files came along with a form that was refused for something else: no browser keeps them."""
        return self.name in self.form.files and bool(self.form.errors) and not self.errors


class Renderer(TemplatesSetting):
    """The project's form renderer (settings.FORM_RENDERER)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class = StyledBoundField


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own calendar and clock, to the minute."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class FilesInput(forms.FileInput):
    """Any number of files: a place to drop them on, and the list of those chosen (`static/js/upload.js`)."""

    allow_multiple_selected = True
    template_name = "forms/files.html"


class FilesField(forms.FileField):
    """Cleans to the list of the uploaded files, which may be empty where the field is not required."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = (data or [None]) if isinstance(data, list | tuple) else [data]
        found = [self._clean_one(file, initial, named=len(files) > 1) for file in files]
        return [file for file in found if file]

    def _clean_one(self, file: Any, initial: Any, *, named: bool) -> Any:
        try:
            return super().clean(file, initial)
        except ValidationError as error:
            if not named:
                raise
            raise ValidationError([f"{file.name}: {text}" for text in error.messages]) from error


def form_page(
    request: HttpRequest, form: forms.BaseForm, *, title: Text, submit: Text, back: str = "", **context: Any
) -> HttpResponse:
    """Show a form: a page of its own, or inside the dialog that HTMX opened. Status 422 where it holds errors.

    `warning` in the context says what a destructive form will do; `danger` colours its button.
    """
    values = {"form": form, "title": title, "submit": submit, "back": back, **context}
    return page_or_fragment(request, "form.html", values, "form_body.html", status=422 if form.errors else 200)


def done(request: HttpRequest, url: str) -> HttpResponse:
    """Go on to `url` after a form that succeeded, also from inside a dialog."""
    return HttpResponseClientRedirect(url) if getattr(request, "htmx", None) else redirect(url)
