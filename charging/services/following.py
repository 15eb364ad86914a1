"""The way of a start from the portal: it waits for its session, charges until that ends, or fails.

A voucher that a start holds is given back where no session began. All functions work across organisations inside the
caller's transaction.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from chargeports.choices import CommandKind, CommandState
from chargeports.models import Command
from charging.choices import PortalStartState, SessionState, TokenStatus
from charging.models import IdToken, PortalStart, Voucher
from common.live import announce

_CAME_TO_NOTHING = (CommandState.REJECTED, CommandState.FAILED, CommandState.EXPIRED, CommandState.CANCELLED)
_AT_ONCE = 500


def follow_starts(starts: Mapping[int, PortalStart]) -> None:
    """Sessions, by their ids, have begun with the tokens of these starts. No query where there are none.

    A start that was given up meanwhile takes its voucher again, unless somebody else has it.
    """
    for session_id, start in starts.items():
        begun = PortalStart.objects.filter(pk=start.pk, session=None)
        if begun.update(session_id=session_id, state=PortalStartState.CHARGING) and start.voucher_id:
            Voucher.objects.filter(pk=start.voucher_id, start=None).update(start=start, redeemed_at=start.created_at)


def follow_commands(commands: Iterable[Command]) -> None:
    """Commands have moved: a start that the station refused or was never asked for will not begin."""
    failed = [one.pk for one in commands if one.kind == CommandKind.START_CHARGING and _came_to_nothing(one)]
    if failed:
        _give_up(PortalStart.objects.filter(command__in=failed, state=PortalStartState.WAITING).values_list("pk"))


def _came_to_nothing(command: Command) -> bool:
    return command.state in _CAME_TO_NOTHING


def give_up_waiting(now: datetime) -> int:
    """End the starts that nobody plugged in for; how many."""
    due = PortalStart.objects.filter(state=PortalStartState.WAITING, waits_until__lte=now).order_by("pk")
    return _give_up(due.values_list("pk")[:_AT_ONCE])


def finish_ended() -> int:
    """End the starts whose session has ended: their tokens start nothing again; how many."""
    charging = PortalStart.objects.filter(state=PortalStartState.CHARGING)
    ended = list(charging.exclude(session__state=SessionState.RUNNING).values_list("pk", "token_id")[:_AT_ONCE])
    _block(token_id for _, token_id in ended)
    return PortalStart.objects.filter(pk__in=[pk for pk, _ in ended]).update(state=PortalStartState.DONE)


@transaction.atomic
def _give_up(found: Iterable[tuple[int]]) -> int:
    """Those of the starts that nobody moved meanwhile: voucher back, token blocked."""
    ids = [pk for (pk,) in found]
    waiting = PortalStart.objects.select_for_update(skip_locked=True).filter(pk__in=ids)
    starts = list(waiting.filter(state=PortalStartState.WAITING).order_by("pk"))
    if not starts:
        return 0
    Voucher.objects.filter(start__in=starts).update(start=None, redeemed_at=None)
    _block(start.token_id for start in starts)
    PortalStart.objects.filter(pk__in=[start.pk for start in starts]).update(state=PortalStartState.FAILED)
    announce(f"port.{start.station_id}.{start.port_number}" for start in starts)
    return len(starts)


def _block(token_ids: Iterable[int | None]) -> None:
    found = [pk for pk in token_ids if pk]
    if found:
        IdToken.objects.filter(pk__in=found).exclude(status=TokenStatus.BLOCKED).update(status=TokenStatus.BLOCKED)
