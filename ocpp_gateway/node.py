"""One gateway process: the lines it holds, the queues they share, its lease, and the channel on which it is poked."""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils import timezone

from chargeports.selectors import stations_with_queued_commands
from ocpp_gateway import first_contact, metrics, pipeline, registry
from ocpp_gateway.admission import Admission, Admitted, Denied
from ocpp_gateway.batching import Batcher
from ocpp_gateway.closing import OurClose
from ocpp_gateway.database import in_thread, in_transaction
from ocpp_gateway.first_contact import FirstContact
from ocpp_gateway.handshake import Handshake
from ocpp_gateway.line import Line
from ocpp_gateway.messages import Answer, ProtocolVersion
from ocpp_gateway.pipeline import Item
from ocpp_gateway.registry import Ended, NodeName, Opened, Opening, Replaced
from ocpp_gateway.rounds import rounds
from ocpp_gateway.versions import VERSIONS
from stations import services as stations

logger = logging.getLogger(__name__)

T = TypeVar("T")

TICK_S = 1.0
UPKEEP_S = 10.0
THREADS = 6
ERRAND_THREADS = 2
"""Commands are carried out one by one, thousands after an outage: what chargers wait for must not queue behind them."""
LONGEST_GOODBYE_S = 5.0


class Node:
    """Made and started in the event loop that serves the sockets."""

    def __init__(self) -> None:
        self.name = NodeName(id=(node_id := uuid4()), channel=f"gateway.{node_id.hex}", host=socket.gethostname()[:120])
        self.first_contact = FirstContact()
        self._lines: dict[int, Line] = {}
        self._by_station: dict[int, Line] = {}
        self._seen: dict[int, datetime] = {}
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="gateway")
        self._errands = ThreadPoolExecutor(ERRAND_THREADS, thread_name_prefix="gateway-errands")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._admission = Admission(self.name)
        limit = settings.GATEWAY_BATCH_LIMIT
        self._handshakes = Batcher(self._admit, limit, observe=metrics.BatchObserver("handshakes"))
        self._claims = Batcher(self._claim_all, limit, observe=metrics.BatchObserver("claims"))
        self._looks = Batcher(self._look_for_commands, limit, observe=metrics.BatchObserver("looks"))
        self._ends = Batcher(self._close_all, limit, observe=metrics.BatchObserver("ends"))
        self._calls = {
            id(version): Batcher(self._handler(version), limit, observe=metrics.BatchObserver(name))
            for name, version in VERSIONS.items()
        }

    async def start(self) -> None:
        await self._run_now(lambda: registry.enrol(self.name, timezone.now()))
        for work in (self._listen(), self._tick(), self._keep_up()):
            self.spawn(work)

    async def stop(self) -> None:
        """End every connection with the code of a restart, write that down, and leave the registry."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        lines = list(self._lines.values())
        for line in lines:
            line.end(OurClose.BROKER_RESTART)
        if lines:
            await asyncio.wait([line.finished for line in lines], timeout=LONGEST_GOODBYE_S)
        await self._handshakes.close()
        await self._claims.close()
        for calls in self._calls.values():
            await calls.close()
        await self._looks.close()
        await self._ends.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        for executor in (self._errands, self._executor):
            await asyncio.to_thread(executor.shutdown)  # what still runs there was begun by a cancelled task
        await sync_to_async(in_thread, thread_sensitive=False)(lambda: in_transaction(self._leave))

    def _leave(self) -> None:
        now = timezone.now()
        stations.touch(self._seen)
        registry.dismiss([self.name.id], now)

    async def run(self, work: Callable[[], T]) -> T:
        """Do database work that no charger waits for in one transaction, in a thread, after what came before."""
        return await self._in_thread(self._errands, lambda: in_transaction(work))

    async def _run_now(self, work: Callable[[], T]) -> T:
        """The same for what chargers and the lease wait for: the batches and the upkeep, each once at a time."""
        return await self._in_thread(self._executor, lambda: in_transaction(work))

    async def _in_thread(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        return await sync_to_async(in_thread, thread_sensitive=False, executor=executor)(work)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the lines; what it raises is logged."""
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def admit(self, handshake: Handshake) -> Admitted | Denied:
        return await self._handshakes.submit(handshake)

    async def claim(self, admitted: Admitted) -> Admitted:
        """Put a connection that waited beside another one of its station into that one's place (Q12, T30)."""
        opened = await self._claims.submit(replace(admitted.opening, at=timezone.now()))
        if opened.replaced:
            await self._replace(opened.replaced)
        return replace(admitted, connection_id=opened.connection_id)

    def has_talking_line(self, station_id: int, since: float) -> bool:
        """Whether the station talks through a line that was opened later than `since` (the loop's time): who was silent
        beside it all the time is the older connection, and not to take its place.
        """
        line = self._by_station.get(station_id)
        return line is not None and line.opened_at > since and line.last_message_at is not None

    async def submit(self, version: ProtocolVersion, item: Item) -> Answer:
        return await self._calls[id(version)].submit(item)

    async def has_waiting_command(self, station_id: int) -> bool:
        """Whether a command waits for the station: looked up for all stations that ask at once, since after a restart
        all of them do, and hardly any has one.
        """
        return await self._looks.submit(station_id)

    async def ended(self, ended: Ended) -> None:
        await self._ends.submit(ended)

    def add(self, line: Line) -> None:
        self._lines[line.peer.connection_id] = line
        self._by_station[line.peer.station_id] = line
        metrics.CONNECTIONS.set(len(self._lines))

    def discard(self, line: Line) -> None:
        self._lines.pop(line.peer.connection_id, None)
        if self._by_station.get(line.peer.station_id) is line:
            del self._by_station[line.peer.station_id]
        self._note_seen(line)
        self.first_contact.forget(line.peer.connection_id)
        metrics.CONNECTIONS.set(len(self._lines))

    async def _replace(self, replaced: Replaced) -> None:
        """Close the socket that a newer connection replaced, wherever it is (T30)."""
        if replaced.channel == self.name.channel:
            self._end(replaced.connection_id, OurClose.REPLACED)
        elif replaced.channel:
            message = {"type": "connection.replaced", "connection_id": replaced.connection_id}
            await _layer().send(replaced.channel, message)

    def _end(self, connection_id: int, ours: OurClose) -> None:
        line = self._lines.get(connection_id)
        if line:
            line.end(ours)

    async def _admit(self, handshakes: Sequence[Handshake]) -> list[Admitted | Denied]:
        return await self._run_now(lambda: self._admission.admit(handshakes, timezone.now()))

    async def _claim_all(self, openings: Sequence[Opening]) -> list[Opened]:
        return await self._run_now(lambda: self._open_in_rounds(openings))

    def _open_in_rounds(self, openings: Sequence[Opening]) -> list[Opened]:
        """Of two connections of one station the later one wins."""
        results: dict[int, Opened] = {}
        for part in rounds(openings, key=lambda opening: opening.station_id):
            opened = registry.open_connections(self.name, [openings[index] for index in part], timezone.now())
            results.update(zip(part, opened, strict=True))
        return [results[index] for index in range(len(openings))]

    async def _look_for_commands(self, station_ids: Sequence[int]) -> list[bool]:
        waiting = await self._run_now(lambda: stations_with_queued_commands(station_ids))
        return [station_id in waiting for station_id in station_ids]

    async def _close_all(self, ends: Sequence[Ended]) -> list[None]:
        await self._run_now(lambda: registry.close_connections(ends))
        return [None] * len(ends)

    def _handler(self, version: ProtocolVersion) -> Callable[[Sequence[Item]], Coroutine[Any, Any, list[Answer]]]:
        async def handle(items: Sequence[Item]) -> list[Answer]:
            return await self._in_thread(self._executor, lambda: pipeline.handle(version, items))

        return handle

    async def _listen(self) -> None:
        """Pokes. One that is lost (Redis was away) is made up for by `_keep_up`."""
        while True:
            try:
                message = await _layer().receive(self.name.channel)
                self._poked(message)
            except Exception:
                logger.warning("The gateway's channel cannot be read; trying again.", exc_info=True)
                await asyncio.sleep(TICK_S)

    def _poked(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "commands.queued", "station_ids": station_ids}:
                for station_id in station_ids:
                    self._wake(station_id)
            case {"type": "connection.replaced", "connection_id": connection_id}:
                self._end(connection_id, OurClose.REPLACED)
            case {"type": "stations.changed", "station_ids": station_ids}:
                for station_id in station_ids:
                    if line := self._by_station.get(station_id):
                        line.end(OurClose.DISCONNECTED)

    def _wake(self, station_id: int) -> None:
        if line := self._by_station.get(station_id):
            line.commander.wake()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            for line in list(self._lines.values()):
                line.tick(now)
            if due := self.first_contact.take_due(now):
                self.spawn(self._ask(due))

    async def _ask(self, station_ids: list[int]) -> None:
        await self.run(lambda: first_contact.ask(station_ids))

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_S)
            await self.keep_up()

    async def keep_up(self) -> None:
        """Renew the lease, and make up for what was missed: lost pokes, dead nodes, sockets that nobody told of."""
        for line in list(self._lines.values()):
            self._note_seen(line)
        seen, self._seen = self._seen, {}
        held = set(self._lines)
        try:
            lost, waiting = await self._run_now(lambda: self._upkeep(held, seen))
        except Exception:
            logger.exception("The gateway's lease was not renewed.")
            return
        for connection_id in lost:
            self._end(connection_id, OurClose.REPLACED)
        for station_id in waiting:
            self._wake(station_id)

    def _upkeep(self, held: set[int], seen: dict[int, datetime]) -> tuple[set[int], list[int]]:
        now = timezone.now()
        if not registry.renew(self.name, now):
            registry.enrol(self.name, now)
        stations.touch(seen)
        registry.reap(now)
        registry.give_up_dropped(now)
        lost = registry.reconcile(self.name.id, held, now)
        return lost, registry.stations_with_queued_commands(self.name.id)

    def _note_seen(self, line: Line) -> None:
        if line.last_message_at:
            self._seen[line.peer.station_id] = line.last_message_at


def _layer() -> Any:
    return get_channel_layer()


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        logger.exception("The gateway failed in the background.")
