"""A reconnect storm: `python -m benchmarks.storm URL CONNECTIONS TIMES` prints the longest wait of a charger that goes
on as ever, in seconds, while all the others lose their connections and come back at once, so many times.
"""

import asyncio
import json
import sys
import time
from itertools import count

from websockets.asyncio.client import ClientConnection

from benchmarks.load import ask, boot, connected
from common.open_files import allow_many

PAUSE_S = 0.05


async def come_back(url: str, number: int) -> ClientConnection:
    socket = await connected(url, number)
    await ask(socket, -1, boot())
    return socket


async def storm(url: str, connections: int, times: int) -> None:
    """Everybody connects; then, as often as wanted, all are cut off and come back."""
    sockets: list[ClientConnection] = []
    for _time in range(times + 1):
        for socket in sockets:
            socket.transport.abort()
        sockets = await asyncio.gather(*(come_back(url, number) for number in range(1, connections + 1)))
    for socket in sockets:
        socket.transport.abort()


async def beat(socket: ClientConnection, waits: list[float]) -> None:
    for number in count():
        began = time.monotonic()
        await ask(socket, number, ("Heartbeat", {}))
        waits.append(time.monotonic() - began)
        await asyncio.sleep(PAUSE_S)


async def run(url: str, connections: int, times: int) -> None:
    waits: list[float] = []
    steady = await come_back(url, 0)
    beating = asyncio.create_task(beat(steady, waits))
    await storm(url, connections, times)
    if beating.done():
        beating.result()  # raises what went wrong
    beating.cancel()
    print(json.dumps([max(waits), len(waits)]), flush=True)
    steady.transport.abort()


if __name__ == "__main__":
    allow_many()
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
