"""A charger as a network device: connecting, registering, heartbeats, calls in order, coming back after a loss.

Costs one task per open connection and one timer per thing to come: the event loop's own timer heap is the scheduler
of all chargers in the process, so that thousands of idle ones are cheap.
"""

import asyncio
import logging
import random
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Self
from urllib.parse import quote

from ocpp.v16 import call
from ocpp.v16.enums import RegistrationStatus
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from ocpp_gateway.simulator.configuration import Configuration
from ocpp_gateway.simulator.link import CANNOT_REFUSE, REFUSALS, CallFailed, Link, LinkLost, Script
from ocpp_gateway.simulator.outbox import Message, Outbox

LOGGER = logging.getLogger(__name__)
SUBPROTOCOL = "ocpp1.6"
OPEN_TIMEOUT_S = 30
PONG_TIMEOUT_S = 60
RETRY_S = 60
LONGEST_BACK_OFF_S = 120.0

Frame = list[Any]


class Endpoint:
    """The communicating half of a simulated charger.

    `url` lacks the identity. `password` is what Basic authentication sends until an AuthorizationKey is set. The last
    `history` frames each way stay in `sent` and `received`. `gate` bounds how many handshakes run at a time.
    """

    def __init__(
        self,
        identity: str,
        url: str,
        password: str | None,
        configuration: Configuration,
        *,
        speed: float = 1.0,
        history: int = 200,
        validates: bool = True,
        call_timeout_s: float = 30.0,
        chance: random.Random | None = None,
        gate: AbstractAsyncContextManager[Any] | None = None,
    ) -> None:
        self.identity = identity
        self.configuration = configuration
        self.speed = speed
        self.validates = validates
        self.call_timeout_s = call_timeout_s
        self.chance = chance or random.Random()
        self.sent: deque[Frame] = deque(maxlen=history)
        self.received: deque[Frame] = deque(maxlen=history)
        self.traffic: Counter[str] = Counter()
        self.scripts: dict[str, Script] = {}
        self.registration: RegistrationStatus | None = None
        self.accepted = asyncio.Event()
        self._url = f"{url.rstrip('/')}/{quote(identity, safe='')}"
        self._password = password
        self._gate = gate or nullcontext()
        self._connecting = asyncio.Lock()
        self._link: Link | None = None
        self._listener: asyncio.Task[None] | None = None
        self._keeps_connected = False
        self._failures = 0
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sending: asyncio.Task[None] | None = None
        self.outbox = Outbox(
            self.request,
            attempts=lambda: self.configuration.number("TransactionMessageAttempts"),
            interval_s=lambda: self.configuration.number("TransactionMessageRetryInterval"),
        )

    # What the charging half adds

    def make_link(self, connection: ClientConnection) -> Link:
        raise NotImplementedError

    def boot_notification(self) -> call.BootNotification:
        raise NotImplementedError

    def came_online(self) -> None:
        raise NotImplementedError

    # Connecting

    @property
    def is_connected(self) -> bool:
        return self._link is not None

    @property
    def is_accepted(self) -> bool:
        return self.is_connected and self.registration == RegistrationStatus.accepted

    async def connect(self) -> None:
        """Open the websocket and register; returns when the boot is answered and the first messages are out.

        After a mere loss of the connection there is no BootNotification (OCPP-J 1.6 §5.4). Raises OSError, TimeoutError
        or WebSocketException when there is no connection to be had.
        """
        async with self._connecting:
            if self.is_connected:
                return
            self._link = self.make_link(await self._open())
            self._listener = self.spawn(self._listen(self._link))
        if self.registration == RegistrationStatus.accepted:
            self._registered()
        else:
            await self.boot()
        await self.settle()

    def stay_connected(self, delay_s: float = 0.0) -> None:
        """Connect and stay connected, coming back with growing, jittered pauses."""
        self._keeps_connected = True
        self.after("connect", delay_s, self._keep_trying)

    async def shut_down(self) -> None:
        """Close the connection politely and end everything that runs or waits."""
        self._keeps_connected = False
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await self.disconnect()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def disconnect(self) -> None:
        """Close the connection with a close frame."""
        if self._link and self._listener:
            await self._link.close()
            await asyncio.wait([self._listener])

    async def drop_connection(self) -> None:
        """Lose the connection without a close frame, as a dead modem does."""
        if self._link and self._listener:
            self._link.abort()
            await asyncio.wait([self._listener])

    async def lose_network(self, duration_s: float) -> None:
        """Be without a network for some real seconds; only for one that stays connected by itself."""
        await self.drop_connection()
        self.after("connect", duration_s, self._keep_trying)

    async def come_back(self) -> None:
        """Connect again: with further attempts where it stays connected by itself, else once."""
        if self._keeps_connected:
            await self._keep_trying()
        else:
            await self.connect()

    async def boot(self) -> None:
        """Send BootNotification and act on its answer (OCPP 1.6 §4.2)."""
        try:
            answer = await self.request(self.boot_notification())
        except LinkLost:
            return
        except CallFailed as error:
            LOGGER.info("%s: no answer to the boot: %s", self.identity, error)
            self.after("boot", self._jittered(RETRY_S), self.boot)
            return
        self._failures = 0
        self.registration = RegistrationStatus(answer.status)
        if self.registration == RegistrationStatus.accepted:
            self.configuration.set("HeartbeatInterval", str(max(1, answer.interval)))
            self._registered()
        else:
            self.accepted.clear()
            self.after("boot", self._jittered(answer.interval or RETRY_S), self.boot)

    async def heartbeat(self) -> None:
        await self.tell(call.Heartbeat())

    # Calls

    async def request(self, payload: Any) -> Any:
        """Send one call and give its answer. Raises CallFailed, or LinkLost when there is no connection."""
        if self._link is None:
            raise LinkLost("There is no connection.")
        try:
            return await self._link.request(payload)
        except CallFailed as error:
            if error.code == "SecurityError" and self.registration == RegistrationStatus.accepted:
                self._forgotten()
            raise

    async def tell(self, payload: Any) -> None:
        """Send one call whose failure changes nothing."""
        try:
            await self.request(payload)
        except CallFailed as error:
            LOGGER.debug("%s: %s", self.identity, error)

    def post(self, message: Message) -> None:
        """Put a message into the ordered outbox. One that is not kept is dropped while there is no line."""
        if message.is_kept or self.is_accepted:
            self.outbox.put(message)
            self._send_outbox()

    async def settle(self) -> None:
        """Wait until the outbox is empty, or until the line broke."""
        while self._sending and not self._sending.done():
            await asyncio.wait([self._sending])

    # Time and tasks

    def after(self, name: str, delay_s: float, action: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Run a coroutine function later, in real seconds; a second timer of the same name replaces the first."""
        self.cancel(name)
        self._timers[name] = asyncio.get_running_loop().call_later(delay_s, self._fire, name, action)

    def cancel(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer:
            timer.cancel()

    async def pause(self, seconds: float) -> None:
        """Let simulated seconds pass: `speed` makes them shorter."""
        await asyncio.sleep(seconds / self.speed)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine beside the rest; its failure is logged."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def until(self, condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait for something to become true. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110 - the condition may be about anything
                await asyncio.sleep(0.01)

    # Frames

    def note_sent(self, frame: Frame) -> None:
        self.sent.append(frame)
        self.traffic["sent"] += 1

    def note_received(self, frame: Frame) -> None:
        self.received.append(frame)
        self.traffic["received"] += 1

    def calls(self, action: str) -> list[dict[str, Any]]:
        """The payloads of the charger's own calls of one action, oldest first."""
        return [frame[3] for frame in self.sent if frame[0] == 2 and frame[2] == action]

    def answer_to(self, unique_id: str) -> Frame | None:
        """What the charger answered to a command, if it did."""
        return next((frame for frame in reversed(self.sent) if frame[0] != 2 and frame[1] == unique_id), None)

    # Misbehaviour on command, until `behave`

    def refuse(self, action: str, error_code: str | None = None) -> Self:
        """Refuse a command in its own words, or with a CALLERROR where it has none or a code is given."""
        if error_code or action in CANNOT_REFUSE:
            self._script(action).error_code = error_code or "NotSupported"
        else:
            self._script(action).answer = REFUSALS.get(action, {"status": "Rejected"})
        return self

    def answer_with(self, action: str, payload: dict[str, Any]) -> Self:
        """Answer a command with this payload as it stands, right or wrong."""
        self._script(action).answer = payload
        return self

    def answer_late(self, action: str, delay_s: float) -> Self:
        """Let real seconds pass before a command is carried out and answered."""
        self._script(action).delay_s = delay_s
        return self

    def hold(self, action: str) -> Self:
        """Carry a command out and answer it only when it is let go."""
        self._script(action).held = asyncio.Event()
        return self

    async def let_go(self, action: str) -> None:
        held = self._script(action).held
        if held:
            held.set()

    def answer_twice(self, action: str) -> Self:
        self._script(action).is_doubled = True
        return self

    def stay_silent_on(self, action: str) -> Self:
        """Never answer a command, nor carry it out."""
        self._script(action).is_silent = True
        return self

    def lose_connection_on(self, action: str) -> Self:
        """Carry a command out, but lose the connection before the answer is sent."""
        self._script(action).loses_connection = True
        return self

    def behave(self, action: str) -> Self:
        """End the misbehaviour on a command."""
        self.scripts.pop(action, None)
        return self

    def _script(self, action: str) -> Script:
        return self.scripts.setdefault(action, Script())

    async def _open(self) -> ClientConnection:
        async with self._gate:
            connection = await connect(self._url, **self._connect_options())
        if connection.subprotocol != SUBPROTOCOL:
            await connection.close()
            raise ConnectionRefusedError("The central system does not speak OCPP 1.6.")
        return connection

    def _connect_options(self) -> dict[str, Any]:
        ping_s = self.configuration.number("WebSocketPingInterval")
        return {
            "subprotocols": [SUBPROTOCOL],
            "additional_headers": self._credentials(),
            "compression": None,
            "proxy": None,
            "open_timeout": OPEN_TIMEOUT_S,
            "ping_interval": ping_s or None,
            "ping_timeout": PONG_TIMEOUT_S,
        }

    def _credentials(self) -> dict[str, str]:
        """The Basic authentication header; a key set over OCPP travels as the bytes that its hexadecimal means."""
        key = bytes.fromhex(self.configuration.get("AuthorizationKey"))
        if not key and self._password is None:
            return {}
        pair = self.identity.encode() + b":" + (key or (self._password or "").encode())
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    async def _keep_trying(self) -> None:
        try:
            await self.connect()
        except (OSError, TimeoutError, WebSocketException) as error:
            LOGGER.debug("%s: not connected: %s", self.identity, error)
            self._come_back_later()

    def _come_back_later(self) -> None:
        self._failures += 1
        longest_s = min(LONGEST_BACK_OFF_S, 2.0 ** min(self._failures, 10))
        self.after("connect", self._jittered(longest_s), self._keep_trying)

    def _jittered(self, seconds: float) -> float:
        return seconds * self.chance.uniform(0.5, 1.0)

    async def _listen(self, link: Link) -> None:
        await link.listen()
        self._link = None
        self.accepted.clear()
        self.outbox.forget_unkept()
        for name in ("boot", "heartbeat"):
            self.cancel(name)
        if self._keeps_connected:
            self._come_back_later()

    def _registered(self) -> None:
        self.accepted.set()
        self.schedule_heartbeat()
        self.came_online()
        self._send_outbox()

    def schedule_heartbeat(self) -> None:
        self.after("heartbeat", self.configuration.number("HeartbeatInterval"), self._heartbeat_again)

    async def _heartbeat_again(self) -> None:
        self.schedule_heartbeat()
        await self.heartbeat()

    def _forgotten(self) -> None:
        """The central system no longer takes this charger for registered: boot again (OCPP 1.6 errata 3.10)."""
        self.registration = None
        self.accepted.clear()
        self.after("boot", self._jittered(2), self.boot)

    def _send_outbox(self) -> None:
        if self.is_accepted and (self._sending is None or self._sending.done()):
            self._sending = self.spawn(self.outbox.drain())

    def _fire(self, name: str, action: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        del self._timers[name]
        self.spawn(action())

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            LOGGER.error("%s: %r", self.identity, task.exception(), exc_info=task.exception())
