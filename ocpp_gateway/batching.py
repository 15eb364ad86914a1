"""Natural batching: what arrives while one batch is being handled makes up the next one.

Idle, an item is handled at once and alone; under load, batches grow by themselves. There is no timer to tune.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """Collects items of many tasks into batches, one batch at a time, all in the order of arrival.

    How many wait needs no bound of its own: a connection submits one item and waits for it before it reads further.

    :param handle: handles a batch of items, as a whole or not at all, and returns one result per item, in order.
    :param limit: at most so many items in a batch.
    :param observe: told the size of each batch and how many items still wait, before the batch is handled.
    """

    def __init__(
        self,
        handle: Callable[[list[T]], Awaitable[Sequence[R]]],
        limit: int,
        observe: Callable[[int, int], None] | None = None,
    ) -> None:
        self._handle = handle
        self._limit = limit
        self._observe = observe
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, item: T) -> R:
        """Have an item handled and return its result, or raise what handling it raised.

        An item is handled even if the caller is cancelled meanwhile. Raises ``RuntimeError`` after ``close``.
        """
        if self._closed:
            raise RuntimeError("The batcher is closed.")
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, result))
        self._worker = self._worker or asyncio.create_task(self._work())
        return await result

    async def close(self) -> None:
        """Take nothing more and return when all that was submitted is handled."""
        self._closed = True
        if self._worker:
            await self._worker

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(self._limit, len(self._waiting)))]
            if self._observe:
                self._observe(len(batch), len(self._waiting))
            await self._settle(batch)
        self._worker = None

    async def _settle(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        """Handle a batch; if it fails, handle its items one by one, so that a bad one spoils nothing but itself."""
        try:
            results = await self._handle([item for item, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for single in batch:
                await self._settle([single])
            return
        _resolve([future for _, future in batch], results)


def _resolve(futures: list[asyncio.Future[R]], results: Sequence[R]) -> None:
    if len(results) != len(futures):
        mistake = RuntimeError(f"{len(results)} results for {len(futures)} items.")
        for future in futures:
            _fail(future, mistake)
        return
    for future, result in zip(futures, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(future: asyncio.Future[R], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
