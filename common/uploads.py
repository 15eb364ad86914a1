"""Answers to uploads: to the script that sends one file at a time, and to an ordinary form with many."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from common.errors import Refused
from common.rights import Text


def take_uploads(
    request: HttpRequest, files: Iterable[UploadedFile], keep: Callable[[UploadedFile], Any], *, back: str, done: Text
) -> HttpResponse:
    """Hand each file to the service `keep`. What it refuses is told, the others are kept."""
    errors = [(file.name, error) for file in files if (error := _refusal(file, keep))]
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"errors": [error for _name, error in errors]}, status=422 if errors else 200)
    for name, error in errors:
        messages.error(request, f"{name}: {error}")
    if not errors:
        messages.success(request, str(done))
    return redirect(back)


def _refusal(file: UploadedFile, keep: Callable[[UploadedFile], Any]) -> str:
    try:
        keep(file)
    except Refused as refusal:
        return str(refusal.message)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""
