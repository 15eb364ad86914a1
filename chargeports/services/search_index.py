"""The searchable texts of charge ports."""

from collections.abc import Collection, Iterable

from chargeports.models import ChargePort
from stations.choices import SearchKind
from stations.models import SearchEntry


def index_ports(station_ids: Collection[int]) -> None:
    """Make the search entries of all ports of the stations anew. A constant number of queries."""
    if not station_ids:
        return
    SearchEntry.objects.filter(station_id__in=station_ids, kind__in=(SearchKind.EVSE_ID, SearchKind.PORT_NAME)).delete()
    ports = ChargePort._base_manager.filter(station_id__in=station_ids).order_by("station_id", "number")
    SearchEntry.objects.bulk_create(
        SearchEntry(
            organisation_id=port.organisation_id,
            station_id=port.station_id,
            port_number=port.number,
            kind=kind,
            text=text[:300],
        )
        for port in ports
        for kind, text in _texts(port)
    )


def _texts(port: ChargePort) -> Iterable[tuple[SearchKind, str]]:
    """An EVSE ID is found with its separators and without them."""
    for evse_id in dict.fromkeys([port.evse_id, port.evse_id_key]):
        if evse_id:
            yield SearchKind.EVSE_ID, evse_id
    if port.name:
        yield SearchKind.PORT_NAME, port.name
