"""Natural batching, observed from outside: handlers wait on events of the test, never on time."""

import asyncio

import pytest

from ocpp_gateway.batching import Batcher


class Desk:
    """A handler whose batches go through one by one, when the test says so."""

    def __init__(self, spoilt=()):
        self.batches = []
        self.gate = asyncio.Semaphore(0)
        self.spoilt = set(spoilt)

    async def __call__(self, items):
        self.batches.append(items)
        await self.gate.acquire()
        if self.spoilt & set(items):
            raise ValueError(sorted(self.spoilt & set(items)))
        return [item * 10 for item in items]

    def open(self):
        for _ in range(1000):
            self.gate.release()


async def submitted(batcher, items):
    """Submit in order, and let every task run until it waits."""
    tasks = [asyncio.create_task(batcher.submit(item)) for item in items]
    await settled()
    return tasks


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_item_alone_is_handled_at_once():
    desk = Desk()
    desk.open()
    assert await Batcher(desk, limit=10).submit(1) == 10
    assert desk.batches == [[1]]


async def test_what_comes_while_a_batch_runs_is_the_next_batch():
    desk = Desk()
    batcher = Batcher(desk, limit=10)
    tasks = await submitted(batcher, [1])
    tasks += await submitted(batcher, [2, 3])
    tasks += await submitted(batcher, [4])
    assert desk.batches == [[1]]
    desk.gate.release()
    await settled()
    assert desk.batches == [[1], [2, 3, 4]]
    assert not tasks[1].done(), "nothing is answered before its batch is through"
    desk.open()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40]


async def test_a_batch_is_no_larger_than_the_limit():
    desk = Desk()
    tasks = await submitted(Batcher(desk, limit=3), range(8))
    desk.open()
    await asyncio.gather(*tasks)
    assert desk.batches == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_the_order_of_arrival_is_kept():
    desk = Desk()
    batcher = Batcher(desk, limit=2)
    tasks = await submitted(batcher, range(5))
    desk.gate.release()
    tasks += await submitted(batcher, range(5, 20))
    desk.open()
    assert await asyncio.gather(*tasks) == [item * 10 for item in range(20)]
    assert [item for batch in desk.batches for item in batch] == list(range(20))


async def test_the_observer_sees_size_and_queue():
    desk, seen = Desk(), []
    batcher = Batcher(desk, limit=2, observe=lambda size, waiting: seen.append((size, waiting)))
    tasks = await submitted(batcher, range(5))
    desk.open()
    await asyncio.gather(*tasks)
    assert seen == [(2, 3), (2, 1), (1, 0)]


async def test_a_bad_item_spoils_nothing_but_itself():
    desk = Desk(spoilt=[2])
    desk.open()
    tasks = await submitted(Batcher(desk, limit=10), [1, 2, 3])
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [results[0], results[2]] == [10, 30]
    assert isinstance(results[1], ValueError)
    assert desk.batches == [[1, 2, 3], [1], [2], [3]]


async def test_a_failing_single_item_is_not_tried_again():
    desk = Desk(spoilt=[1])
    desk.open()
    with pytest.raises(ValueError, match="1"):
        await Batcher(desk, limit=10).submit(1)
    assert desk.batches == [[1]]


async def test_a_handler_that_answers_too_few_fails_all_and_repeats_nothing():
    calls = []

    async def forgetful(items):
        calls.append(items)
        return items[1:]

    tasks = await submitted(Batcher(forgetful, limit=10), [1, 2])
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [RuntimeError, RuntimeError]
    assert calls == [[1, 2]]


async def test_an_item_is_handled_although_its_sender_is_gone():
    desk = Desk()
    batcher = Batcher(desk, limit=10)
    tasks = await submitted(batcher, [1])
    gone, stays = await submitted(batcher, [2, 3])
    gone.cancel()
    desk.open()
    assert await stays == 30
    assert await tasks[0] == 10
    assert desk.batches == [[1], [2, 3]]


async def test_close_drains_what_was_submitted_and_takes_nothing_more():
    desk = Desk()
    batcher = Batcher(desk, limit=1)
    tasks = await submitted(batcher, [1, 2, 3, 4])
    closing = asyncio.create_task(batcher.close())
    await settled()
    with pytest.raises(RuntimeError, match="closed"):
        await batcher.submit(5)
    assert not closing.done()
    desk.open()
    await closing
    assert [task.result() for task in tasks] == [10, 20, 30, 40]


async def test_close_of_an_idle_batcher_returns():
    await Batcher(Desk(), limit=1).close()
