"""Answers that wait for a change without holding a thread or a connection to the database.

The application behind is asked at once. Where its answer names a topic in the header `Cpms-Wait-For`, it is asked
again when the topic is poked (`common.live.announce`), and a last time when the caller's patience (`?wait=`, seconds)
is over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from django.http import HttpRequest

from common.consumers import Hub

Scope = dict[str, Any]
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

WAIT_HEADER = "Cpms-Wait-For"
MAX_WAIT_S = 60
# Pokes may be lost.
ASK_EVERY_S = 10.0
_AGAIN = "cpms.again"
_NAME = WAIT_HEADER.lower().encode()


def asks_again(request: HttpRequest) -> bool:
    """Whether the same caller's request was asked before: it counts once."""
    return bool(getattr(request, "scope", {}).get(_AGAIN))


class _Listener:
    """Wakes up when the topic is poked."""

    def __init__(self) -> None:
        self.topic = ""
        self.woken = asyncio.Event()

    def poke(self, topics: list[str]) -> None:
        if not self.topic or self.topic in topics:
            self.woken.set()


class Waiting:
    """An ASGI application around `application`, for requests without a body."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET" or b"wait=" not in scope.get("query_string", b""):
            await self.application(scope, receive, send)
            return
        gone = asyncio.create_task(_disconnected(receive))
        answering = asyncio.create_task(self._answer(scope, send))
        try:
            await asyncio.wait({gone, answering}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            answering.cancel()
        with suppress(asyncio.CancelledError):
            await answering

    async def _answer(self, scope: Scope, send: Send) -> None:
        """Listen before the first question, so that no poke falls between the two."""
        listener, hub = _Listener(), Hub.current()
        await hub.join(listener)
        try:
            for message in await self._settled(scope, listener):
                await send(message)
        finally:
            hub.leave(listener)

    async def _settled(self, scope: Scope, listener: _Listener) -> list[Message]:
        until = time.monotonic() + _patience_s(scope)
        again = False
        while True:
            answer = await self._ask({**scope, _AGAIN: again})
            listener.topic, left_s = _topic(answer), until - time.monotonic()
            if not listener.topic or left_s <= 0:
                return _plain(answer)
            with suppress(TimeoutError):
                await asyncio.wait_for(listener.woken.wait(), min(left_s, ASK_EVERY_S))
            listener.woken.clear()
            again = True

    async def _ask(self, scope: Scope) -> list[Message]:
        told: list[Message] = []

        async def keep(message: Message) -> None:
            told.append(message)

        await self.application(scope, _empty(), keep)
        return told


def _empty() -> Receive:
    """A request without a body whose caller stays."""
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        return await asyncio.get_running_loop().create_future()

    return receive


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _patience_s(scope: Scope) -> float:
    """The application has looked at the number already where its answer names a topic."""
    try:
        wanted = float(parse_qs(scope["query_string"].decode("latin-1"))["wait"][-1])
    except (KeyError, ValueError):
        return 0
    return max(0.0, min(wanted, MAX_WAIT_S))


def _topic(answer: list[Message]) -> str:
    return next((value.decode() for name, value in answer[0]["headers"] if name.lower() == _NAME), "")


def _plain(answer: list[Message]) -> list[Message]:
    """The answer without the header that is ours alone."""
    first = answer[0]
    headers = [(name, value) for name, value in first["headers"] if name.lower() != _NAME]
    return [{**first, "headers": headers}, *answer[1:]]
