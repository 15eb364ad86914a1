"""The pages of an import from CSV: upload, dry run with every problem by line and column, then all of it or nothing.

An app declares a `CsvImport` and lists its `pages` among its addresses, which are named after it: `<name>`,
`<name>-apply`, `<name>-problems` and `<name>-template`. What a file means is the app's own: `check` plans and `apply`
writes.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.access import Access, access_of
from common.actor import Actor
from common.csv_files import csv_response
from common.csv_reading import Problem
from common.errors import Refused
from common.rights import Right, Text
from common.views import page

MAX_BYTES = 20 * 1024 * 1024
# How long a checked file waits for its import.
KEPT_S = 3600
SHOWN_PROBLEMS = 500
_upload_methods = require_http_methods(["GET", "HEAD", "POST"])


class ImportPlan(Protocol):
    """What a file would do. `problems` are in the order of the lines; with any of them nothing can be written."""

    problems: list[Problem]

    @property
    def new(self) -> list[str]: ...

    @property
    def changed(self) -> list[str]: ...

    @property
    def unchanged_count(self) -> int: ...


def too_large(data: bytes) -> Problem | None:
    """What is wrong with a file that is read no further."""
    if len(data) <= MAX_BYTES:
        return None
    return Problem(1, "", _("The file is larger than %(megabytes)d MB: split it.") % {"megabytes": MAX_BYTES // 2**20})


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("Comma, semicolon or tab between the columns; UTF-8 or Windows encoding."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


@dataclass(frozen=True)
class CsvImport:
    """`name` of the pages; `back` of the list; `rules` a template with what to know of the file; `columns` all there
    are; `new`, `changed` and `done` the words for what is made, what changes, and what was done (with both numbers).
    """

    name: str
    back: str
    title: Text
    rules: str
    new: Text
    changed: Text
    done: Text
    columns: Callable[[], Sequence[str]]
    check: Callable[[Any, bytes], ImportPlan]
    apply: Callable[[Actor, Any, bytes], ImportPlan]

    # --- Pages ----------------------------------------------------------------------------------------------------
    def pages(self, address: str, right: Right) -> list[URLPattern]:
        """The four pages below `address`, for those who hold the right."""
        declared = page(right)
        return [
            path(address, declared(_upload_methods(self.upload)), name=self.name),
            path(f"{address}apply/", declared(require_POST(self.carry_out)), name=f"{self.name}-apply"),
            path(f"{address}problems/", declared(require_POST(self.problems)), name=f"{self.name}-problems"),
            path(f"{address}template/", declared(require_safe(self.template)), name=f"{self.name}-template"),
        ]

    def upload(self, request: HttpRequest) -> HttpResponseBase:
        """Upload a file and see what it would do. Nothing is changed."""
        form = ImportForm(request.POST or None, request.FILES or None)
        if not form.is_valid():
            context = {"form": form, **self._context()}
            return render(request, "import.html", context, status=422 if form.errors else 200)
        access = access_of(request)
        data = form.cleaned_data["file"].read(MAX_BYTES + 1)
        plan = self.check(access.organisation, data)
        return self._show(request, plan, self._keep(access, data), form.cleaned_data["file"].name)

    def carry_out(self, request: HttpRequest) -> HttpResponseBase:
        """Import the file that was checked: all of it, or nothing."""
        access, key = access_of(request), request.POST.get("key", "")
        data = cache.get(self._key(access, key))
        if data is None:
            return self._gone(request)
        try:
            plan = self.apply(access.actor, access.organisation, data)
        except Refused as refusal:
            messages.error(request, str(refusal.message))
            return redirect(self.name)
        if plan.problems:
            return self._show(request, plan, key, request.POST.get("name", ""))
        cache.delete(self._key(access, key))
        messages.success(request, str(self.done) % {"new": len(plan.new), "changed": len(plan.changed)})
        return redirect(self.back)

    def problems(self, request: HttpRequest) -> HttpResponseBase:
        """Everything that is wrong with the checked file, as a file."""
        access = access_of(request)
        data = cache.get(self._key(access, request.POST.get("key", "")))
        if data is None:
            return self._gone(request)
        found = self.check(access.organisation, data).problems
        rows = [(problem.line, problem.column, str(problem.message)) for problem in found]
        return csv_response("import-problems", (_("Line"), _("Column"), _("Problem")), rows, local=True)

    def template(self, request: HttpRequest) -> HttpResponseBase:
        """An empty file with every column."""
        return csv_response(self.back, self.columns(), (), local=True)

    # --- Details --------------------------------------------------------------------------------------------------
    def _context(self) -> dict[str, Any]:
        addresses = {f"{name}_url": f"{self.name}-{name}" for name in ("apply", "problems", "template")}
        return {"csv": self, "columns": self.columns(), "upload_url": self.name, "back_url": self.back, **addresses}

    def _show(self, request: HttpRequest, plan: ImportPlan, key: str, name: str) -> HttpResponse:
        context: dict[str, Any] = {
            "plan": plan,
            "key": key,
            "name": name,
            "problems": plan.problems[:SHOWN_PROBLEMS],
            "form": ImportForm(),
            **self._context(),
        }
        return render(request, "import_plan.html", context, status=422 if plan.problems else 200)

    def _gone(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, _("The checked file is no longer there. Upload it again."))
        return redirect(self.name)

    def _keep(self, access: Access, data: bytes) -> str:
        key = secrets.token_urlsafe(16)
        cache.set(self._key(access, key), data, KEPT_S)
        return key

    def _key(self, access: Access, key: str) -> str:
        """Only who uploaded the file finds it again, and only in the same organisation."""
        return f"{self.name}.{access.organisation.pk}.{access.actor.kind}.{access.actor.id}.{key[:64]}"
