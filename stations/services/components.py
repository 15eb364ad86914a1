"""Components: taken into stock, installed, replaced, moved, removed. Each step is kept with the component."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation
from accounts.services import differences, record
from common.actor import Actor
from common.errors import Refused
from common.live import announce
from common.text import fit
from stations.choices import ComponentState, MoveKind
from stations.history import COMPONENT_INSTALLED, COMPONENT_REMOVED, COMPONENT_REPLACED
from stations.models import Component, ComponentMove, Station
from stations.services.history import record_event
from stations.services.search_index import index_components

# What is written down of a component besides where it is.
DETAILS = ("installation_number", "installed_by", "installed_on", "warranty_until", "port_number", "note")


def stock_component(actor: Actor, organisation: Organisation, values: Mapping[str, Any]) -> Component:
    """Take a new component (`article`, `serial_number` and any of `DETAILS`) into stock. Raises ValidationError."""
    component = Component(organisation=organisation, article=values["article"])
    with transaction.atomic():
        if _known(component, values["serial_number"]):
            raise ValidationError({"serial_number": _("This component is known already.")})
        _fill(component, values)
        component.save()
        _note(actor, component, MoveKind.STOCKED, None)
        record(actor, organisation, "stations.component_stocked", component, after=_values(component))
    return component


def install_component(actor: Actor, station: Station, values: Mapping[str, Any]) -> Component:
    """Install a component (`article`, `serial_number` and any of `DETAILS`): the one of this serial number that is in
    stock, otherwise a new one. Raises ValidationError by field name, also where it is installed elsewhere.
    """
    with transaction.atomic():
        component = _taken(station, values)
        _put(actor, component, station, MoveKind.INSTALLED)
        record_event(station, COMPONENT_INSTALLED, actor, what=str(component))
        record(actor, station.organisation_id, "stations.component_installed", component, after=_values(component))
    return component


def replace_component(actor: Actor, old: Component, values: Mapping[str, Any], *, retire: bool = True) -> Component:
    """Install another component in the place of `old`, which goes out of use, or into stock. Raises ValidationError by
    field name, Refused where the old one is installed nowhere.
    """
    with transaction.atomic():
        stored = _installed(old)
        station = stored.station
        component = _taken(station, {"port_number": stored.port_number, **values})
        _put(actor, component, station, MoveKind.INSTALLED, other=stored)
        _take_away(actor, stored, MoveKind.REPLACED, retire=retire, other=component)
        what: dict[str, Any] = {"old": str(stored), "new": str(component)}
        record_event(station, COMPONENT_REPLACED, actor, **what)
        record(actor, station.organisation_id, "stations.component_replaced", component, after=what)
    return component


def remove_component(actor: Actor, component: Component, *, retire: bool, note: str = "") -> None:
    """Take the component away from its station: into stock, or out of use. Raises Refused where it is nowhere."""
    with transaction.atomic():
        stored = _installed(component)
        station = stored.station
        _take_away(actor, stored, MoveKind.RETIRED if retire else MoveKind.REMOVED, retire=retire, note=note)
        record_event(station, COMPONENT_REMOVED, actor, what=str(stored))
        after = {"station": str(station), "state": stored.state, "note": note}
        record(actor, station.organisation_id, "stations.component_removed", stored, after=after)


def move_component(actor: Actor, component: Component, station: Station, values: Mapping[str, Any]) -> None:
    """Install a component that is known, wherever it is now, at the station. Raises ValidationError."""
    with transaction.atomic():
        stored = _locked(component)
        if stored.station_id == station.pk:
            raise ValidationError({"station": _("The component is installed at this station already.")})
        if stored.station is not None:
            record_event(stored.station, COMPONENT_REMOVED, actor, what=str(stored))
            _note(actor, stored, MoveKind.REMOVED, stored.station)
            _tell(stored.station)
        origin = stored.station
        _fill(stored, values)
        _put(actor, stored, station, MoveKind.INSTALLED)
        _reindex(origin)
        record_event(station, COMPONENT_INSTALLED, actor, what=str(stored))
        before, after = {"station": str(origin or "")}, {"station": str(station)}
        record(actor, station.organisation_id, "stations.component_moved", stored, before=before, after=after)


def change_component(actor: Actor, component: Component, values: Mapping[str, Any]) -> None:
    """Correct what is written down of the component. Raises ValidationError by field name."""
    with transaction.atomic():
        stored = _locked(component)
        before = _values(stored)
        other = _known(stored, values.get("serial_number", stored.serial_number))
        if other and other.pk != stored.pk:
            raise ValidationError({"serial_number": _("This component is known already.")})
        _fill(stored, {**before, **values})
        old, new = differences(before, _values(stored))
        if new:
            stored.save()
            record(actor, stored.organisation_id, "stations.component_changed", stored, before=old, after=new)
            _reindex(stored.station)


def _taken(station: Station, values: Mapping[str, Any]) -> Component:
    """The component that is meant, filled but not saved."""
    blank = Component(organisation_id=station.organisation_id, article=values["article"])
    component = _known(blank, values["serial_number"]) or blank
    if component.station_id == station.pk:
        raise ValidationError({"serial_number": _("The component is installed at this station already.")})
    if component.station is not None:
        where = {"station": component.station}
        refusal = _("This component is installed at %(station)s. Assign it to this station there.")
        raise ValidationError({"serial_number": refusal % where})
    _fill(component, values)
    return component


def _known(component: Component, serial_number: str) -> Component | None:
    """The component of this article and serial number, locked."""
    wanted = fit(serial_number, 60)
    rows = Component.objects.select_for_update(of=("self",)).select_related("station", "article")
    return rows.filter(article=component.article, serial_number__iexact=wanted).first() if wanted else None


def _locked(component: Component) -> Component:
    rows = Component.objects.select_for_update(of=("self",)).select_related("station", "article")
    return rows.get(pk=component.pk)


def _installed(component: Component) -> Any:
    stored = _locked(component)
    if stored.station is None:
        raise Refused(_("This component is not installed at a station."))
    return stored


def _fill(component: Component, values: Mapping[str, Any]) -> None:
    for name in ("serial_number", *DETAILS):
        if name in values:
            value = values[name]
            setattr(component, name, fit(value, 3_000) if isinstance(value, str) else value)
    component.clean_fields(exclude=["organisation", "article", "station"])


def _put(actor: Actor, component: Component, station: Station, kind: MoveKind, other: Component | None = None) -> None:
    component.station, component.state = station, ComponentState.INSTALLED
    component.warranty_until = component.warranty_until or _warranty_end(component)
    component.save()
    _note(actor, component, kind, station, other)
    _reindex(station)
    _tell(station)


def _warranty_end(component: Component) -> date | None:
    """As long as the article says, from the day of installation on."""
    begin, months = component.installed_on, component.article.warranty_months
    if begin is None or not months:
        return None
    year, month = divmod(begin.month - 1 + months, 12)
    last_day = monthrange(begin.year + year, month + 1)[1]
    return date(begin.year + year, month + 1, min(begin.day, last_day))


def _take_away(
    actor: Actor,
    component: Component,
    kind: MoveKind,
    *,
    retire: bool,
    other: Component | None = None,
    note: str = "",
) -> None:
    station = component.station
    component.station, component.state = None, ComponentState.RETIRED if retire else ComponentState.STOCK
    component.installation_number = component.installed_by = ""
    component.installed_on = component.port_number = None
    component.save()
    _note(actor, component, kind, station, other, note)
    _reindex(station)
    _tell(station)


def _note(
    actor: Actor,
    component: Component,
    kind: MoveKind,
    station: Station | None,
    other: Component | None = None,
    note: str = "",
) -> None:
    ComponentMove.objects.create(
        organisation_id=component.organisation_id,
        component=component,
        kind=kind,
        station=station,
        other=other,
        actor_label=actor.label[:200],
        note=note,
    )


def _reindex(station: Station | None) -> None:
    if station is not None:
        index_components([station.pk])


def _tell(station: Station | None) -> None:
    if station is not None:
        announce([f"station.{station.pk}"])


def _values(component: Component) -> dict[str, Any]:
    return {name: getattr(component, name) for name in ("serial_number", *DETAILS)}
