"""The port's tab *Configuration*: each value with its source, and the master data that stand in."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from chargeports import selectors, services
from chargeports.choices import CalibrationLaw
from chargeports.forms import ReadConfiguration
from chargeports.forms.devices import PortConfigurationForm
from chargeports.models import ChargePort
from chargeports.port_configuration import SHOWN, counts, settings_of
from chargeports.rights import CHANGE_PORTS
from chargeports.views.sheet import port_tab
from common.access import Access, access_of
from common.doors import fits, posted
from common.forms import done, form_page
from common.views import page
from stations.choices import LifeCycle

SLUG = "configuration"


def configuration(request: HttpRequest, port: ChargePort) -> HttpResponseBase:
    return port_tab(request, port, SLUG, "chargeports/port_configuration.html", {})


def shown(access: Access, port: ChargePort) -> dict[str, Any]:
    """What the tab's live card shows. Three queries."""
    told = selectors.told_of_ports(port.station, [port.number])[port.number]
    changes = [told[name].changed_at for name in SHOWN if name in told]
    return {
        "port": port,
        "station": port.station,
        "settings": settings_of(port, told),
        "changed_at": max([*changes, *filter(None, [port.configured_at])], default=None),
        "billable": counts(port, told, "calibration_law") != CalibrationLaw.NONE,
        "may_change": access.can(CHANGE_PORTS),
        "read_url": _read_url(access, port),
    }


def _read_url(access: Access, port: ChargePort) -> str:
    """Where the configuration is retrieved; empty where the caller or the station cannot be asked."""
    asked = port.station.life_cycle not in (LifeCycle.PLANNED, LifeCycle.DECOMMISSIONED)
    if not asked or not access.can(ReadConfiguration.right):
        return ""
    return reverse(ReadConfiguration.url_name(), args=[port.station.identity])


@page(CHANGE_PORTS)
def edit(request: HttpRequest, identity: str, number: int) -> HttpResponseBase:
    """`?field=` leaves the one that the pen stands at."""
    access = access_of(request)
    port = selectors.port_by_address(access.organisation, identity, number)
    named = request.GET.get("field", "")
    form = PortConfigurationForm(posted(request), port=port, only=named if named in SHOWN else "")
    back = reverse("charge-port-tab", args=[port.station.identity, number, SLUG])
    if form.is_valid() and fits(form, services.update_port, access.actor, port, form.cleaned_data):
        return done(request, back)
    title = _("Master data of charge port %(port)s") % {"port": port}
    intro = _("What the charging station reports itself counts; these values stand in where it reports nothing.")
    return form_page(request, form, title=title, submit=_("Save"), back=back, intro=intro)
