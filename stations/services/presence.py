"""What changes with a station's connection. Every function takes many stations and a constant number of queries.

They work across organisations, inside the caller's transaction. Rows are locked in the order of the stations, so that
two batches never wait for each other.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from django.db import connection
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from common.live import announce
from common.text import fit
from stations.models import StationState
from stations.webhooks import tell_of_presence

TransferStatus = tuple[int, str, datetime]


def set_online(station_ids: Iterable[int], at: datetime) -> None:
    """The stations are connected since `at`."""
    _set_online(station_ids, at, online=True)


def set_offline(station_ids: Iterable[int], at: datetime) -> None:
    """The stations lost their connection at `at`."""
    _set_online(station_ids, at, online=False)


def _set_online(station_ids: Iterable[int], at: datetime, *, online: bool) -> None:
    changed = Q(online=not online) | Q(lost_at__isnull=False)
    states = _locked(changed, station_id__in=set(station_ids))
    turned = [state for state in states if state.online != online]
    back = [state for state in states if state.online == online]
    StationState.objects.filter(pk__in=[state.pk for state in back]).update(lost_at=None)
    StationState.objects.filter(pk__in=[state.pk for state in turned]).update(
        online=online, online_changed_at=at, lost_at=None, last_seen_at=Greatest(F("last_seen_at"), Value(at))
    )
    tell_of_presence(turned, at, online=online)
    _announce(turned)


def note_lost(station_ids: Iterable[int], at: datetime) -> None:
    """The stations' connections broke off at `at`: they are offline if they are not back soon (`give_up_lost`)."""
    states = _locked(station_id__in=set(station_ids), online=True, lost_at=None)
    StationState.objects.filter(pk__in=[state.pk for state in states]).update(lost_at=at)


def give_up_lost(before: datetime) -> None:
    """Stations whose connection broke off before `before`, and that did not come back, are offline since then."""
    states = _locked(lost_at__lt=before)
    StationState.objects.filter(pk__in=[state.pk for state in states]).update(
        online=False, online_changed_at=F("lost_at"), lost_at=None
    )
    tell_of_presence(states, None, online=False)
    _announce(states)


def _locked(*conditions: Q, **lookups: Any) -> list[StationState]:
    rows = StationState.objects.select_for_update().order_by("station_id").filter(*conditions, **lookups)
    return list(rows.only("station_id", "organisation_id", "online", "lost_at"))


def _announce(states: list[StationState]) -> None:
    if states:
        announce(f"station.{state.station_id}" for state in states)
        announce(f"organisation.{state.organisation_id}" for state in states)


def touch(seen: dict[int, datetime]) -> None:
    """Note when something was last heard of each station; a time before the known one changes nothing."""
    if not seen:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE stations_stationstate AS state SET last_seen_at = heard.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS heard (station_id, at)"
            " WHERE state.station_id = heard.station_id"
            " AND (state.last_seen_at IS NULL OR state.last_seen_at < heard.at)",
            [list(seen.keys()), list(seen.values())],
        )


def record_firmware_status(reports: Iterable[TransferStatus]) -> None:
    """Keep the newest word on each station's firmware update: (station id, status, time) in order of arrival."""
    _record_transfer("firmware_status", reports)


def record_diagnostics_status(reports: Iterable[TransferStatus]) -> None:
    """Keep the newest word on each station's diagnostics upload: (station id, status, time) in order of arrival."""
    _record_transfer("diagnostics_status", reports)


def _record_transfer(
    field: Literal["firmware_status", "diagnostics_status"], reports: Iterable[TransferStatus]
) -> None:
    newest = {station_id: fit(status, 40) for station_id, status, _at in reports}
    if not newest:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE stations_stationstate AS state SET {field} = said.status"  # noqa: S608 - one of two names
            " FROM unnest(%s::bigint[], %s::text[]) AS said (station_id, status)"
            f" WHERE state.station_id = said.station_id AND state.{field} <> said.status RETURNING state.station_id",
            [list(newest.keys()), list(newest.values())],
        )
        announce([f"station.{station_id}" for (station_id,) in cursor.fetchall()])


def note_clock(station_id: int, ahead_s: int) -> None:
    """The charger's clock is so far ahead of ours (negative: behind)."""
    if StationState.objects.filter(station_id=station_id).exclude(clock_ahead_s=ahead_s).update(clock_ahead_s=ahead_s):
        announce([f"station.{station_id}"])


def require_reboot(station_id: int) -> None:
    """The station accepted a setting that works only after its next boot, which clears the mark."""
    if StationState.objects.filter(station_id=station_id, reboot_required=False).update(reboot_required=True):
        announce([f"station.{station_id}"])
