"""The quick search: which station, or which port of it, does somebody mean by these few letters?

Entries are read by their indexes only and never more than a bound: first those that begin with the text, then those
that hold its words, last those that are like it. A later step is taken only where the ones before found too little.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Upper

from accounts.models import Organisation
from stations.choices import SearchKind
from stations.models import SearchEntry, Station

# Shorter words have no trigram of their own that an index could find.
_TRIGRAM = 3
_LONGEST = 100
_CANDIDATES = 500
_KIND_ORDER = {kind.value: place for place, kind in enumerate(SearchKind)}


@dataclass(frozen=True)
class Hit:
    """One line of the answer: a station, or one of its ports where `port_number` is set; `text` is what was found."""

    station: Station
    port_number: int | None
    kind: SearchKind
    text: str


def quick_search(organisation: Organisation, text: str, limit: int = 10) -> list[Hit]:
    """The stations of the organisation that `text` means, best first, each once with its best entry.

    What equals the text comes before what begins with it, then what holds all its words, then what is like it; among
    equals the kind decides (`SearchKind`), then the shorter text. At most four queries.
    """
    wanted = " ".join(_upper(text).split())[:_LONGEST]
    if not wanted:
        return []
    entries = SearchEntry.objects.filter(organisation=organisation).annotate(upper=Upper("text"))
    best = list(islice(_once_each(_in_steps(entries, wanted, limit)), limit))
    stations = Station.objects.select_related("state").in_bulk([entry.station_id for entry in best])
    return [
        Hit(stations[entry.station_id], entry.port_number, SearchKind(entry.kind), entry.text)
        for entry in best
        if entry.station_id in stations
    ]


def _in_steps(entries: QuerySet[Any], wanted: str, limit: int) -> Iterator[SearchEntry]:
    found: set[int] = set()
    for step in (_beginning, _holding, _like):
        ranked = sorted(step(entries, wanted), key=lambda entry: _rank(entry, wanted))
        yield from ranked
        found.update(entry.station_id for entry in ranked)
        if len(found) >= limit:
            return


def _beginning(entries: QuerySet[Any], wanted: str) -> Iterable[SearchEntry]:
    return entries.filter(upper__startswith=wanted)[:_CANDIDATES]


def _holding(entries: QuerySet[Any], wanted: str) -> Iterable[SearchEntry]:
    words = wanted.split()
    if max(map(len, words)) < _TRIGRAM:
        return []
    for word in words:
        entries = entries.filter(upper__contains=word)
    return entries[:_CANDIDATES]


def _like(entries: QuerySet[Any], wanted: str) -> Iterable[SearchEntry]:
    """Entries with a part that is spelt nearly so."""
    return entries.filter(upper__trigram_word_similar=wanted)[:_CANDIDATES] if len(wanted) > _TRIGRAM else []


def _rank(entry: SearchEntry, wanted: str) -> tuple[int, int, int, str]:
    text = _upper(entry.text)
    words_begin = all(any(part.startswith(word) for part in text.split()) for word in wanted.split())
    closeness = 0 if text == wanted else 1 if text.startswith(wanted) else 2 if words_begin else 3
    return closeness, _KIND_ORDER[entry.kind], len(text), text


def _once_each(entries: Iterable[SearchEntry]) -> Iterator[SearchEntry]:
    seen: set[int] = set()
    for entry in entries:
        if entry.station_id not in seen:
            seen.add(entry.station_id)
            yield entry


def _upper(text: str) -> str:
    """Upper case as PostgreSQL writes it: letter by letter, so that ß stays what it is."""
    return "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)
