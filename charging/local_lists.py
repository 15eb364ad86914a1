"""Which tokens belong on the list that a station keeps itself, and what changes between two lists."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from chargeports.models import ConfigurationValue
from charging.choices import PORTAL_TAG
from charging.selectors import TokenRow, admissions, valid_tokens
from common.numbers import whole_number

LONGEST = "LocalAuthListMaxLength"

# Tag → expiry (ISO 8601, UTC) and parent id tag.
Entries = Mapping[str, list[str | None]]


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What a station is to have, and what it has as far as is known: `known` None is unknown."""

    wanted: Entries
    known: Entries | None
    version: int | None
    in_full: bool


def digest_of(entries: Entries) -> str:
    return hashlib.sha256(orjson.dumps(entries, option=orjson.OPT_SORT_KEYS)).hexdigest()


def changes(known: Entries, wanted: Entries) -> tuple[list[str], dict[str, list[str | None]]]:
    """The tags that go, then the entries that come or change. Tags are compared as they are written."""
    gone = [tag for tag in known if tag not in wanted]
    return gone, {tag: entry for tag, entry in wanted.items() if known.get(tag) != entry}


# What stations with the same list have in common: the groups that may charge, and how many tokens they hold.
_Kind = tuple[frozenset[int] | None, int | None]


class AdmittedTokens:
    """The tokens that belong on the lists of some stations of one organisation: those that may charge there now,
    without those made for one start. Three queries, whatever the number of stations.

    Where a station holds fewer (LocalAuthListMaxLength), the newest are taken.
    """

    def __init__(self, organisation_id: int, station_ids: Collection[int], at: datetime) -> None:
        self._tokens = valid_tokens(organisation_id, at)
        self._groups = admissions(station_ids)
        self._longest = _longest(station_ids)
        self._found: dict[_Kind, tuple[Entries, int]] = {}
        self._digests: dict[_Kind, str] = {}

    def of(self, station_id: int) -> tuple[Entries, int]:
        """The entries for the station, and how many find no room."""
        kind = self._kind(station_id)
        if kind not in self._found:
            self._found[kind] = self._entries(*kind)
        return self._found[kind]

    def digest(self, station_id: int) -> str:
        """The digest of the entries: reckoned once for all stations that have the same."""
        kind = self._kind(station_id)
        if kind not in self._digests:
            self._digests[kind] = digest_of(self.of(station_id)[0])
        return self._digests[kind]

    def _kind(self, station_id: int) -> _Kind:
        groups = self._groups.get(station_id)
        return None if groups is None else frozenset(groups), self._longest.get(station_id)

    def _entries(self, groups: frozenset[int] | None, longest: int | None) -> tuple[Entries, int]:
        admitted = [row for row in self._tokens if groups is None or _is_admitted(row, groups)]
        taken = admitted if longest is None else admitted[:longest]
        entries = {row.token: [_text(row.expires_at), row.parent_id] for row in taken}
        return entries, len(admitted) - len(taken)


def _is_admitted(row: TokenRow, groups: frozenset[int]) -> bool:
    return row.group_id in groups or row.token.upper() == PORTAL_TAG


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _longest(station_ids: Iterable[int]) -> dict[int, int]:
    """How many tokens the stations say that they hold."""
    rows = ConfigurationValue.objects.filter(station_id__in=station_ids, key=LONGEST)
    return {pk: told for pk, value in rows.values_list("station_id", "value") if (told := whole_number(value))}
