"""The door for chargers: a plain ASGI application, mounted at `/ocpp/`.

It refuses before the upgrade with the HTTP status that OCPP-J 1.6 §3.2 wants, which needs a server with the websocket
denial response (uvicorn has it; elsewhere a refusal is 403), and hands an accepted socket to a `line.Line`.
"""

import asyncio
import logging
from http import HTTPStatus
from typing import Any

from django.utils import timezone

from ocpp_gateway import handshake, metrics
from ocpp_gateway.admission import Admitted, Denied
from ocpp_gateway.closing import OurClose
from ocpp_gateway.line import Line, Receive, Send_
from ocpp_gateway.node import Node

logger = logging.getLogger(__name__)

FIRST_WORD_PATIENCE_S = 10
"""A station's second connection that says nothing takes over after so long: not every charger speaks first."""

_HEADERS = {
    HTTPStatus.UNAUTHORIZED: [(b"www-authenticate", b'Basic realm="ocpp"')],
    HTTPStatus.UPGRADE_REQUIRED: [(b"upgrade", b"websocket"), (b"connection", b"Upgrade")],
    HTTPStatus.SERVICE_UNAVAILABLE: [(b"retry-after", b"30")],
}


class Edge:
    """One per process. Its node starts with the server's lifespan, or with the first charger where there is none."""

    def __init__(self) -> None:
        self._node: Node | None = None
        self._starting = asyncio.Lock()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send_) -> None:
        verdict = await self._decide(scope)
        await receive()  # that a client is there; what it asks for is in the scope
        if scope["type"] == "http":
            await _respond(send, "http.response", verdict)
        elif isinstance(verdict, Admitted):
            await self._serve(verdict, receive, send)
        elif verdict == HTTPStatus.SWITCHING_PROTOCOLS:
            await _refuse_subprotocol(send)
        elif "websocket.http.response" in scope.get("extensions", {}):
            await _respond(send, "websocket.http.response", verdict)
        else:
            await send({"type": "websocket.close", "code": OurClose.CRASHED.wire_code})

    async def lifespan(self, scope: dict[str, Any], receive: Receive, send: Send_) -> None:
        """Start and stop the gateway with the server."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._started()
                await send({"type": "lifespan.startup.complete"})
            else:
                node, self._node, self._starting = self._node, None, asyncio.Lock()
                if node:
                    await node.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _started(self) -> Node:
        async with self._starting:
            if self._node is None:
                node = Node()
                await node.start()
                self._node = node
            return self._node

    async def _decide(self, scope: dict[str, Any]) -> Admitted | HTTPStatus:
        try:
            node = await self._started()
            verdict = await node.admit(handshake.read(scope, timezone.now()))
        except Exception:
            logger.exception("A handshake could not be decided.")
            metrics.HANDSHAKES.labels("failed").inc()
            return HTTPStatus.SERVICE_UNAVAILABLE
        if isinstance(verdict, Denied):
            metrics.HANDSHAKES.labels(verdict.reason.value).inc()
            return verdict.status
        metrics.HANDSHAKES.labels("accepted").inc()
        return verdict

    async def _serve(self, admitted: Admitted, receive: Receive, send: Send_) -> None:
        node = await self._started()
        if admitted.connection_id is None:
            await self._serve_second(node, admitted, receive, send)
        else:
            await Line(node, admitted, receive, send).run()

    async def _serve_second(self, node: Node, admitted: Admitted, receive: Receive, send: Send_) -> None:
        """Another connection of the station is open. It stays untouched if this one hangs up without a word (Q12)."""
        began = asyncio.get_running_loop().time()
        await send({"type": "websocket.accept", "subprotocol": admitted.subprotocol})
        try:
            first = await asyncio.wait_for(receive(), FIRST_WORD_PATIENCE_S)
        except TimeoutError:
            first = None
        if first is None and node.has_talking_line(admitted.station_id, since=began):
            await send({"type": "websocket.close", "code": OurClose.REPLACED.wire_code})
            return
        if first and first["type"] == "websocket.disconnect":
            return
        try:
            claimed = await node.claim(admitted)
        except Exception:
            logger.exception("A connection of %s could not take the place of another one.", admitted.identity)
            await send({"type": "websocket.close", "code": OurClose.CRASHED.wire_code})
            return
        await Line(node, claimed, receive, send).run(heard=first, is_accepted=True)


async def _respond(send: Send_, kind: str, status: Admitted | HTTPStatus) -> None:
    """Answer with an HTTP status instead of an upgrade."""
    if not isinstance(status, HTTPStatus):
        raise TypeError("A plain request was let in.")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS.get(status, [])]
    await send({"type": f"{kind}.start", "status": status.value, "headers": headers})
    await send({"type": f"{kind}.body", "body": f"{status.value} {status.phrase}\n".encode()})


async def _refuse_subprotocol(send: Send_) -> None:
    """OCPP-J 1.6 §3.2: complete the handshake without the header, then close at once (T04)."""
    ours = OurClose.NO_SUBPROTOCOL
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": ours.wire_code, "reason": ours.wire_reason})
