"""Which tags the charger itself knows: the local list and the cache (OCPP 1.6 §3.4, §3.5)."""

from typing import Any

from ocpp.v16.enums import AuthorizationStatus, UpdateStatus, UpdateType

from ocpp_gateway.simulator import timestamps

CACHE_SIZE = 200

TagInfo = dict[str, Any]
"""An idTagInfo, its names in snake_case: status, and maybe parent_id_tag and expiry_date."""


def is_accepted(info: TagInfo | None) -> bool:
    """Whether the answer is Accepted and not past its expiry date."""
    if info is None or info["status"] != AuthorizationStatus.accepted:
        return False
    expiry = info.get("expiry_date")
    return expiry is None or timestamps.parse(expiry) > timestamps.now()


class KnownTags:
    """Local list and cache of one charger. Tags are compared without regard to case (CiString)."""

    def __init__(self) -> None:
        self.list_version = 0
        self._list: dict[str, TagInfo] = {}
        self._cache: dict[str, TagInfo] = {}

    def find(self, id_tag: str) -> TagInfo | None:
        """What is known of a tag; the list goes before the cache."""
        return self._list.get(id_tag.lower()) or self._cache.get(id_tag.lower())

    def remember(self, id_tag: str, info: TagInfo) -> None:
        """Keep an answer of the central system; the oldest one makes room."""
        self._cache.pop(id_tag.lower(), None)
        self._cache[id_tag.lower()] = info
        if len(self._cache) > CACHE_SIZE:
            del self._cache[next(iter(self._cache))]

    def clear_cache(self) -> None:
        self._cache.clear()

    def update_list(self, version: int, update_type: str, entries: list[dict[str, Any]], limit: int) -> UpdateStatus:
        """Answer a SendLocalList (§5.15): an entry without information removes the tag."""
        if update_type == UpdateType.differential and version <= self.list_version:
            return UpdateStatus.version_mismatch
        updated = {} if update_type == UpdateType.full else dict(self._list)
        for entry in entries:
            updated.pop(entry["id_tag"].lower(), None)
            if entry.get("id_tag_info"):
                updated[entry["id_tag"].lower()] = entry["id_tag_info"]
        if version <= 0 or len(updated) > limit:
            return UpdateStatus.failed
        self._list, self.list_version = updated, version
        return UpdateStatus.accepted
