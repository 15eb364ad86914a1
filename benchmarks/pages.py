"""How long pages take at a large network, without a network between: milliseconds and queries of one request."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from common.keyset import Cursor
from common.sheets import tabs_of
from stations.models import Station

REPEATS = 5


@dataclass(frozen=True)
class Shown:
    page: str
    milliseconds: float
    queries: int


def measure(person: User, station: Station, last: Station) -> Iterator[Shown]:
    """`station` has the long history; `last` stands near the end of the list."""
    client = Client()
    client.force_login(person)
    search = reverse("quick-search")
    for kind, text in (("name", last.name), ("serial number", last.serial_number), ("few letters", "par")):
        yield shown(client, f"quick search by {kind}", f"{search}?q={text}", {"HX-Request": "true"})
    stations = reverse("stations")
    yield shown(client, "stations, first page", stations)
    deep = Cursor(last.identity, last.pk).encode()
    yield shown(client, "stations, deep page", f"{stations}?sort=identity&after={deep}")
    for tab in tabs_of("station"):
        yield shown(client, f"tab {tab.label}", reverse("station-tab", args=[station.identity, tab.slug]))


def shown(client: Client, page: str, url: str, headers: dict[str, str] | None = None) -> Shown:
    def ask() -> None:
        status = client.get(url, headers=headers).status_code
        assert status == 200, f"{url} answers {status}"

    ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
        queries = len(captured)
    return Shown(page, median(duration_ms(ask) for _time in range(REPEATS)), queries)


def duration_ms(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
