"""Roles: the matrix of rights and roles, and the roles themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import cast

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import selectors, services
from accounts.forms import RoleForm
from accounts.models import Role
from accounts.rights import CHANGE_ROLES, VIEW_ROLES
from common.access import Access, access_of
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.numbers import whole_number
from common.rights import Right, Text, all_rights
from common.sheets import Tab, tabs_by_right
from common.views import page


@dataclass(frozen=True)
class Cell:
    """One right of one role; `open` where this caller may give and take it."""

    role: Role
    held: bool
    open: bool


# A right, the tabs that hang on it, and its cell for every role.
Line = tuple[Right, Sequence[Tab], list[Cell]]


@page(VIEW_ROLES)
def roles(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    shown = list(Role.objects.all())
    context = {"roles": shown, "groups": matrix(access, shown), "may_change": access.can(CHANGE_ROLES)}
    return render(request, "accounts/roles.html", context)


def matrix(access: Access, shown: list[Role]) -> list[tuple[Text, list[Line]]]:
    """The rights by group, each with a cell for every role. One query for each role."""
    held = {role: selectors.codes_of_roles([role]) for role in shown}

    def cell(role: Role, right: Right) -> Cell:
        is_open = access.can(CHANGE_ROLES) and access.can(right) and not role.is_administrator
        return Cell(role, right.code in held[role], is_open)

    tabs = tabs_by_right()
    lines = [(right, tabs.get(right.code, ()), [cell(role, right) for role in shown]) for right in all_rights()]
    by_group = groupby(sorted(lines, key=lambda line: str(line[0].group)), key=lambda line: line[0].group)
    return [(group, list(members)) for group, members in by_group]


@page(CHANGE_ROLES)
@require_POST
def set_rights(request: HttpRequest) -> HttpResponseBase:
    """The whole matrix at once: `role` names the roles that were shown, `held` pairs `<role>:<right>`."""
    held = [pair.partition(":") for pair in request.POST.getlist("held")]
    shown = [pk for text in request.POST.getlist("role") if (pk := whole_number(text))]
    wanted = {
        role: {code for pk, _colon, code in held if pk == str(role.pk)}
        for role in Role.objects.filter(pk__in=shown, is_administrator=False)
    }
    attempt(request, _("The roles were changed."), store, access_of(request), wanted)
    return redirect("roles")


@transaction.atomic
def store(access: Access, wanted: dict[Role, set[str]]) -> None:
    """All roles or none. Rights that the caller does not hold were not offered: they stay as they are."""
    for role, codes in wanted.items():
        kept = selectors.codes_of_roles([role]) - access.rights
        services.set_role_rights(access.actor, role, codes | kept)


@page(CHANGE_ROLES)
def create_role(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = RoleForm(posted(request))
    if form.is_valid() and fits(form, services.create_role, access.actor, access.organisation, **form.cleaned_data):
        return done(request, reverse("roles"))
    return form_page(request, form, title=_("New role"), submit=_("Create"), back=reverse("roles"))


@page(CHANGE_ROLES)
def edit_role(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One role: rename or delete it."""
    role = found(pk)
    title = str(role)
    form = RoleForm(posted(request), initial={"name": role.name})
    if form.is_valid() and fits(form, services.rename_role, access_of(request).actor, role, **form.cleaned_data):
        return redirect("roles")
    context = {"form": form, "role_pk": pk, "title": title, "submit": _("Rename"), "back": reverse("roles")}
    return render(request, "accounts/role.html", context, status=422 if form.errors else 200)


@page(CHANGE_ROLES)
@require_POST
def delete_role(request: HttpRequest, pk: int) -> HttpResponseBase:
    attempt(request, _("The role was deleted."), services.delete_role, access_of(request).actor, found(pk))
    return redirect("roles")


def found(pk: int) -> Role:
    return cast(Role, get_object_or_404(Role.objects.select_related("organisation"), pk=pk))
