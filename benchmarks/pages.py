"""How long pages take at a large network, without a network between: milliseconds and queries of one request.

What is asked for is read off the declarations (tabs, filters, sortable columns), so that what is added is measured too.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.forms import BoundField
from django.test import Client
from django.urls import reverse

from accounts.models import User
from common.declarations import declared
from common.filters import parameter_names
from common.keyset import Cursor
from common.sheets import Tab
from stations.filters import StationFilter
from stations.models import Station
from stations.tables import STATIONS

SEARCH_AIM_MS, PAGE_AIM_MS, MAP_AIM_MS, MOST_QUERIES = 50, 100, 150, 12


@dataclass(frozen=True)
class Page:
    """A page to ask for, and how long it may take."""

    name: str
    url: str
    aim_ms: int = PAGE_AIM_MS
    in_part: bool = False


@dataclass(frozen=True)
class Shown:
    """A page that was asked for: the quickest of several times, for the machine may be busy, and all its queries."""

    page: Page
    milliseconds: float
    queries: int

    @property
    def is_good(self) -> bool:
        return self.milliseconds < self.page.aim_ms and self.queries <= MOST_QUERIES


def measure(person: User, busy: Station, last: Station, times: int) -> Iterator[Shown]:
    """`busy` has the long history; `last` stands near the end of the list. Every page is timed so many `times`."""
    client = Client()
    client.force_login(person)
    for page in (*searches(last), *lists(last), *maps(), *tabs(busy)):
        yield shown(client, page, times)


def searches(last: Station) -> Iterator[Page]:
    search = reverse("quick-search")
    for kind, text in (("name", last.name), ("serial number", last.serial_number), ("few letters", "par")):
        yield Page(f"quick search by {kind}", f"{search}?{urlencode({'q': text})}", SEARCH_AIM_MS, in_part=True)


def lists(last: Station) -> Iterator[Page]:
    """The list of stations: a page far back, each sort both ways, each filter, and a sort of what a filter leaves."""
    stations = reverse("stations")
    after = Cursor(last.identity, last.pk).encode()
    yield Page("stations, far back", f"{stations}?{urlencode({'sort': 'identity', 'after': after})}")
    for column in STATIONS.columns:
        if column.sort:
            for sort in (column.key, f"-{column.key}"):
                yield Page(f"stations, sort {sort}", f"{stations}?{urlencode({'sort': sort})}")
    for field in StationFilter().form:
        query = urlencode({parameter_names(field)[0]: filtered_by(field, last)})
        yield Page(f"stations, {query}", f"{stations}?{query}")


def maps() -> Iterator[Page]:
    """The whole fleet on the map, from far and from as near as it still fits a large screen."""
    for zoom in (0, 3, 6, 9):
        yield Page(f"map of the fleet, zoom {zoom}", f"{reverse('map-points')}?{urlencode({'zoom': zoom})}", MAP_AIM_MS)


def filtered_by(field: BoundField, last: Station) -> str:
    """The first thing that can be chosen in a filter, or what the last station has where anything can be typed."""
    choices = (str(value) for value, _label in getattr(field.field, "choices", ()))
    return next((value for value in choices if value), "") or getattr(last, field.name, "") or last.name


def tabs(busy: Station) -> Iterator[Page]:
    for tab in declared("sheets", "TABS"):
        yield Page(f"{tab.sheet}, {tab.label}", address(tab, busy))


def address(tab: Tab, busy: Station) -> str:
    match tab.sheet:
        case "station":
            return reverse("station-tab", args=[busy.identity, tab.slug])
        case "port":
            return reverse("charge-port-tab", args=[busy.identity, 1, tab.slug])
        case sheet:
            raise LookupError(f"Say here which address the tabs of the sheet {sheet} have.")


def shown(client: Client, page: Page, times: int) -> Shown:
    def ask() -> None:
        status = client.get(page.url, headers={"HX-Request": "true"} if page.in_part else None).status_code
        assert status == 200, f"{page.url} answers {status}"

    ask()
    stopwatches = [Stopwatch() for _time in range(times)]
    for stopwatch in stopwatches:
        stopwatch.measure(ask)
    return Shown(page, min(one.milliseconds for one in stopwatches), stopwatches[0].queries)


class Stopwatch:
    """The CPU time of this process, and what it waits for the database: not what others keep the machine busy with."""

    def __init__(self) -> None:
        self.queries = 0
        self.milliseconds = self._waited_s = 0.0

    def measure(self, work: Callable[[], None]) -> None:
        began = time.process_time()
        with connection.execute_wrapper(self):
            work()
        self.milliseconds = (time.process_time() - began + self._waited_s) * 1000

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Around every query."""
        self.queries += 1
        began, used = time.perf_counter(), time.process_time()
        try:
            return execute(*arguments)
        finally:
            self._waited_s += (time.perf_counter() - began) - (time.process_time() - used)
