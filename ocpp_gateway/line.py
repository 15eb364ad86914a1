"""One connection of a station, from its acceptance to its end: reads frames, has them handled, answers.

A charger's calls are handled one after the other, so that they keep their order and a charger that floods slows down
only itself: the server stops reading its socket meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from ocpp_gateway import metrics
from ocpp_gateway.admission import HEARTBEAT_KEY, Admitted
from ocpp_gateway.choices import Direction
from ocpp_gateway.clock import ClockWatch
from ocpp_gateway.closing import OurClose, closing
from ocpp_gateway.codec import Call, CallErrorCode, Invalid, parse
from ocpp_gateway.commands import Commander
from ocpp_gateway.exchanges import Given, Row
from ocpp_gateway.messages import Answer, BootAnswer, InboundCall, Peer, zone_of
from ocpp_gateway.pipe import (
    Answered,
    Effect,
    Errored,
    Incoming,
    Lost,
    Malformed,
    Pipe,
    Refused,
    Repeated,
    Send,
    Stray,
    TimedOut,
)
from ocpp_gateway.registry import Ended
from ocpp_gateway.versions import ASSUMED, VERSIONS
from stations import services as stations

if TYPE_CHECKING:
    from ocpp_gateway.node import Node

logger = logging.getLogger(__name__)

HEARTBEATS_MISSED = 3
SILENCE_MARGIN_S = 60
SEND_PATIENCE_S = 30
CLOSE_PATIENCE_S = 5

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send_ = Callable[[dict[str, Any]], Awaitable[None]]


class Line:
    """`run` lives as long as the connection; `end` ends it for a reason of ours, from wherever."""

    def __init__(self, node: "Node", admitted: Admitted, receive: Receive, send: Send_) -> None:
        self.node = node
        self.version = VERSIONS[admitted.subprotocol or ASSUMED]
        self.pipe = Pipe(self.version.reader)
        for given in reversed(admitted.given):
            self._remember(given)
        if admitted.connection_id is None:
            raise ValueError("Another connection of the station is open: this one has to take its place first.")
        self.peer = Peer(
            connection_id=admitted.connection_id,
            station_id=admitted.station_id,
            organisation_id=admitted.organisation_id,
            identity=admitted.identity,
            zone=zone_of(admitted.time_zone),
            wants_local_time=admitted.wants_local_time,
        )
        self.is_accepted = admitted.was_accepted
        self.is_over = False
        self._loop = asyncio.get_running_loop()
        self.opened_at = self._heard_at = self._loop.time()
        self.last_message_at: datetime | None = None
        self.commander = Commander(self)
        self._subprotocol = admitted.subprotocol
        self._receive = receive
        self._send = send
        self.finished: asyncio.Future[None] = self._loop.create_future()
        self._task: asyncio.Task[Any] | None = None
        self._ours: OurClose | None = None
        self._server_code: int | None = None
        self._reason = ""
        self._sending_since: float | None = None
        self._longest_silence_s = 0.0
        self._expect_life_every(admitted.heartbeat_s or settings.GATEWAY_HEARTBEAT_INTERVAL_S)
        self._expected: set[str] = set()
        self._clock = ClockWatch()
        self._messages_in = 0
        self._messages_out = 0

    async def run(self, heard: dict[str, Any] | None = None, *, is_accepted: bool = False) -> None:
        """Serve the connection to its end. Never raises: a connection that is not closed properly would be a zombie.

        :param heard: a first message that was received already.
        :param is_accepted: whether the websocket is accepted already.
        """
        self._task = asyncio.current_task()
        self.node.add(self)
        try:
            if not is_accepted:
                await self._send({"type": "websocket.accept", "subprotocol": self._subprotocol})
            await self._read(heard)
        except asyncio.CancelledError:
            self._ours = self._ours or OurClose.BROKER_RESTART
        except OSError:
            logger.debug("%s was gone while something was sent to it.", self.peer.identity)
        except Exception:
            logger.exception("The connection of %s failed.", self.peer.identity)
            self._ours = OurClose.CRASHED
        await self._finish()
        self.finished.set_result(None)

    def end(self, ours: OurClose) -> None:
        """End the connection, and say why."""
        if self._task and not self.is_over and self._ours is None:
            self._ours = ours
            self._task.cancel()

    async def send(self, frame: str) -> None:
        self._sending_since = self._loop.time()
        self._messages_out += 1
        try:
            await self._send({"type": "websocket.send", "text": frame})
        finally:
            self._sending_since = None

    def tick(self, now: float) -> None:
        """Once a second: what did not come in time."""
        for effect in self.pipe.tick(now):
            if isinstance(effect, TimedOut):
                self.commander.settle(effect, None)
        self.commander.tick(now)
        if self._sending_since is not None and now - self._sending_since > SEND_PATIENCE_S:
            self.end(OurClose.TOO_SLOW)
        elif now - self._heard_at > self._longest_silence_s:
            self.end(OurClose.SILENT)

    def expect(self, action: str) -> None:
        """The charger was asked for a message of this action: it is served also before the charger is accepted."""
        self._expected.add(action)

    def learn(self, configuration: dict[str, str | None]) -> None:
        """The charger reported these settings of its own."""
        told = (configuration.get(HEARTBEAT_KEY) or "").strip()
        if told.isdecimal() and int(told):
            self._expect_life_every(int(told))

    def _expect_life_every(self, interval_s: int) -> None:
        longest = HEARTBEATS_MISSED * interval_s + SILENCE_MARGIN_S
        self._longest_silence_s = max(self._longest_silence_s, longest)

    def _remember(self, given: Given) -> None:
        """An answer of an earlier connection: if its call comes again, so does the answer (R15)."""
        call = parse(given.request)
        if isinstance(call, Call):
            self.pipe.remember(call.unique_id, call.action, call.payload, given.response)

    async def _read(self, heard: dict[str, Any] | None) -> None:
        while True:
            message, heard = heard or await self._receive(), None
            if message["type"] == "websocket.disconnect":
                self._server_code, self._reason = message.get("code"), message.get("reason") or ""
                return
            self._heard_at = self._loop.time()
            self.last_message_at = datetime.now(UTC)
            self._messages_in += 1
            text = message.get("text")
            if text is None:
                self._ours = OurClose.NOT_TEXT
                return
            await self._carry_out(self.pipe.receive(text, self._heard_at), text)

    async def _carry_out(self, effects: list[Effect], text: str) -> None:
        frames = [effect.frame for effect in effects if isinstance(effect, Send)]
        for effect in effects:
            match effect:
                case Incoming():
                    await self._handle(effect, text)
                case Send(frame=frame):
                    await self.send(frame)
                case Answered() | Errored() | Malformed() | TimedOut() | Lost():
                    self.commander.settle(effect, text)
                case _:
                    await self._log(effect, text, frames[0] if frames else None)

    async def _handle(self, incoming: Incoming, text: str) -> None:
        call = InboundCall(
            peer=self.peer,
            unique_id=incoming.unique_id,
            action=incoming.action,
            payload=incoming.payload,
            raw=text,
            received_at=self.last_message_at or timezone.now(),
            mended=incoming.mended,
            refusal=None if self._serves(incoming.action) else CallErrorCode.SECURITY_ERROR,
        )
        answer = await self._answer(call)
        if answer.error:
            await self.send(self.pipe.refuse(incoming, answer.error))
        else:
            self.pipe.answer(incoming, answer.frame)
            await self.send(answer.frame)
        metrics.messages(call.action, answer.error or "confirmed").inc()
        metrics.ANSWER_SECONDS.observe(self._loop.time() - self._heard_at)
        if answer.boot:
            self._booted(answer.boot)
        if answer.is_backlog:
            self.commander.hold_back()
        ahead = self._clock.hear(call)
        if ahead is not None:
            self.node.spawn(self._note_clock(round(ahead.total_seconds())))

    async def _note_clock(self, ahead_s: int) -> None:
        await self.node.run(lambda: stations.note_clock(self.peer.station_id, ahead_s))

    def _serves(self, action: str) -> bool:
        """Before a charger is accepted it is served only what belongs there, or what it was asked for (B04)."""
        return self.is_accepted or action in self.version.before_acceptance or action in self._expected

    async def _answer(self, call: InboundCall) -> Answer:
        try:
            return await self.node.submit(self.version, call)
        except Exception:
            logger.exception("A call of %s was not stored.", self.peer.identity)
            return Answer({}, error=CallErrorCode.INTERNAL_ERROR)

    def _booted(self, boot: BootAnswer) -> None:
        now = self._loop.time()
        self.is_accepted = boot.accepted
        self._clock.forget()
        self._expect_life_every(boot.interval_s)
        self.commander.booted(now, may_be_called=boot.may_be_called)
        if boot.accepted:
            self.node.first_contact.plan(self.peer, now)

    async def _log(self, effect: Effect, text: str, response: str | None) -> None:
        row = self._row(effect, text, response)
        try:
            await self.node.submit(self.version, row)
        except Exception:
            logger.exception("A frame of %s was not logged.", self.peer.identity)
        action = row.action if row.action in self.version.reader.version.requests else "other"
        metrics.messages(action, row.error_code or row.mended[0]).inc()

    def _row(self, effect: Effect, text: str, response: str | None) -> Row:
        at = self.last_message_at or timezone.now()
        answered_at = at if response else None
        match effect:
            case Refused(unique_id=unique_id, action=action, code=code, mended=mended):
                return Row(
                    self.peer, at, Direction.IN, text, unique_id, action,
                    response=response, answered_at=answered_at, error_code=code, mended=mended,
                )  # fmt: skip
            case Repeated(unique_id=unique_id, action=action):
                return Row(
                    self.peer, at, Direction.IN, text, unique_id, action,
                    response=response, answered_at=answered_at, mended=("repeated",),
                )  # fmt: skip
            case Invalid(raw=raw, reason=reason):
                return Row(
                    self.peer, at, Direction.INVALID, raw,
                    response=response, answered_at=answered_at, mended=(reason,),
                )  # fmt: skip
            case Stray(unique_id=unique_id):
                return Row(self.peer, at, Direction.INVALID, text, unique_id, mended=("answer-to-no-call",))
            case _:
                raise AssertionError(effect)

    async def _finish(self) -> None:
        """Close the socket if that is ours to do, end what is under way, and write down how it ended."""
        self.is_over = True
        self.node.discard(self)
        if self._ours:
            await self._close(self._ours)
        for effect in self.pipe.close():
            if isinstance(effect, Lost):
                self.commander.settle(effect, None)
        try:
            await self.commander.finish()
            await self.node.ended(self._ended())
        except asyncio.CancelledError:
            # The server ends and waits no longer: what was submitted is written all the same, the rest by the node.
            logger.debug("The end of %s was waited for no longer.", self.peer.identity)
        except Exception:
            logger.exception("The end of a connection of %s was not written down.", self.peer.identity)

    async def _close(self, ours: OurClose) -> None:
        try:
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._send({"type": "websocket.close", "code": ours.wire_code, "reason": ours.wire_reason})
        except Exception:
            logger.debug("%s could not be told that its connection ends.", self.peer.identity)

    def _ended(self) -> Ended:
        return Ended(
            connection_id=self.peer.connection_id,
            closing=closing(self._ours, self._server_code),
            server_code=self._server_code,
            reason=self._reason,
            at=timezone.now(),
            last_message_at=self.last_message_at,
            messages_in=self._messages_in,
            messages_out=self._messages_out,
        )
