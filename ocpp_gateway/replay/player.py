"""Plays the charger's side of a recording: its calls in their order and time, and its answers to what it is asked.

Frames go out character by character as they were recorded, but for the message ids, so that nobody takes them for
those of the recording, and for the numbers of transactions, which are those that the other side gives now.
"""

import asyncio
import base64
import json
import re
import secrets
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ocpp_gateway.replay.comparison import Difference, is_alike
from ocpp_gateway.replay.recording import CALL, ERROR, Exchange, Recording, message_of

LONGEST_ID = 36
OPENING_S = 30
_TRANSACTION = re.compile(r'("transactionId"\s*:\s*)(-?\d+)')
_OPENING = re.compile(r'(\s*\[\s*\d+\s*,\s*)"((?:[^"\\]|\\.)*)"', re.DOTALL)


@dataclass
class Outcome:
    """What became of a replay. `asked` counts what the other side asked, `unknown` what of it was not recorded."""

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    asked: int = 0
    unknown: list[str] = field(default_factory=list)


class Player:
    """`url` lacks the identity; `patience_s` is how long an answer is waited for."""

    def __init__(
        self,
        recording: Recording,
        url: str,
        *,
        identity: str | None = None,
        password: str | None = None,
        speed: float = 1.0,
        patience_s: float = 30.0,
    ) -> None:
        self._recording = recording
        self._identity = identity or recording.identity
        self._url = f"{url.rstrip('/')}/{quote(self._identity, safe='')}"
        self._password = password
        self._speed = speed
        self._patience_s = patience_s
        self._mark = f"r{secrets.token_hex(2)}-"
        self._transactions: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._answers = _answers_by_action(recording)
        self.outcome = Outcome()

    async def play(self) -> Outcome:
        """Raises OSError, TimeoutError or WebSocketException where there is no connection to be had."""
        calls = [exchange for exchange in self._recording.exchanges if exchange.from_charger]
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while calls:
            async with await self._open() as connection:
                listener = asyncio.create_task(self._listen(connection))
                try:
                    while calls:
                        due_s = (calls[0].at - self._recording.exchanges[0].at).total_seconds() / self._speed
                        await asyncio.sleep(begun + due_s - loop.time())
                        await self._call(connection, calls.pop(0))
                except ConnectionClosed:
                    continue
                finally:
                    listener.cancel()
        return self.outcome

    async def _open(self) -> ClientConnection:
        shown = f"{self._identity}:{self._password}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(shown).decode()}"} if self._password else {}
        return await connect(
            self._url,
            subprotocols=[Subprotocol(self._recording.protocol)],
            additional_headers=headers,
            open_timeout=OPENING_S,
            max_size=None,
        )

    async def _call(self, connection: ClientConnection, exchange: Exchange) -> None:
        """Send what the charger sent; the answer, or that the connection ended, is compared with what was recorded."""
        frame, unique_id = self._made_new(exchange.frame)
        reply = asyncio.get_running_loop().create_future()
        self._waiting[unique_id] = reply
        found: str | None = None
        try:
            await connection.send(frame)
            if exchange.answer is not None:
                async with asyncio.timeout(self._patience_s):
                    found = await reply
        except TimeoutError:
            found = None
        finally:
            self._waiting.pop(unique_id, None)
            self._compare(exchange, found)

    def _compare(self, exchange: Exchange, found: str | None) -> None:
        if exchange.answer is None:
            return
        self._learn_transaction(exchange.answer, found)
        self.outcome.compared += 1
        if not is_alike(exchange.answer, found):
            self.outcome.differences.append(Difference(exchange.action, exchange.frame, exchange.answer, found))

    def _made_new(self, frame: str) -> tuple[str, str]:
        """The frame under an id of this replay, with the other side's number of the transaction; and the id."""
        frame = _TRANSACTION.sub(lambda found: found[1] + self._transactions.get(found[2], found[2]), frame)
        opening = _OPENING.match(frame)
        if opening is None:
            return frame, ""
        new_id = json.loads(f'"{opening[2]}"')
        if len(new_id) + len(self._mark) <= LONGEST_ID:
            new_id = self._mark + new_id
        return f"{opening[1]}{json.dumps(new_id)}{frame[opening.end() :]}", new_id

    def _learn_transaction(self, recorded: str, found: str | None) -> None:
        then, now = _TRANSACTION.search(recorded), _TRANSACTION.search(found or "")
        if then and now:
            self._transactions[then[2]] = now[2]

    async def _listen(self, connection: ClientConnection) -> None:
        async for frame in connection:
            text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
            message = message_of(text)
            if message and message[0] == CALL:
                await connection.send(json.dumps(self._answer(message)))
            elif message and (waiting := self._waiting.get(message[1])) and not waiting.done():
                waiting.set_result(text)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionClosed(None, None))

    def _answer(self, asked: list[Any]) -> list[Any]:
        """What the charger answered when it was asked for the like; the last such answer stands for all later ones."""
        self.outcome.asked += 1
        action = str(asked[2])
        recorded = self._answers[action]
        if not recorded:
            self.outcome.unknown.append(action)
            return [ERROR, asked[1], "NotSupported", "The recording has no answer to this.", {}]
        kind, _id, *rest = recorded.popleft() if len(recorded) > 1 else recorded[0]
        return [kind, asked[1], *rest]


def _answers_by_action(recording: Recording) -> dict[str, deque[list[Any]]]:
    found: dict[str, deque[list[Any]]] = defaultdict(deque)
    for exchange in recording.exchanges:
        answer = message_of(exchange.answer or "")
        if not exchange.from_charger and answer:
            found[exchange.action].append(answer)
    return found
