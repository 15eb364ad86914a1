from common.access import Access
from common.live import Fragment, by_pk
from stations.models import Station
from stations.rights import VIEW_STATIONS


def load(access: Access, key: str) -> Station | None:
    return by_pk(Station.objects, key)


def broken(access: Access, station: Station) -> dict[str, object]:
    raise RuntimeError("This fragment cannot be drawn.")


def context(access: Access, station: Station) -> dict[str, object]:
    return {"station": station}


def topics(station: Station) -> list[str]:
    return [f"station.{station.pk}"]


FRAGMENTS = (
    Fragment("shown-name", VIEW_STATIONS, topics, load, "shown/name.html", context),
    Fragment("shown-broken", VIEW_STATIONS, topics, load, "shown/name.html", broken),
)
