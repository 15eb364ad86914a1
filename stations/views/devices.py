"""The tab *Device details*: what is installed, whence each value comes, and where the same hardware was before."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Field, Q
from django.db.models.functions import Upper
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.access import access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.identifiers import luhn_remark
from common.rights import Text
from common.views import page
from stations import selectors, services
from stations.choices import ArticleKind
from stations.forms import DeviceForm
from stations.models import Component, DeviceDetails, HardwareTrace, Station, StationReport
from stations.rights import CHANGE_DEVICES
from stations.selectors import station_by_identity
from stations.views.sheet import station_tab

SLUG = "device-details"
_MOST = 50
_FIRMWARE = "firmware_version"
_CHECKED = ("iccid", "imei")
_PARTS = (ArticleKind.CONTROLLER, ArticleKind.GATEWAY, ArticleKind.METER, ArticleKind.MODEM)
_IDENTIFYING = ("serial_number", "box_serial_number", "iccid", "imsi", "meter_serial_number")
# What is shown of the device, in this order: the field of the report, or of the device details.
_REPORTED = ("vendor", "model", "serial_number", "box_serial_number", _FIRMWARE, "iccid", "imsi")
_METER = ("meter_type", "meter_serial_number")
_ENTERED_ONLY = ("imei", "sim_address", "controller", "gateway", "commissioned_on", "warranty_until")


@dataclass(frozen=True)
class Detail:
    """One line: what people entered, what the charger reports, and what is odd about it."""

    label: Text
    entered: str
    reported: str
    remark: Text | None

    @property
    def differs(self) -> bool:
        return bool(self.entered and self.reported) and self.entered.lower() != self.reported.lower()


def device_details(request: HttpRequest, station: Station) -> HttpResponseBase:
    """Four queries: device details, components, the station's own trace, and that of its hardware elsewhere."""
    device = _device(station)
    trace = list(HardwareTrace.objects.filter(station=station)[:200])
    parts = Component.objects.filter(station=station, article__group__kind__in=_PARTS)
    context = {
        "details": _details(station, device),
        "parts": parts.select_related("article__group").order_by("port_number", "pk")[:_MOST],
        "firmware": [entry for entry in trace if entry.field == _FIRMWARE],
        "changes": [(_label(entry.field), entry) for entry in trace if entry.field != _FIRMWARE],
        "elsewhere": [(_label(entry.field), entry) for entry in _elsewhere(station, device)],
    }
    return station_tab(request, station, SLUG, "stations/device_details.html", context)


def _device(station: Station) -> DeviceDetails:
    found = DeviceDetails.objects.filter(station=station).first()
    return found or DeviceDetails(station=station, organisation_id=station.organisation_id)


def _details(station: Station, device: DeviceDetails) -> list[Detail]:
    pairs = [(name, str(getattr(station, name, "")), selectors.reported(station, name)) for name in _REPORTED]
    pairs += [(name, "", selectors.reported(station, name)) for name in _METER]
    pairs += [(name, _in_words(getattr(device, name)), "") for name in _ENTERED_ONLY]
    return [
        Detail(_label(name), entered, said, luhn_remark(entered or said) if name in _CHECKED else None)
        for name, entered, said in pairs
    ]


def _in_words(value: Any) -> str:
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value or "")


def _label(name: str) -> Text:
    model = DeviceDetails if name in _ENTERED_ONLY else StationReport
    return cast("Field[str, str]", model._meta.get_field(name)).verbose_name


def _elsewhere(station: Station, device: DeviceDetails) -> list[HardwareTrace]:
    """The same serial numbers and SIM cards at other stations of the organisation, the newest first."""
    identifying = Q()
    for name in _IDENTIFYING:
        values = {str(getattr(station, name, "")), selectors.reported(station, name)}
        if wanted := [value.upper() for value in values if value]:
            identifying |= Q(field=name, upper__in=wanted)
    if device.imei:
        identifying |= Q(field="imei", upper=device.imei.upper())
    if not identifying:
        return []
    others = HardwareTrace.objects.alias(upper=Upper("value")).exclude(station=station)
    return list(others.filter(identifying).select_related("station")[:_MOST])


@page(CHANGE_DEVICES)
def edit(request: HttpRequest, identity: str) -> HttpResponseBase:
    station = station_by_identity(identity)
    form = DeviceForm(posted(request), station=station, device=_device(station))
    back = reverse("station-tab", args=[station.identity, SLUG])
    if form.is_valid() and fits(form, services.change_device, access_of(request).actor, station, form.cleaned_data):
        return done(request, back)
    title = _("Device details of %(station)s") % {"station": station}
    return form_page(request, form, title=title, submit=_("Save"), back=back)
