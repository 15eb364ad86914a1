"""How a web door shows what a service refused: at the form's fields, or as a message; nothing typed is lost."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict

from common.errors import Refused, refusal_of


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the fields of a POST, even of an empty one."""
    return request.POST if request.method == "POST" else None


def fits(form: BaseForm, service: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Call the service; whether it did what was asked. What it refused stands in the form."""
    try:
        service(*args, **kwargs)
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
    except ValidationError as error:
        show_in(form, error)
    except IntegrityError as error:
        form.add_error(None, str(refusal_of(error).message))
    return form.is_valid()


def show_in(form: BaseForm, error: ValidationError) -> None:
    """Errors of fields that the form does not show stand above it."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for name, texts in by_field.items():
        form.add_error(name if name in form.fields else None, ValidationError(texts))


def attempt(request: HttpRequest, done: Any, service: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Call the service and tell the person `done`, or why not, on the next page; whether it was done."""
    try:
        service(*args, **kwargs)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except IntegrityError as error:
        messages.error(request, str(refusal_of(error).message))
    else:
        messages.success(request, str(done))
        return True
    return False
