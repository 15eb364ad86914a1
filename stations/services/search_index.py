"""The searchable texts of stations. Those of charge ports belong to the chargeports app."""

from collections.abc import Collection, Iterable

from stations.choices import SearchKind
from stations.models import Component, FreeField, SearchEntry, Station, StationReport

_KINDS = (SearchKind.IDENTITY, SearchKind.NAME, SearchKind.SERIAL, SearchKind.ADDRESS)


def index_stations(station_ids: Collection[int]) -> None:
    """Make the stations' search entries anew. Three queries and a write, however many stations."""
    if not station_ids:
        return
    stations = Station._base_manager.filter(pk__in=station_ids).order_by("pk")
    reports = StationReport.objects.in_bulk(station_ids)
    SearchEntry.objects.filter(station_id__in=station_ids, kind__in=_KINDS).delete()
    SearchEntry.objects.bulk_create(
        entry for station in stations for entry in search_entries(station, reports.get(station.pk))
    )


def search_entries(station: Station, report: StationReport | None = None) -> list[SearchEntry]:
    """What a station is found by, not saved yet."""
    return [
        SearchEntry(organisation_id=station.organisation_id, station=station, kind=kind, text=text[:300])
        for kind, text in _texts(station, report)
    ]


def _texts(station: Station, report: StationReport | None) -> Iterable[tuple[SearchKind, str]]:
    yield SearchKind.IDENTITY, station.identity
    serials = (
        {station.serial_number, report.serial_number, report.box_serial_number} if report else {station.serial_number}
    )
    for kind, texts in (
        (SearchKind.NAME, {station.name}),
        (SearchKind.SERIAL, serials),
        (SearchKind.ADDRESS, {address_line(station)}),
    ):
        yield from ((kind, text) for text in sorted(texts) if text)


def address_line(station: Station) -> str:
    """The address in one line, e.g. `Hauptstraße 5, 80331 München`."""
    place = " ".join(filter(None, [station.postal_code, station.city]))
    return ", ".join(filter(None, [station.street, place]))


def full_address(station: Station) -> str:
    """The address with its country, as a geocoder is asked for it; empty where no place is known."""
    line = address_line(station)
    return ", ".join(filter(None, [line, station.country])) if line else ""


def index_free_fields(station_ids: Collection[int]) -> None:
    """Make the search entries of the stations' free fields anew. Two queries and a write."""
    SearchEntry.objects.filter(station_id__in=station_ids, kind=SearchKind.FREE_FIELD).delete()
    SearchEntry.objects.bulk_create(
        SearchEntry(
            organisation_id=field.organisation_id,
            station_id=field.station_id,
            kind=SearchKind.FREE_FIELD,
            text=f"{' '.join(field.value.split())} ({field.name})"[:300],
        )
        for field in FreeField._base_manager.filter(station__in=station_ids).order_by("pk")
    )


def index_components(station_ids: Collection[int]) -> None:
    """Make the search entries of the stations' components anew. Two queries and a write."""
    SearchEntry.objects.filter(station_id__in=station_ids, kind=SearchKind.COMPONENT).delete()
    components = Component._base_manager.filter(station__in=station_ids).exclude(serial_number="")
    SearchEntry.objects.bulk_create(
        SearchEntry(
            organisation_id=component.organisation_id,
            station_id=component.station_id,
            kind=SearchKind.COMPONENT,
            text=f"{component.serial_number} ({component.article})"[:300],
        )
        for component in components.select_related("article").order_by("pk")
        if component.station_id is not None
    )
