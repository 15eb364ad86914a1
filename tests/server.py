"""The whole portal on a free port, served as in production, in a thread of the tests."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from cpms.asgi import application
from cpms.web import server_options

PATIENCE_S = 30


@dataclass(frozen=True)
class RunningServer:
    """`url` is the address of pages, `ocpp_url` the one that chargers are pointed at."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ocpp_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"


@contextmanager
def running_server(**options: Any) -> Iterator[RunningServer]:
    """Serve until the block is left; every connection has ended, and is written down, when this returns.

    `options` are uvicorn's, other than the portal's own.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, **{**server_options(), "lifespan": "on", **options}))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield RunningServer(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listening.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("The server did not start.")
        pause.wait(0.01)
