"""The portals of a station and what roaming partners are told of it, as columns of the file of stations."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from stations.cells import LIST_DELIMITER, Cell, choice_cell, list_cell, parts, truth_cell
from stations.choices import Accessibility, AuthenticationMode, PaymentMethod, PortalKind, YesNo
from stations.kept_columns import KeptColumns, Values
from stations.models import Portal, Publication, RoamingData
from stations.services.marketing import ROAMING_FIELDS
from stations.services.publication import built_in_portal

_AT_ONCE = 2_000
_BUILT_IN = {str(kind.label): kind for kind in PortalKind if kind != PortalKind.OTHER}


# --- Portals ------------------------------------------------------------------------------------------------------
def _portal_cells(organisation: Organisation | None) -> Mapping[str, Cell]:
    known = Portal.objects.filter(organisation=organisation).values_list("name", flat=True) if organisation else ()
    return {"portals": Cell("portals", _names_in([*_BUILT_IN, *known]), LIST_DELIMITER.join, blank=list)}


def _names_in(known: Collection[str]) -> Callable[[str], list[str]]:
    by_text = {name.lower(): name for name in known}

    def read(text: str) -> list[str]:
        for name in parts(text):
            if name.lower() not in by_text:
                raise ValidationError(_("There is no portal “%(name)s”."), params={"name": name})
        return sorted({by_text[name.lower()] for name in parts(text)})

    return read


def _portals_of(station_ids: Collection[int]) -> dict[int, Values]:
    found: dict[int, list[str]] = {}
    rows = Publication.objects.filter(station_id__in=station_ids).values_list("station_id", "portal__name")
    for station_id, name in rows:
        found.setdefault(station_id, []).append(name)
    return {station_id: {"portals": sorted(names)} for station_id, names in found.items()}


def _save_portals(organisation: Organisation, wanted: Mapping[int, Values]) -> None:
    ids = _portal_ids(organisation, {name for values in wanted.values() for name in values["portals"]})
    after = {(station_id, ids[name]) for station_id, values in wanted.items() for name in values["portals"]}
    kept = Publication.objects.filter(station_id__in=wanted)
    before = {(station_id, portal_id): pk for pk, station_id, portal_id in kept.values_list("pk", "station", "portal")}
    Publication.objects.filter(pk__in=[before[place] for place in before.keys() - after]).delete()
    Publication.objects.bulk_create(
        [
            Publication(organisation=organisation, station_id=station_id, portal_id=portal_id)
            for station_id, portal_id in sorted(after - before.keys())
        ],
        batch_size=_AT_ONCE,
    )


def _portal_ids(organisation: Organisation, names: Collection[str]) -> dict[str, int]:
    found = dict(Portal.objects.filter(organisation=organisation, name__in=names).values_list("name", "pk"))
    missing = [name for name in names if name not in found]
    return found | {name: built_in_portal(organisation, _BUILT_IN[name]).pk for name in missing}


PORTALS = KeptColumns(
    action="stations.portals_imported",
    cells=_portal_cells,
    empty={"portals": []},
    read=_portals_of,
    save=_save_portals,
)


# --- Roaming ------------------------------------------------------------------------------------------------------
def _stated(name: str, choices: Any) -> Cell:
    """A choice that may be left open."""
    return replace(choice_cell(f"roaming_{name}", choices), blank="")


_ROAMING_CELLS = {
    "accessibility": _stated("accessibility", Accessibility),
    "authentication_modes": list_cell("roaming_authentication_modes", AuthenticationMode),
    "payment_methods": list_cell("roaming_payment_methods", PaymentMethod),
    "dynamic_information": _stated("dynamic_information", YesNo),
    "renewable_energy": _stated("renewable_energy", YesNo),
    "calibration_law": _stated("calibration_law", YesNo),
    "hotline": Cell("roaming_hotline"),
    "additional_information": Cell("roaming_additional_information"),
    "direct_payment_deactivated": replace(truth_cell("roaming_direct_payment_deactivated"), blank=False),
}


def _roaming_cells(_organisation: Organisation | None) -> Mapping[str, Cell]:
    return _ROAMING_CELLS


def _roaming_of(station_ids: Collection[int]) -> dict[int, Values]:
    rows = RoamingData.objects.filter(station_id__in=station_ids).values("station_id", *ROAMING_FIELDS)
    return {row.pop("station_id"): row for row in rows}


def _save_roaming(organisation: Organisation, wanted: Mapping[int, Values]) -> None:
    RoamingData.objects.bulk_create(
        [RoamingData(organisation=organisation, station_id=pk, **values) for pk, values in wanted.items()],
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["station"],
        update_fields=ROAMING_FIELDS,
    )


def _check_roaming(values: Values) -> None:
    RoamingData(**values).clean_fields(exclude=["organisation", "station"])


ROAMING = KeptColumns(
    action="stations.roaming_imported",
    cells=_roaming_cells,
    empty=model_to_dict(RoamingData(), ROAMING_FIELDS),
    read=_roaming_of,
    save=_save_roaming,
    check=_check_roaming,
)
