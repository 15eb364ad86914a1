"""BootNotification: what a station says of itself, and what it is answered (docs/ocpp.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from accounts.services import audit_entry, record
from common.actor import Actor
from common.bulk import update_rows
from common.errors import Refused
from common.live import announce
from common.text import fit
from stations.choices import BootStatus, LifeCycle
from stations.history import FIRMWARE_CHANGED, HARDWARE_CONFIRMED, OTHER_HARDWARE
from stations.models import Station, StationReport, StationState
from stations.services.history import Occurrence, record_event, record_events
from stations.services.search_index import index_stations
from stations.services.traces import trace_hardware
from stations.signals import send_station_changed

# By these a station is known to be the same device (B07).
_HARDWARE = ("vendor", "model", "serial_number", "box_serial_number")
_SAID = (*_HARDWARE, "firmware_version", "iccid", "imsi", "meter_type", "meter_serial_number")
_ANSWERS = {
    LifeCycle.PLANNED: BootStatus.PENDING,
    LifeCycle.IN_OPERATION: BootStatus.ACCEPTED,
    # Reachable and to be configured, but it must not charge.
    LifeCycle.OUT_OF_OPERATION: BootStatus.PENDING,
    LifeCycle.DECOMMISSIONED: BootStatus.REJECTED,
}


@dataclass(frozen=True)
class BootReport:
    """What a station said of itself when it booted; an empty text is what it left out."""

    station_id: int
    vendor: str
    model: str
    at: datetime
    serial_number: str = ""
    box_serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""


def record_boots(reports: Sequence[BootReport]) -> list[BootStatus]:
    """Keep what the stations report and say what each is answered, in the order of `reports`.

    The answer follows from the life cycle. Another device under a known identity is held: it is answered Pending until
    a person confirms it (`confirm_hardware`). A value that the station left out keeps what was said before. Works
    across organisations inside the caller's transaction.
    """
    ids = {report.station_id for report in reports}
    states = _locked_states(ids)
    known = StationReport.objects.select_related("station").in_bulk(ids)
    before = {station_id: _values(said) for station_id, said in known.items()}
    audit: list[AuditEntry] = []
    answers = [_boot(report, states.get(report.station_id), known, audit) for report in reports]
    _save(states, known, before)
    AuditEntry.objects.bulk_create(audit)
    record_events(_events(known, before, audit))
    announce(f"station.{station_id}" for station_id in states)
    return answers


def _locked_states(ids: set[int]) -> dict[int, StationState]:
    states = StationState.objects.select_for_update(of=("self",)).select_related("station").order_by("station_id")
    return {state.station_id: state for state in states.filter(station_id__in=ids)}


def _values(said: StationReport) -> tuple[str, ...]:
    return tuple(getattr(said, name) for name in _SAID)


def _boot(
    report: BootReport, state: StationState | None, known: dict[int, StationReport], audit: list[AuditEntry]
) -> BootStatus:
    if state is None:
        return BootStatus.REJECTED
    answer = _ANSWERS[LifeCycle(state.station.life_cycle)]
    if answer != BootStatus.REJECTED:
        said = known.setdefault(report.station_id, StationReport(station=state.station))
        _take_over(report, said, state.station, audit)
        answer = BootStatus.PENDING if said.held_because else answer
    state.boot_status, state.last_boot_at, state.reboot_required = answer, report.at, False
    return answer


def _take_over(report: BootReport, said: StationReport, station: Station, audit: list[AuditEntry]) -> None:
    new = {name: fit(getattr(report, name), 255) for name in _SAID}
    other = _other_hardware(said, new)
    if other:
        said.held_because = fit("; ".join(f"{name}: {old} → {now}" for name, (old, now) in other.items()), 255)
        before, after = ({name: pair[side] for name, pair in other.items()} for side in (0, 1))
        audit.append(
            audit_entry(
                _station_actor(station),
                station.organisation_id,
                "stations.other_hardware",
                station,
                before=before,
                after=after,
            )
        )
    for name, value in new.items():
        if value:
            setattr(said, name, value)
    said.reported_at = report.at


def _other_hardware(said: StationReport, new: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What both reports tell, and tell differently: field → (before, now)."""
    pairs = {name: (getattr(said, name), new[name]) for name in _HARDWARE}
    return {name: (old, now) for name, (old, now) in pairs.items() if old and now and old.lower() != now.lower()}


def _events(
    known: dict[int, StationReport], before: dict[int, tuple[str, ...]], audit: list[AuditEntry]
) -> Iterator[Occurrence]:
    """What the stations' histories tell of these boots: other firmware than before, another device."""
    for station_id, values in before.items():
        said, old = known[station_id], dict(zip(_SAID, values, strict=True))["firmware_version"]
        if old and said.firmware_version != old:
            changed = {"before": old, "after": said.firmware_version}
            yield Occurrence(station_id, FIRMWARE_CHANGED, _station_actor(said.station), said.reported_at, changed)
    for entry in audit:
        said = known[int(entry.object_id)]
        what = {"what": said.held_because}
        yield Occurrence(said.station_id, OTHER_HARDWARE, _station_actor(said.station), said.reported_at, what)


def _station_actor(station: Station) -> Actor:
    return Actor(kind="station", label=station.identity, id=station.pk)


def _save(states: dict[int, StationState], known: dict[int, StationReport], before: dict[int, tuple[str, ...]]) -> None:
    update_rows(list(states.values()), ["boot_status", "last_boot_at", "reboot_required"])
    StationReport.objects.bulk_create(
        [known[station_id] for station_id in sorted(known)],
        update_conflicts=True,
        unique_fields=["station"],
        update_fields=[*_SAID, "reported_at", "held_because"],
    )
    changed = [station_id for station_id, said in known.items() if before.get(station_id) != _values(said)]
    index_stations(changed)
    trace_hardware(changed)


def confirm_hardware(actor: Actor, station: Station) -> None:
    """The other device that answers under this identity is the right one: the station is no longer held.

    Raises Refused where nothing is held.
    """
    with transaction.atomic():
        said = StationReport.objects.select_for_update().filter(station=station).exclude(held_because="").first()
        if said is None:
            raise Refused(_("This station is not held: nothing has to be confirmed."))
        before = {"held_because": said.held_because}
        said.held_because = ""
        said.save(update_fields=["held_because"])
        record(actor, station.organisation_id, "stations.hardware_confirmed", station, before=before)
        record_event(station, HARDWARE_CONFIRMED, actor)
        announce([f"station.{station.pk}"])
        send_station_changed(station.pk, frozenset({"held_because"}))
