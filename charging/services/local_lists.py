"""The lists of tokens that stations keep themselves: what is sent, what came of it, and keeping them right.

All functions work across organisations; none of them opens a scope.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Q

from accounts.services import record
from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from chargeports.services import request_of_all
from charging.choices import LocalListState
from charging.local_lists import AdmittedTokens, Entries, ListPlan, digest_of
from charging.models import LocalList, LocalListContent
from common.actor import Actor
from common.live import announce
from common.text import fit
from stations.models import Station

NO_LIST = "Local list not supported"
_WITHOUT_LIST = (NO_LIST, "NotSupported", "NotImplemented")
LISTS_AT_ONCE = 500
_CHECK_EVERY = timedelta(minutes=10)
_VERIFY_EVERY = timedelta(days=1)
_FIRST_RETRY = timedelta(minutes=30)
_LAST_RETRY = timedelta(days=1)
_MOST_DOUBLINGS = 6


@transaction.atomic
def plan_local_list(command: Command, now: datetime) -> ListPlan | None:
    """What the command that is about to be sent is to bring about; None for another kind of command."""
    if command.kind != CommandKind.SEND_LOCAL_LIST:
        return None
    ours, _made = LocalList.objects.select_for_update(of=("self",)).get_or_create(
        station_id=command.station_id, defaults={"organisation_id": command.organisation_id}
    )
    is_emptied = bool(command.parameters.get("empty"))
    wanted, left_out = _wanted(command, now, is_emptied=is_emptied)
    ours.pending = _content(command.organisation_id, wanted)
    ours.left_out = left_out
    ours.is_kept = ours.is_kept and not is_emptied
    ours.parts_sent = ours.parts = 0
    ours.save(update_fields=["pending", "left_out", "is_kept", "parts_sent", "parts"])
    known = ours.content.entries if ours.content else None
    return ListPlan(wanted, known, ours.version, in_full=bool(command.parameters.get("full")))


def _wanted(command: Command, now: datetime, *, is_emptied: bool) -> tuple[Entries, int]:
    if is_emptied:
        return {}, 0
    return AdmittedTokens(command.organisation_id, [command.station_id], now).of(command.station_id)


def _content(organisation_id: int, entries: Entries) -> LocalListContent:
    content, _made = LocalListContent.objects.get_or_create(
        organisation_id=organisation_id,
        digest=digest_of(entries),
        defaults={"entries": entries, "size": len(entries)},
    )
    return content


def note_list_progress(command: Command, parts_sent: int, parts: int) -> None:
    """So many parts of the list have been taken."""
    LocalList.objects.filter(station_id=command.station_id).update(parts_sent=parts_sent, parts=parts)
    announce([f"command.{command.pk}", f"station.{command.station_id}"])


def follow_lists(commands: Iterable[Command]) -> None:
    """Commands have moved: what the station has now, or that it is no longer known."""
    for command in commands:
        if command.kind == CommandKind.SEND_LOCAL_LIST and command.ended_at and command.sent_at:
            _settle(command)


def _settle(command: Command) -> None:
    ours = LocalList.objects.select_for_update(of=("self",)).filter(station_id=command.station_id).first()
    if ours is None:
        return
    if command.state == CommandState.ACCEPTED:
        _succeeded(ours, command)
    else:
        _failed(ours, command)
    ours.pending = None
    ours.save()


def _succeeded(ours: LocalList, command: Command) -> None:
    answer = command.answer or {}
    ours.content, ours.version = ours.pending, answer.get("listVersion")
    ours.state, ours.problem, ours.failures, ours.retry_at = LocalListState.CURRENT, "", 0, None
    ours.verified_at = command.ended_at
    if "updateType" in answer:
        ours.sent_at = command.ended_at


def _failed(ours: LocalList, command: Command) -> None:
    """What the station has now is not known, so that the next list is sent in full."""
    is_unsupported = command.outcome.partition(":")[0] in _WITHOUT_LIST
    ours.content = ours.version = None
    ours.state = LocalListState.UNSUPPORTED if is_unsupported else LocalListState.FAILED
    ours.is_kept = ours.is_kept and not is_unsupported
    ours.problem = fit(command.outcome, 255)
    wait = min(_FIRST_RETRY * 2 ** min(ours.failures, _MOST_DOUBLINGS), _LAST_RETRY)
    ours.retry_at = (command.ended_at or datetime.now(UTC)) + wait
    ours.failures += 1


def keep_local_list(actor: Actor, station: Station, *, kept: bool) -> None:
    """Whether the portal sends the station its list again when tokens change."""
    with transaction.atomic():
        ours, _made = LocalList.objects.select_for_update(of=("self",)).get_or_create(
            station=station, defaults={"organisation_id": station.organisation_id, "is_kept": not kept}
        )
        if ours.is_kept == kept:
            return
        LocalList.objects.filter(pk=ours.pk).update(is_kept=kept, retry_at=None)
        values = {"before": {"is_kept": not kept}, "after": {"is_kept": kept}}
        record(actor, station.organisation_id, "charging.local_list_kept", station, **values)
        announce([f"station.{station.pk}"])


def check_local_lists(actor: Actor, now: datetime) -> int:
    """Send the lists that are no longer right, or that nobody has compared with the station's for a day. Looks at the
    `LISTS_AT_ONCE` whose turn it is, of stations that are online; how many.
    """
    with transaction.atomic():
        due = list(_due(now))
        LocalList.objects.filter(pk__in=[one.pk for one in due]).update(checked_at=now)
        stale = [station_id for ours in _by_organisation(due) for station_id in _stale(ours, now)]
        if stale:
            request_of_all(actor, stale, CommandKind.SEND_LOCAL_LIST, {})
    return len(due)


def _due(now: datetime) -> Iterable[LocalList]:
    lists = LocalList.objects.select_for_update(of=("self",), skip_locked=True).filter(
        Q(retry_at=None) | Q(retry_at__lte=now),
        is_kept=True,
        checked_at__lte=now - _CHECK_EVERY,
        station__state__online=True,
    )
    # The entries themselves may be long, and the digest tells as much.
    return lists.select_related("content").defer("content__entries").order_by("checked_at")[:LISTS_AT_ONCE]


def _by_organisation(lists: Iterable[LocalList]) -> list[list[LocalList]]:
    of = attrgetter("organisation_id")
    return [list(group) for _key, group in groupby(sorted(lists, key=of), key=of)]


def _stale(lists: list[LocalList], now: datetime) -> list[int]:
    """The stations of one organisation whose list is to be sent."""
    tokens = AdmittedTokens(lists[0].organisation_id, [one.station_id for one in lists], now)
    return [one.station_id for one in lists if _is_unverified(one, now) or tokens.digest(one.station_id) != _has(one)]


def _is_unverified(ours: LocalList, now: datetime) -> bool:
    return ours.verified_at is None or ours.verified_at <= now - _VERIFY_EVERY


def _has(ours: LocalList) -> str:
    return ours.content.digest if ours.content else ""


def forget_unused_contents(now: datetime) -> int:
    """Remove contents that no station has any more; how many."""
    unused = LocalListContent.objects.filter(lists=None, pending_lists=None, created_at__lte=now - _VERIFY_EVERY)
    found = list(unused.order_by("pk").values_list("pk", flat=True)[:LISTS_AT_ONCE])
    return LocalListContent.objects.filter(pk__in=found).delete()[0]
