"""The organisation's descriptions of configuration keys: list and entry."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import services
from chargeports.configuration import CATALOGUE
from chargeports.filters import ConfigurationKeyFilter
from chargeports.forms.settings import ConfigurationKeyForm
from chargeports.models import ConfigurationKey
from chargeports.port_fields import known_rules
from chargeports.rights import CHANGE_CONFIGURATION_KEYS, VIEW_CONFIGURATION
from chargeports.tables import CONFIGURATION_KEYS
from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page

LIST = "configuration-keys"
_ASKED = ("key", "vendor", "model")


@page(VIEW_CONFIGURATION, token_allowed=True)
def keys(request: HttpRequest) -> HttpResponseBase:
    filters = ConfigurationKeyFilter(request.GET, ConfigurationKey.objects.all(), request=request)
    table = CONFIGURATION_KEYS.bind(request, filters.qs, filters)
    context = {"table": table, "filters": filters, "standard": CATALOGUE, "rules": known_rules()}
    return table.response() or render(request, "chargeports/configuration_keys.html", context)


@page(CHANGE_CONFIGURATION_KEYS)
def create(request: HttpRequest) -> HttpResponseBase:
    """The query fills in fields: a setting that nobody described leads here."""
    access = access_of(request)
    asked = {name: request.GET[name][:60] for name in _ASKED if name in request.GET}
    form = ConfigurationKeyForm(posted(request), key=ConfigurationKey(organisation=access.organisation, **asked))
    if form.is_valid() and fits(form, services.create_key, access.actor, access.organisation, form.cleaned_data):
        return done(request, reverse(LIST))
    return form_page(request, form, title=_("Describe a key"), submit=_("Create"), back=reverse(LIST))


@page(CHANGE_CONFIGURATION_KEYS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    key = get_object_or_404(ConfigurationKey, pk=pk)
    form = ConfigurationKeyForm(posted(request), key=key)
    actor = access_of(request).actor
    if form.is_valid() and fits(form, services.update_key, actor, key, form.cleaned_data):
        return done(request, reverse(LIST))
    return form_page(request, form, title=_("Change the description"), submit=_("Save"), back=reverse(LIST))


@page(CHANGE_CONFIGURATION_KEYS)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    key = get_object_or_404(ConfigurationKey, pk=pk)
    return confirm(
        request,
        services.delete_key,
        key,
        title=_("Delete the description of “%(key)s”?") % {"key": key},
        submit=_("Delete"),
        back=reverse(LIST),
        warning=_("Stations keep the setting; only what is known of it here goes."),
        danger=True,
    )
