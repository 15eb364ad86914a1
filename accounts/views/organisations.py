"""The organisation's settings and its subscription."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import services
from accounts.forms import OrganisationForm
from accounts.models import Organisation
from accounts.rights import CHANGE_ORGANISATION, CHANGE_SUBSCRIPTION, VIEW_SUBSCRIPTION
from common.access import access_of
from common.doors import attempt, fits, posted
from common.forms import form_page
from common.rights import all_features
from common.sheets import tabs_by_feature
from common.views import page


@page(CHANGE_ORGANISATION)
def organisation(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    stored = Organisation.objects.get(pk=access.organisation.pk)
    form = OrganisationForm(posted(request), instance=stored)
    if form.is_valid() and fits(
        form, services.change_organisation, access.actor, access.organisation, **form.cleaned_data
    ):
        messages.success(request, _("The settings were changed."))
        return redirect("organisation")
    return form_page(request, form, title=_("Organisation"), submit=_("Save"))


@page(VIEW_SUBSCRIPTION)
def subscription(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    tabs = tabs_by_feature()
    features = [(feature, access.has(feature), tabs.get(feature.code, ())) for feature in all_features()]
    context = {"features": features, "may_change": access.can(CHANGE_SUBSCRIPTION)}
    return render(request, "accounts/subscription.html", context)


@page(CHANGE_SUBSCRIPTION)
@require_POST
def set_features(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    codes = request.POST.getlist("features")
    attempt(
        request, _("The subscription was changed."), services.set_features, access.actor, access.organisation, codes
    )
    return redirect("subscription")
