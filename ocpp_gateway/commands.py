"""Carries out the commands that wait for one connected station, one conversation at a time (C01-C19).

Nothing is asked before the answer to the boot has gone out and a grace has passed (B09, Q25), or, from a charger that
does not boot on a reconnect, before a backstop; nor while a charger works off what it kept while offline (Q61).
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import orjson
from django.conf import settings
from django.utils import timezone

from chargeports import services as chargeports
from chargeports.choices import CommandState
from chargeports.configuration import blank_secrets
from chargeports.models import Command, ConfigurationValue
from charging import services as charging
from ocpp_gateway import credentials, exchanges, habits, metrics
from ocpp_gateway.choices import Direction
from ocpp_gateway.codec import NotSendable
from ocpp_gateway.conversation import (
    Ask,
    CertificatesListed,
    Context,
    Ended,
    Expected,
    KeyProposed,
    KeySettled,
    NamesKeysOnly,
    ProfileInstalled,
    ProfilesCleared,
    Progressed,
    RebootNeeded,
    Reply,
    Reported,
    ScheduleTold,
    Step,
)
from ocpp_gateway.exchanges import Row
from ocpp_gateway.pipe import Answered, Errored, Lost, Malformed, Send, TimedOut
from ocpp_gateway.transfers.addresses import address_for, without_secrets
from stations import services as stations

if TYPE_CHECKING:
    from ocpp_gateway.line import Line

logger = logging.getLogger(__name__)

REMEMBERED_CALLS = 64
UNKNOWN_TO_CHARGER = ("NotImplemented", "NotSupported")
"""Errors by which a charger says that it does not know what it was called for, now and ever (C18)."""
BACKLOG_PAUSE_S = 5
"""Nothing is asked until a charger has sent nothing old for so long."""
BACKLOG_LONGEST_S = 900
"""A charger that still sends old things so long after it connected has a slow clock, not a backlog."""


class _Unsent(Exception):
    """The connection ended before the call left: the command goes back to the queue."""


@dataclass(slots=True)
class _Call:
    """A call of ours: what was sent when, and where the reply is waited for."""

    command: Command
    action: str
    request: str
    sent_at: datetime
    reply: "asyncio.Future[tuple[Reply, str | None]]"


class Commander:
    """The outbound side of one connection."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._ready_at: float | None = line.opened_at + settings.GATEWAY_BOOT_BACKSTOP_S
        self._is_ready = False
        self._is_poked = False
        self._held_back_until = 0.0
        self._work: asyncio.Task[None] | None = None
        self._calls: OrderedDict[Hashable, _Call] = OrderedDict()
        self._keys = count()

    def booted(self, now: float, *, may_be_called: bool) -> None:
        """The boot's answer went out: wait for the grace; a rejected charger is asked nothing (B03)."""
        self._is_ready = False
        self._ready_at = now + settings.GATEWAY_BOOT_GRACE_S if may_be_called else None

    def tick(self, now: float) -> None:
        if not self._is_ready and self._ready_at is not None and now >= self._ready_at:
            self._is_ready = True
            self._is_poked = True
        if self._is_poked:
            self.wake()

    def wake(self) -> None:
        """Something may wait for the station."""
        self._is_poked = True
        if self._may_ask() and self._work is None:
            self._work = asyncio.create_task(self._work_off())

    def hold_back(self) -> None:
        """The charger told of something long past: ask nothing before it has come to an end (Q61)."""
        now = asyncio.get_running_loop().time()
        if now - self._line.opened_at < BACKLOG_LONGEST_S:
            self._held_back_until = now + BACKLOG_PAUSE_S
            self._is_poked = True

    def _may_ask(self) -> bool:
        is_held_back = asyncio.get_running_loop().time() < self._held_back_until
        return self._is_ready and not is_held_back and not self._line.is_over

    async def finish(self) -> None:
        """Return when the running conversation has come to its end; the pipe is closed already."""
        if self._work:
            await self._work

    def settle(self, reply: Reply, raw: str | None) -> None:
        """A reply of the charger, or that there was none in time."""
        call = self._calls.get(reply.key)
        if call is None:
            return
        if not call.reply.done():
            call.reply.set_result((reply, raw))
        elif not isinstance(reply, (TimedOut, Lost)):
            self._line.node.spawn(self._record_late(call, reply, raw))

    async def _work_off(self) -> None:
        try:
            while self._is_poked and self._may_ask():
                self._is_poked = False
                while self._may_ask() and (taken := await self._next()):
                    await self._converse(*taken)
        except _Unsent:
            pass
        except Exception:
            logger.exception("A command to %s failed.", self._line.peer.identity)
        finally:
            self._work = None

    async def _next(self) -> tuple[Command, Context] | None:
        node = self._line.node
        is_waited_for = await node.has_waiting_command(self._line.peer.station_id)
        # Meanwhile the charger may have booted or begun with what it kept.
        return await node.run(self._take) if is_waited_for and self._may_ask() else None

    def _take(self) -> tuple[Command, Context] | None:
        peer = self._line.peer
        command = chargeports.take_queued(peer.station_id, peer.connection_id, timezone.now())
        if command is None:
            return None
        rows = ConfigurationValue.objects.filter(
            station_id=peer.station_id, key__in=self._line.version.configuration_keys
        )
        values = dict(rows.values_list("key", "value"))
        file = address_for(command, values, timezone.now())
        known = habits.habits_of(peer.station_id)
        local_list = charging.plan_local_list(command, timezone.now())
        is_accepted = self._line.is_accepted
        return command, Context(is_accepted, values, known.names_keys_only, file, known.vendor, local_list)

    async def _converse(self, command: Command, context: Context) -> None:
        conversation = self._line.version.converse(command, context)
        reply: Reply | None = None
        try:
            while True:
                reply = await self._do(command, conversation.send(reply))
        except StopIteration:
            return
        except NotSendable as error:
            unsendable = Ended(CommandState.FAILED, str(error))
            await self._line.node.run(lambda: _end(command, unsendable))

    async def _do(self, command: Command, step: Step) -> Reply | None:
        if isinstance(step, Ask):
            return await self._ask(command, step)
        if isinstance(step, Expected):
            self._line.expect(step.action)
            return None
        if isinstance(step, Reported):
            self._line.learn({one.key: one.value for one in step.keys})
        await self._line.node.run(lambda: _write(command, step))
        return None

    async def _ask(self, command: Command, ask: Ask) -> Reply:
        key = next(self._keys)
        loop = asyncio.get_running_loop()
        timeout_s = settings.GATEWAY_CALL_TIMEOUT_S * ask.patience
        effects = self._line.pipe.call(key, ask.action, ask.payload, loop.time(), timeout_s)
        frame = next((effect.frame for effect in effects if isinstance(effect, Send)), None)
        if frame is None:
            raise _Unsent
        call = _Call(command, ask.action, _blanked(frame), timezone.now(), loop.create_future())
        self._remember(key, call)
        await self._line.node.run(lambda: chargeports.record_sent(command.pk, _message_id(frame)))
        await self._line.send(frame)
        reply, raw = await call.reply
        await self._line.node.run(lambda: exchanges.write([self._row(call, reply, raw)]))
        return reply

    def _remember(self, key: Hashable, call: _Call) -> None:
        self._calls[key] = call
        if len(self._calls) > REMEMBERED_CALLS:
            self._calls.popitem(last=False)

    async def _record_late(self, call: _Call, reply: Reply, raw: str | None) -> None:
        await self._line.node.run(lambda: self._write_late(call, reply, raw))

    def _write_late(self, call: _Call, reply: Reply, raw: str | None) -> None:
        outcome, answer = _in_words(reply)
        chargeports.record_late_answer(call.command.pk, outcome, answer, timezone.now())
        exchanges.write([self._row(call, reply, raw, "late-answer")])

    def _row(self, call: _Call, reply: Reply, raw: str | None, *notes: str) -> Row:
        return Row(
            peer=self._line.peer,
            received_at=call.sent_at,
            direction=Direction.OUT,
            request=call.request,
            message_id=reply.unique_id,
            action=call.action,
            port_number=call.command.port_number,
            command_id=call.command.pk,
            response=_blanked(raw) if raw else None,
            answered_at=timezone.now() if raw else None,
            error_code=_error_code(reply),
            mended=(*getattr(reply, "mended", ()), *notes),
        )


def _write(command: Command, step: Step) -> None:
    station_id = command.station_id
    match step:
        case Ended():
            _end(command, step)
        case KeyProposed(wire_value=wire_value):
            credentials.propose_key(station_id, wire_value)
        case KeySettled(accepted=accepted):
            credentials.settle_key(station_id, accepted=accepted)
        case RebootNeeded():
            stations.require_reboot(station_id)
        case NamesKeysOnly():
            habits.note_names_keys_only(station_id)
        case Progressed(parts_sent=parts_sent, parts=parts):
            charging.note_list_progress(command, parts_sent, parts)
        case _:
            _write_told(command, step, timezone.now())


def _write_told(command: Command, step: Step, now: datetime) -> None:
    """What the charger told of itself, or has now."""
    match step:
        case Reported(keys=keys):
            chargeports.record_configuration(command.station_id, command.organisation_id, keys, now, command.pk)
        case CertificatesListed(use=use, certificates=told):
            chargeports.record_installed(command, use, told, now)
        case ProfileInstalled(profile=profile):
            chargeports.note_installed(command, profile, now)
        case ProfilesCleared(which=which):
            chargeports.note_cleared(command, which)
        case ScheduleTold(schedule=schedule):
            chargeports.record_schedule(command, schedule, now)


def _end(command: Command, ended: Ended) -> None:
    now = timezone.now()
    if not chargeports.record_answer(command.pk, ended.state, ended.outcome, ended.answer, now):
        chargeports.record_late_answer(command.pk, ended.outcome, ended.answer, now)
    if (ended.answer or {}).get("error") in UNKNOWN_TO_CHARGER:
        chargeports.note_unknown(command)
    elif ended.state == CommandState.ACCEPTED:
        chargeports.note_known(command)
    metrics.COMMANDS.labels(command.kind, ended.state.value).inc()


def _in_words(reply: Reply) -> tuple[str, dict[str, Any] | None]:
    match reply:
        case Answered(payload=payload):
            return str(payload.get("status", "answered")), payload
        case Errored(code=code, description=description):
            return code, {"error": code, "description": description}
        case Malformed(payload=payload, reason=reason):
            return reply.in_words, {"malformed": payload, "reason": reason}
        case _:
            return "", None


def _error_code(reply: Reply) -> str | None:
    match reply:
        case Errored(code=code):
            return code
        case Malformed():
            return "MalformedAnswer"
        case TimedOut():
            return "NoAnswer"
        case Lost():
            return "ConnectionLost"
        case _:
            return None


def _message_id(frame: str) -> str:
    return str(orjson.loads(frame)[1])


def _blanked(frame: str) -> str:
    """The frame without secret values. A text that is no JSON holds none that could be told from the rest."""
    frame = without_secrets(frame)
    try:
        content = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return frame
    blanked = blank_secrets(content)
    return frame if blanked == content else orjson.dumps(blanked).decode()
