"""API tokens: list, make, revoke."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import services
from accounts.forms import TokenForm
from accounts.models import ApiToken
from accounts.rights import CHANGE_TOKENS, VIEW_TOKENS
from accounts.tables import TOKENS
from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import form_page
from common.rights import all_rights
from common.views import page


@page(VIEW_TOKENS)
def api_tokens(request: HttpRequest) -> HttpResponseBase:
    tokens = ApiToken.objects.select_related("created_by").prefetch_related("rights")
    table = TOKENS.bind(request, tokens)
    return table.response() or render(request, "accounts/api_tokens.html", {"table": table})


@page(CHANGE_TOKENS)
@never_cache
def create_token(request: HttpRequest) -> HttpResponseBase:
    """The answer to the form is the only page that ever shows the secret."""
    access = access_of(request)
    form = TokenForm(posted(request), rights=[right for right in all_rights() if access.can(right)])
    made: list[str] = []

    def create() -> None:
        values = form.cleaned_data["name"], form.cleaned_data["rights"], form.expires_at()
        made.append(services.create_token(access.actor, access.organisation, *values)[1])

    if form.is_valid() and fits(form, create):
        return render(request, "accounts/api_token_made.html", {"secret": made[0], "name": form.cleaned_data["name"]})
    return form_page(request, form, title=_("New API token"), submit=_("Make the token"), back=reverse("api-tokens"))


@page(CHANGE_TOKENS)
def revoke_token(request: HttpRequest, pk: int) -> HttpResponseBase:
    token: ApiToken = get_object_or_404(ApiToken.objects.select_related("organisation"), pk=pk)
    return confirm(
        request,
        services.revoke_token,
        token,
        title=_("Revoke the API token “%(name)s”?") % {"name": token},
        submit=_("Revoke"),
        back=reverse("api-tokens"),
        warning=_("Programs that use it are refused from now on. It cannot be made good again."),
        message=_("The token was revoked."),
        danger=True,
    )
