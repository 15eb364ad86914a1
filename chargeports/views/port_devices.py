"""The port's tab *Device details*: its meter above all, and how its station is reached; and the list of meters due."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import selectors, services
from chargeports.choices import MeterKeySource
from chargeports.filters import MeterFilter
from chargeports.forms.devices import PortDeviceForm
from chargeports.models import ChargePort, PortDevice
from chargeports.rights import CHANGE_PORTS, VIEW_PORTS
from chargeports.services.devices import device_of, entered_key
from chargeports.tables import METERS_DUE
from chargeports.views.sheet import port_tab
from common.access import Access, access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.identifiers import imsi_parts, luhn_remark
from common.views import page
from stations.models import DeviceDetails, Station
from stations.selectors import entered_or_reported, reported

SLUG = "device-details"


def devices(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    """Three queries: the hardware, the keys, and the station's ports where the charger names its meter."""
    keys = list(port.meter_keys.all())
    context = {
        "device": device_of(port),
        "meter_key": keys[0] if keys else None,
        "meter_keys": keys,
        "keys_differ": _keys_differ(keys),
        "reported_meter": _reported_meter(port),
        "mobile": _mobile(port.station),
    }
    return port_tab(request, port, SLUG, "chargeports/port_devices.html", context)


def _keys_differ(keys: list[Any]) -> bool:
    """Whether the newest entered key is another one than the newest that was seen."""
    entered = next((key for key in keys if key.source == MeterKeySource.ENTERED), None)
    seen = next((key for key in keys if key.source != MeterKeySource.ENTERED), None)
    return bool(entered and seen and entered.public_key.casefold() != seen.public_key.casefold())


def _reported_meter(port: ChargePort) -> str:
    """What the charger's boot says of its meter: one number for the whole station, so only where it has one port."""
    number = reported(port.station, "meter_serial_number")
    return number if number and len(selectors.ports_shown(port.station)) == 1 else ""


def _mobile(station: Station) -> dict[str, Any]:
    """How the station is connected, where that is known."""
    device: DeviceDetails | None = getattr(station, "device", None)
    iccid, imsi = entered_or_reported(station, "iccid"), entered_or_reported(station, "imsi")
    return {
        "iccid": iccid,
        "iccid_remark": luhn_remark(iccid),
        "imsi": imsi,
        "imsi_parts": imsi_parts(imsi),
        "imei": device.imei if device else "",
        "imei_remark": luhn_remark(device.imei) if device and device.imei else None,
        "sim_address": device.sim_address if device else "",
    }


@page(CHANGE_PORTS)
def edit(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    access = access_of(request)
    port = selectors.port_by_address(access.organisation, identity, number)
    form = PortDeviceForm(posted(request), device=device_of(port), public_key=entered_key(port))
    back = reverse("charge-port-tab", args=[port.station.identity, number, SLUG])
    if form.is_valid() and fits(form, services.change_port_device, access.actor, port, form.cleaned_data):
        return done(request, back)
    title = _("Device details of charge port %(port)s") % {"port": port}
    return form_page(request, form, title=title, submit=_("Save"), back=back)


@page(VIEW_PORTS, token_allowed=True)
def meters_due(request: HttpRequest) -> HttpResponseBase:
    """Meters by the end of their calibration, the most urgent first."""
    filters = MeterFilter(request.GET, selectors.calibrated_meters(), request=request)
    table = METERS_DUE.bind(request, filters.qs, filters)
    return table.response() or render(request, "list.html", {"table": table, "filters": filters})


def meters_of(access: Access, station: Station) -> dict[str, Any]:
    """The panel of the station's tab: the meter of each port. Two queries."""
    devices = {one.port_id: one for one in PortDevice.objects.filter(port__station=station)}
    return {"station": station, "meters": [(port, devices.get(port.pk)) for port in selectors.ports_shown(station)]}
