"""The chargers of the benchmark: `python -m benchmarks.load URL MIX CONNECTIONS SECONDS` prints how many calls were
answered and how long that took. Each charger has one call under way, and sends the next one with the answer.

Mixes: `meters` (MeterValues and Heartbeat in turn), `sessions` (whole charging sessions), `idle` (only the boot).
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from common.open_files import allow_many

TAG = "BENCH"
HANDSHAKES_AT_A_TIME = 50
METER_VALUES_PER_SESSION = 12

Message = tuple[str, dict[str, Any]]
Told = dict[str, Any]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def boot() -> Message:
    return "BootNotification", {"chargePointVendor": "Nordwatt", "chargePointModel": "N22"}


def status(value: str) -> Message:
    return "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": value, "timestamp": now()}


def meter_values(energy_wh: int, transaction_id: int | None = None) -> Message:
    samples = [
        {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": "11040", "measurand": "Power.Active.Import", "unit": "W"},
        {"value": "16.0", "measurand": "Current.Import", "unit": "A", "phase": "L1"},
    ]
    values: dict[str, Any] = {"connectorId": 1, "meterValue": [{"timestamp": now(), "sampledValue": samples}]}
    return "MeterValues", values | ({"transactionId": transaction_id} if transaction_id else {})


def meters(_told: Told) -> Iterator[Message]:
    for energy_wh in cycle(range(0, 1_000_000, 100)):
        yield meter_values(energy_wh)
        yield "Heartbeat", {}


def sessions(told: Told) -> Iterator[Message]:
    """`told` is the last answer: StartTransaction's gives the number of the transaction."""
    energy_wh = 0
    while True:
        yield status("Preparing")
        yield "Authorize", {"idTag": TAG}
        yield "StartTransaction", {"connectorId": 1, "idTag": TAG, "meterStart": energy_wh, "timestamp": now()}
        transaction_id = told["transactionId"]
        yield status("Charging")
        for _sample in range(METER_VALUES_PER_SESSION):
            energy_wh += 100
            yield meter_values(energy_wh, transaction_id)
        yield "Heartbeat", {}
        ended = {"transactionId": transaction_id, "meterStop": energy_wh, "timestamp": now(), "reason": "Local"}
        yield "StopTransaction", ended
        yield status("Finishing")
        yield status("Available")


def idle(_told: Told) -> Iterator[Message]:
    return iter(())


MIXES: dict[str, Callable[[Told], Iterator[Message]]] = {"meters": meters, "sessions": sessions, "idle": idle}


async def ask(socket: ClientConnection, number: int, message: Message) -> Told:
    """Send a call and wait for its answer; calls of the other side are refused meanwhile."""
    unique_id = str(number)
    await socket.send(json.dumps([2, unique_id, *message]))
    while True:
        frame = json.loads(await socket.recv())
        if frame[0] == 2:
            await socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
        elif frame[0] == 3 and frame[1] == unique_id:
            return frame[2]
        else:
            raise RuntimeError(f"{message[0]} was answered with {frame}")


async def talk(socket: ClientConnection, mix: str, until: float) -> int:
    """Talk until the time is over; how many calls were answered."""
    told: Told = {}
    answered = 0
    for message in MIXES[mix](told):
        if time.monotonic() > until:
            break
        told |= await ask(socket, answered, message)
        answered += 1
    return answered


async def connected(url: str, number: int) -> ClientConnection:
    """Without compression, as chargers of OCPP 1.6 connect."""
    return await connect(
        f"{url}/BENCH-{number}",
        subprotocols=[Subprotocol("ocpp1.6")],
        compression=None,
        ping_interval=None,
        open_timeout=60,
    )


async def opened(url: str, count: int, stack: AsyncExitStack) -> AsyncIterator[ClientConnection]:
    """Connect and boot, some at a time."""
    gate = asyncio.Semaphore(HANDSHAKES_AT_A_TIME)

    async def one(number: int) -> ClientConnection:
        async with gate:
            socket = await connected(url, number)
            stack.push_async_callback(closed, socket)
            await ask(socket, -1, boot())
            return socket

    for made in asyncio.as_completed([one(number) for number in range(count)]):
        yield await made


async def closed(socket: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        socket.transport.abort()


async def run(url: str, mix: str, connections: int, seconds: float) -> None:
    async with AsyncExitStack() as stack:
        sockets = [socket async for socket in opened(url, connections, stack)]
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        began = time.monotonic()
        answered = sum(await asyncio.gather(*(talk(socket, mix, began + seconds) for socket in sockets)))
        print(json.dumps([answered, time.monotonic() - began]), flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    allow_many()
    asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
