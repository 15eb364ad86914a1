"""Which groups of tokens may charge at a station, as a column of the file of stations."""

from collections.abc import Callable, Collection, Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from charging.models import StationAdmission, TokenGroup
from stations.cells import LIST_DELIMITER, Cell, parts
from stations.kept_columns import KeptColumns, Values

_AT_ONCE = 2_000
# Where no group is left of those that might charge, nobody may: a blank cell would let everyone.
_NOBODY = "-"


def _cells(organisation: Organisation | None) -> Mapping[str, Cell]:
    groups = TokenGroup.objects.filter(organisation=organisation) if organisation else ()
    return {"groups": Cell("admitted_groups", _groups_in(groups), _written, blank=None)}


def _groups_in(groups: Collection[TokenGroup]) -> Callable[[str], list[str]]:
    by_text = {group.name.lower(): group.parent_id for group in groups if group.name}
    by_text |= {group.parent_id.lower(): group.parent_id for group in groups}

    def read(text: str) -> list[str]:
        names = [] if text == _NOBODY else parts(text)
        for name in names:
            if name.lower() not in by_text:
                raise ValidationError(_("There is no group of tokens “%(name)s”."), params={"name": name})
        return sorted({by_text[name.lower()] for name in names})

    return read


def _written(parent_ids: list[str]) -> str:
    return LIST_DELIMITER.join(parent_ids) or _NOBODY


def _admitted(station_ids: Collection[int]) -> dict[int, Values]:
    found: dict[int, list[str]] = {}
    rows = StationAdmission.objects.filter(station_id__in=station_ids)
    for station_id, parent_id in rows.values_list("station_id", "groups__parent_id"):
        found.setdefault(station_id, []).extend([parent_id] if parent_id else [])
    return {station_id: {"groups": sorted(parent_ids)} for station_id, parent_ids in found.items()}


def _save(organisation: Organisation, wanted: Mapping[int, Values]) -> None:
    StationAdmission.objects.filter(station_id__in=wanted).delete()
    limited = {pk: values["groups"] for pk, values in wanted.items() if values["groups"] is not None}
    made = StationAdmission.objects.bulk_create(
        [StationAdmission(organisation=organisation, station_id=pk) for pk in limited], batch_size=_AT_ONCE
    )
    ids = dict(TokenGroup.objects.filter(organisation=organisation).values_list("parent_id", "pk"))
    links = StationAdmission.groups.through
    links.objects.bulk_create(
        [
            links(stationadmission_id=one.pk, tokengroup_id=ids[parent_id])
            for one in made
            for parent_id in limited[one.station_id]
        ],
        batch_size=_AT_ONCE,
    )


ADMISSION = KeptColumns(
    action="charging.admission_imported", cells=_cells, empty={"groups": None}, read=_admitted, save=_save
)
