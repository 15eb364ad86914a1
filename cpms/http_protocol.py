"""The HTTP protocol of the web server, with an end to its patience: uvicorn itself waits for ever for a request that
was begun, and keeps however much of its head has come.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_PATIENCE_S = 30.0
"""From the opening of a connection, or the first byte of a further request, to the end of the request's head; also of
a websocket's handshake."""
BODY_PATIENCE_S = 60.0
"""Without a byte of a request's body while somebody waits for it."""
MAX_HEAD_BYTES = 64 * 1024


class PatientHttp(HttpToolsProtocol):
    """Hangs up on who opens a connection and does not say what for, or never stops saying."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._in_head:
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait(BODY_PATIENCE_S, self._miss_body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._wait(BODY_PATIENCE_S, self._miss_body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._settle()
        super().on_message_complete()

    def _expect_head(self) -> None:
        self._in_head, self._head_bytes = True, 0
        self._wait(HEAD_PATIENCE_S, self._miss_head)

    def _miss_head(self) -> None:
        """What was asked before on the same connection is answered first."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait(HEAD_PATIENCE_S, self._miss_head)
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _miss_body(self) -> None:
        """Nothing comes either while we do not read, as the portal has not taken what came."""
        if self.flow.read_paused:
            self._wait(BODY_PATIENCE_S, self._miss_body)
        else:
            self.transport.abort()

    def _refuse(self, status: HTTPStatus) -> None:
        self._settle()
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(head.encode())
            self.transport.close()

    def _wait(self, seconds: float, then: Any) -> None:
        self._settle()
        self._deadline = self.loop.call_later(seconds, then)

    def _settle(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
