"""The firmware library: list, add, change, remove."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import firmware as firmwares
from chargeports import services
from chargeports.filters import FirmwareFilter
from chargeports.forms import FirmwareForm
from chargeports.models import Firmware
from chargeports.rights import CHANGE_FIRMWARE, VIEW_FIRMWARE
from chargeports.tables import FIRMWARE
from common.access import access_of
from common.confirming import confirm
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page


@page(VIEW_FIRMWARE, token_allowed=True)
def library(request: HttpRequest) -> HttpResponseBase:
    filters = FirmwareFilter(request.GET, firmwares.library(), request=request)
    table = FIRMWARE.bind(request, filters.qs, filters)
    return table.response() or render(request, "chargeports/firmware.html", {"table": table, "filters": filters})


@page(CHANGE_FIRMWARE)
def add(request: HttpRequest) -> HttpResponseBase:
    access = access_of(request)
    form = FirmwareForm(posted(request), request.FILES or None, firmware=Firmware())
    if form.is_valid() and fits(form, services.add_firmware, access.actor, access.organisation, **form.cleaned_data):
        messages.success(request, _("The firmware is in the library."))
        return done(request, reverse("firmware"))
    return form_page(request, form, title=_("New firmware"), submit=_("Add"), back=reverse("firmware"))


@page(CHANGE_FIRMWARE)
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    firmware = get_object_or_404(firmwares.library(), pk=pk)
    title = _("Firmware %(firmware)s") % {"firmware": firmware}
    form = FirmwareForm(posted(request), firmware=firmware)
    if form.is_valid() and fits(
        form, services.change_firmware, access_of(request).actor, firmware, **form.cleaned_data
    ):
        return done(request, reverse("firmware"))
    return form_page(request, form, title=title, submit=_("Save"), back=reverse("firmware"))


@page(CHANGE_FIRMWARE)
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    firmware = get_object_or_404(firmwares.library(), pk=pk)
    return confirm(
        request,
        services.remove_firmware,
        firmware,
        title=_("Remove the firmware %(firmware)s?") % {"firmware": firmware},
        submit=_("Remove"),
        back=reverse("firmware"),
        warning=_("It is offered no more, and an update that is under way can no longer fetch it."),
        danger=True,
    )
