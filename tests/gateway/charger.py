"""A charger that says exactly what a test wants, over a real websocket."""

import base64
import json
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from django.utils import timezone
from django_scopes import scopes_disabled
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 20
BOOT = {"chargePointVendor": "Nordwatt", "chargePointModel": "N22"}


def basic(user: str | bytes, password: str | bytes) -> dict[str, str]:
    """The header of HTTP Basic authentication."""
    parts = [part.encode() if isinstance(part, str) else part for part in (user, password)]
    return {"Authorization": "Basic " + base64.b64encode(b":".join(parts)).decode()}


class Charger:
    """`call` waits for the answer and keeps the portal's own calls that come meanwhile for `asked`."""

    def __init__(self, url: str, subprotocols: list[str] | None = None, headers: dict[str, str] | None = None) -> None:
        offered: Any = ["ocpp1.6"] if subprotocols is None else subprotocols or None
        self._connecting = connect(
            url, subprotocols=offered, additional_headers=headers, open_timeout=PATIENCE_S, close_timeout=PATIENCE_S
        )
        self.socket: ClientConnection
        self._ids = count(1)
        self._calls: deque[list[Any]] = deque()

    def __enter__(self) -> "Charger":
        self.socket = self._connecting.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def receive(self) -> list[Any]:
        message: list[Any] = json.loads(self.socket.recv(timeout=PATIENCE_S))
        return message

    def call(self, action: str, payload: dict[str, Any] | None = None, unique_id: str | None = None) -> list[Any]:
        """Call the portal; the whole answering frame."""
        unique_id = unique_id or f"c{next(self._ids)}"
        self.send([2, unique_id, action, payload or {}])
        while (message := self.receive())[0] == 2:
            self._calls.append(message)
        assert message[1] == unique_id
        return message

    def boot(self, **said: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.call("BootNotification", BOOT | said)[2]
        return answer

    def asked(self, action: str, answer: dict[str, Any] | list[Any] | None = None) -> dict[str, Any]:
        """Wait to be asked for `action`, answer it (a list: the last three of a CALLERROR), return the payload."""
        message = self._calls.popleft() if self._calls else self.receive()
        assert message[2] == action, message
        if isinstance(answer, list):
            self.send([4, message[1], *answer])
        elif answer is not None:
            self.send([3, message[1], answer])
        payload: dict[str, Any] = message[3]
        return payload

    def closed(self) -> tuple[int | None, str]:
        """Wait until the portal closes: the code and the reason that came."""
        try:
            while True:
                self._calls.append(json.loads(self.socket.recv(timeout=PATIENCE_S)))
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (None, "")


def eventually(condition: Callable[[], Any]) -> Any:
    """Wait until the condition holds, and return what it gave."""
    until = timezone.now().timestamp() + PATIENCE_S
    while True:
        with scopes_disabled():
            found = condition()
        if found:
            return found
        assert timezone.now().timestamp() < until, "It never came about."
        time.sleep(0.02)
