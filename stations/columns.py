"""The columns of the file that stations are exported to and imported from."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from stations.cells import HOURS, KEEP, LIST_DELIMITER, Cell, choice_cell, decimal_cell, parts, text_of
from stations.choices import AccessType, LifeCycle, Protocol, SecurityProfile
from stations.companions import StationPart, station_parts
from stations.models import Contact, Station, StationGroup

_AT_ONCE = 500
_CONTACTS = ("owner", "operator", "service_partner", "contact_person")
_CELLS = (
    Cell("identity"),
    Cell("name"),
    choice_cell("life_cycle", LifeCycle),
    choice_cell("protocol", Protocol),
    choice_cell("security_profile", SecurityProfile),
    *(Cell(name) for name in ("vendor", "model", "serial_number", "firmware_version", "iccid", "imsi")),
    *(Cell(name) for name in ("street", "postal_code", "city", "country")),
    decimal_cell("latitude"),
    decimal_cell("longitude"),
    Cell("time_zone", blank=KEEP),
    choice_cell("access_type", AccessType),
    HOURS,
)


def own_columns() -> tuple[str, ...]:
    return (*(cell.column for cell in _CELLS), *_CONTACTS, "groups")


def all_columns() -> tuple[str, ...]:
    """The columns of stations and of everything that goes along with them, in the order of an export."""
    return (*own_columns(), *(column for part in station_parts() for column in part.columns))


def own_cells(organisation: Organisation) -> Mapping[str, Cell]:
    """How each of the station's own columns is read, for the organisation whose contacts and groups are meant.

    Two queries.
    """
    contact = _by_name(Contact.objects.filter(organisation=organisation), _("There is no contact of this name."))
    group = _by_name(StationGroup.objects.filter(organisation=organisation), _("There is no station group “%(name)s”."))
    cells = [*_CELLS, *(Cell(role, contact, blank=None) for role in _CONTACTS)]
    cells.append(Cell("groups", lambda text: [group(name) for name in parts(text)], blank=list))
    return {cell.column: cell for cell in cells}


def _by_name(objects: Iterable[Any], unknown: Any) -> Callable[[str], Any]:
    """Finds the one object of a name, in any case of letters."""
    found: dict[str, list[Any]] = {}
    for one in objects:
        found.setdefault(one.name.lower(), []).append(one)

    def find(name: str) -> Any:
        same = found.get(name.lower(), [])
        if not same:
            raise ValidationError(unknown, params={"name": name})
        if len(same) > 1:
            raise ValidationError(_("Several contacts have this name: assign the right one by hand."))
        return same[0]

    return find


def export_rows(stations: Iterable[Station]) -> Iterator[list[Any]]:
    """The rows of an export, one for each charge port, in the order of `all_columns`.

    `stations` should come with their contacts selected and their groups prefetched (`exportable`). They are read in
    portions, each with a constant number of queries.
    """
    iterator = iter(stations)
    parts = [part for part in station_parts() if part.export]
    while portion := list(islice(iterator, _AT_ONCE)):
        ids = [station.pk for station in portion]
        exported = [part.export(ids) if part.export else {} for part in parts]
        for station in portion:
            yield from _rows_of(station, parts, [rows.get(station.pk, ()) for rows in exported])


def _rows_of(
    station: Station, parts: Sequence[StationPart], exported: Sequence[Sequence[Sequence[Any]]]
) -> Iterator[list[Any]]:
    """What is said of the station itself stands in each of its rows; what is not, beside it in as many as it takes."""
    own = _own_texts(station)
    height = max([1, *(len(rows) for part, rows in zip(parts, exported, strict=True) if not part.per_station)])
    for place in range(height):
        cells = list(own)
        for part, rows in zip(parts, exported, strict=True):
            at = 0 if part.per_station else place
            cells += rows[at] if at < len(rows) else [""] * len(part.columns)
        yield cells


def _own_texts(station: Station) -> list[Any]:
    texts = [text_of(cell, getattr(station, cell.column)) for cell in _CELLS]
    texts += [getattr(station, role).name if getattr(station, role) else "" for role in _CONTACTS]
    return [*texts, LIST_DELIMITER.join(sorted(group.name for group in station.groups.all()))]


def exportable(stations: Any) -> Iterator[Station]:
    """The stations of a queryset with what an export needs, read in portions."""
    ready = stations.select_related(*_CONTACTS).prefetch_related("groups").order_by("identity")
    return ready.iterator(chunk_size=_AT_ONCE)
