"""One websocket of a charger, from opening to loss: frames in and out, calls and their answers.

Built on `ocpp`'s ChargePoint for the messages. Its own reading loop is not used, because a command that is answered
late must not hold up the answers to the charger's own calls, and calls in flight must fail when the line breaks.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ocpp.messages
from ocpp.exceptions import OCPPError, UnknownCallErrorCodeError
from ocpp.messages import Call, CallError, CallResult, MessageType, unpack
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ocpp_gateway.simulator.commands import Commands

if TYPE_CHECKING:
    from ocpp_gateway.simulator.charger import SimulatedCharger

LOGGER = logging.getLogger(__name__)

# One thread serves thousands of chargers: handing each frame to a thread pool for validation would cost more than it.
ocpp.messages.ASYNC_VALIDATION = False

REFUSALS: dict[str, dict[str, str]] = {
    "ClearChargingProfile": {"status": "Unknown"},
    "DeleteCertificate": {"status": "Failed"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "SendLocalList": {"status": "Failed"},
    "UnlockConnector": {"status": "UnlockFailed"},
}
CANNOT_REFUSE = frozenset({"GetConfiguration", "GetDiagnostics", "GetLocalListVersion", "UpdateFirmware"})
"""Their answers have no word for a refusal: only a CALLERROR can say it."""


class CallFailed(Exception):
    """A call of the charger got an error, an unreadable answer or none. `code` is that of the CALLERROR, if any."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class LinkLost(CallFailed):
    """There is no connection, or it broke before the answer came."""


@dataclass
class Script:
    """How a charger misbehaves on one command; every field off is good behaviour."""

    delay_s: float = 0.0
    held: asyncio.Event | None = None
    is_silent: bool = False
    is_doubled: bool = False
    loses_connection: bool = False
    answer: dict[str, Any] | None = None
    error_code: str | None = None


class Link(Commands):
    """The charger's end of one connection."""

    def __init__(self, charger: "SimulatedCharger", connection: ClientConnection) -> None:
        super().__init__(charger.identity, connection, response_timeout=charger.call_timeout_s, logger=LOGGER)
        self.charger = charger
        self._waiting: tuple[str, asyncio.Future[CallResult | CallError]] | None = None
        self._follow_ups: list[Callable[[], Any]] = []

    async def listen(self) -> None:
        """Take frames until the connection ends, whoever ends it."""
        try:
            async for text in self._connection:
                self._take(text)
        except ConnectionClosed:
            LOGGER.debug("%s: connection lost", self.id)
        finally:
            if self._waiting and not self._waiting[1].done():
                self._waiting[1].set_exception(LinkLost("The connection broke before the answer."))

    async def request(self, payload: Any) -> Any:
        """Send a call of the charger; gives the answer as `ocpp.v16.call_result`. Raises CallFailed, LinkLost."""
        try:
            return await self.call(payload, suppress=False, skip_schema_validation=not self.charger.validates)
        except ConnectionClosed as error:
            raise LinkLost(str(error)) from error
        except (OCPPError, UnknownCallErrorCodeError, TimeoutError, TypeError) as error:
            raise CallFailed(str(error), getattr(error, "code", None)) from error

    async def close(self) -> None:
        """Close with a close frame."""
        await self._connection.close()

    def abort(self) -> None:
        """Lose the connection as a cut cable does: without a close frame."""
        self._connection.transport.abort()

    def then(self, action: Callable[[], Any]) -> None:
        """Do something after the answer to the current command has gone out; coroutines run as tasks."""
        self._follow_ups.append(action)

    def _take(self, text: str | bytes) -> None:
        try:
            frame = json.loads(text)
            self.charger.note_received(frame)
            if frame[0] == MessageType.Call:
                self.charger.spawn(self._answer(unpack(text), text))
            else:
                self._resolve(unpack(text))
        except (ValueError, LookupError, TypeError, OCPPError) as error:
            LOGGER.warning("%s: unreadable frame: %s", self.id, error)

    def _resolve(self, message: CallResult | CallError) -> None:
        """Give an answer to the call that waits for it; a stray one is dropped."""
        if self._waiting and self._waiting[0] == message.unique_id and not self._waiting[1].done():
            self._waiting[1].set_result(message)

    async def _answer(self, command: Call, text: str | bytes) -> None:
        script = self.charger.scripts.get(command.action) or Script()
        await asyncio.sleep(script.delay_s)
        if script.held:
            await script.held.wait()
        if script.is_silent:
            return
        if script.loses_connection:
            self.abort()
        try:
            await self._answer_as_scripted(script, command, text)
            if script.is_doubled:
                await self._send(json.dumps(self.charger.answer_to(command.unique_id)))
        except ConnectionClosed:
            LOGGER.debug("%s: nobody is there to take the answer to %s", self.id, command.action)
        self._run_follow_ups()

    async def _answer_as_scripted(self, script: Script, command: Call, text: str | bytes) -> None:
        if script.error_code:
            answer = CallError(command.unique_id, script.error_code, "The charger was told to refuse.", {})
            await self._send(answer.to_json())
        elif script.answer is not None:
            await self._send(command.create_call_result(script.answer).to_json())
        else:
            await self.route_message(text)

    def _run_follow_ups(self) -> None:
        actions, self._follow_ups = self._follow_ups, []
        for action in actions:
            result = action()
            if asyncio.iscoroutine(result):
                self.charger.spawn(result)

    async def _send(self, message: str) -> None:
        self.charger.note_sent(json.loads(message))
        await self._connection.send(message)

    async def _get_specific_response(self, unique_id: str, timeout: float) -> CallResult | CallError:  # noqa: ASYNC109
        future: asyncio.Future[CallResult | CallError] = asyncio.get_running_loop().create_future()
        self._waiting = (unique_id, future)
        try:
            async with asyncio.timeout(timeout):
                return await future
        finally:
            self._waiting = None
