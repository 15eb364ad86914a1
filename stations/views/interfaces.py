"""The tab *Interfaces*: for which portals the station is switched on, and exactly what they are told."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.access import access_of
from common.numbers import whole_number
from common.rights import Text
from stations import services
from stations.choices import PortalKind
from stations.feed import features, why_left_out
from stations.models import Portal, Station
from stations.rights import CHANGE_INTERFACES, CHANGE_PORTALS
from stations.views.portals import feed_address
from stations.views.sheet import station_tab

SLUG = "interfaces"
_BUILT_IN = (PortalKind.GEOJSON, PortalKind.OPEN_CHARGE_MAP, PortalKind.GOOGLE_PLACES)


@dataclass(frozen=True)
class Switch:
    """A portal for which the station is on or off; `key` names it in the form. A built-in one may not exist yet."""

    key: str
    label: Text
    note: Text
    is_on: bool
    portal: Portal | None
    address: str


def interfaces(request: HttpRequest, station: Station) -> HttpResponseBase:
    access = access_of(request)
    switches = _switches(station)
    context = {
        "switches": switches,
        "is_on": any(switch.is_on for switch in switches),
        "reasons": why_left_out(station),
        "preview": json.dumps(features([station])[0], indent=2, ensure_ascii=False),
        "may_change": access.can(CHANGE_INTERFACES),
        "may_change_portals": access.can(CHANGE_PORTALS),
    }
    return station_tab(request, station, SLUG, "stations/interfaces.html", context)


def _switches(station: Station) -> list[Switch]:
    is_on = Exists(station.publications.filter(portal=OuterRef("pk")))
    portals = list(Portal.objects.select_related("organisation").annotate(is_on=is_on))
    on = {portal.pk for portal in portals if portal.is_on}
    of_kind = {portal.kind: portal for portal in portals}
    built_in = [_switch(kind.value, kind.label, kind.note, of_kind.get(kind), on) for kind in _BUILT_IN]
    others = [portal for portal in portals if portal.kind == PortalKind.OTHER]
    return built_in + [_switch(str(one.pk), one.name, PortalKind.OTHER.note, one, on) for one in others]


def _switch(key: str, label: Text, note: Text, portal: Portal | None, on: set[int]) -> Switch:
    address = feed_address(portal) if portal else ""
    return Switch(key, label, note, portal is not None and portal.pk in on, portal, address)


def switch_on(request: HttpRequest, station: Station) -> HttpResponseBase:
    portal = _chosen(request, station)
    if portal:
        services.publish(access_of(request).actor, station, portal)
        messages.success(request, _("The station is given to %(portal)s from now on.") % {"portal": portal})
    return redirect("station-tab", station.identity, SLUG)


def switch_off(request: HttpRequest, station: Station) -> HttpResponseBase:
    portal = _chosen(request, station)
    if portal:
        services.withdraw(access_of(request).actor, station, portal)
        messages.success(request, _("%(portal)s is not told of the station any more.") % {"portal": portal})
    return redirect("station-tab", station.identity, SLUG)


def _chosen(request: HttpRequest, station: Station) -> Portal | None:
    key: Any = request.POST.get("portal", "")
    if key in [kind.value for kind in _BUILT_IN]:
        return services.built_in_portal(station.organisation, PortalKind(key))
    return Portal.objects.filter(pk=whole_number(key) or 0).first()
