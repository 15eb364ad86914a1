"""The organisation's people."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import selectors, services
from accounts.filters import MemberFilter
from accounts.forms import InvitationForm, MemberForm
from accounts.models import Membership, Role
from accounts.rights import CHANGE_USERS, VIEW_USERS
from accounts.tables import MEMBERS
from common.access import access_of
from common.doors import attempt, fits, posted
from common.forms import done, form_page
from common.views import page


@page(VIEW_USERS, token_allowed=True)
def users(request: HttpRequest) -> HttpResponseBase:
    filters = MemberFilter(request.GET, selectors.members(access_of(request).organisation), request=request)
    table = MEMBERS.bind(request, filters.qs, filters)
    return table.response() or render(request, "accounts/users.html", {"table": table, "filters": filters})


@page(CHANGE_USERS)
def invite(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = InvitationForm(posted(request), roles=Role.objects.all(), initial={"language": access.organisation.language})
    if form.is_valid() and fits(form, services.invite_user, access.actor, access.organisation, **form.cleaned_data):
        return done(request, reverse("users"))
    return form_page(request, form, title=_("Invite a person"), submit=_("Send the invitation"), back=reverse("users"))


@page(CHANGE_USERS)
def member(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One person's roles."""
    membership = found(pk)
    form = MemberForm(posted(request), roles=Role.objects.all(), initial={"roles": membership.roles.all()})
    if form.is_valid():
        roles = list(form.cleaned_data["roles"])
        if fits(form, services.change_member_roles, access_of(request).actor, membership, roles):
            messages.success(request, _("The roles were changed."))
            return redirect("users")
    context = {
        "form": form,
        "membership": membership,
        "title": str(membership.user),
        "submit": _("Save"),
        "back": reverse("users"),
    }
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)


@page(CHANGE_USERS)
@require_POST
def send_invitation(request: HttpRequest, pk: int) -> HttpResponseBase:
    membership = found(pk)
    text = _("The invitation was sent to %(email)s.") % {"email": membership.user.email}
    attempt(request, text, services.send_invitation, access_of(request).actor, membership)
    return redirect("user", pk)


@page(CHANGE_USERS)
@require_POST
def remove_member(request: HttpRequest, pk: int) -> HttpResponseBase:
    membership = found(pk)
    text = _("%(person)s is no longer a member.") % {"person": membership.user}
    removed = attempt(request, text, services.remove_member, access_of(request).actor, membership)
    return redirect("users") if removed else redirect("user", pk)


def found(pk: int) -> Membership:
    members = Membership.objects.select_related("user", "organisation")
    return cast(Membership, get_object_or_404(members, pk=pk))
