"""The doorbell rings after commit, never on a rollback, and every task runs on the host's loop."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from advocacy import db, moment, queue
from advocacy.settings import Settings

RUNG: list[tuple[str, int, int]] = []
FAILURES = {"left": 0}


@queue.task("test.note", queue="urgent")
async def note(number: int) -> None:
    """Remembers that it ran, and on which loop; reads the database."""
    await db.value("SELECT 1")
    RUNG.append(("note", number, id(asyncio.get_running_loop())))


@queue.task("test.stumble", queue="background")
async def stumble(number: int) -> None:
    """Fails as often as it is told, then succeeds."""
    if FAILURES["left"]:
        FAILURES["left"] -= 1
        raise RuntimeError("not yet")
    RUNG.append(("stumble", number, 0))


@pytest.fixture
async def bell(database: Settings) -> AsyncIterator[queue.EmbeddedWorker]:
    """A worker on the test's loop, without mail."""
    RUNG.clear()
    worker = queue.EmbeddedWorker(database.redis_url)
    yield worker
    await worker.stop()


async def test_a_task_runs_after_the_commit_on_our_loop(bell: queue.EmbeddedWorker) -> None:
    async with db.transaction():
        await queue.after_commit("test.note", 7)
        await asyncio.sleep(0.3)
        assert RUNG == [], "nothing may be rung before the commit"
    await bell.idle()
    here = id(asyncio.get_running_loop())
    assert [("note", 7, here)] == RUNG


async def test_a_rollback_rings_nothing(bell: queue.EmbeddedWorker) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction():
            await queue.after_commit("test.note", 8)
            raise RuntimeError("changed our mind")
    await asyncio.sleep(0.2)
    await bell.idle()
    assert RUNG == []


async def test_nested_transactions_ring_once_at_the_outer_commit(
    bell: queue.EmbeddedWorker,
) -> None:
    async with db.transaction():
        async with db.transaction():
            await queue.after_commit("test.note", 9)
        await asyncio.sleep(0.2)
        assert RUNG == []
    await bell.idle()
    assert [each[1] for each in RUNG] == [9]


async def test_a_failing_task_is_tried_again(bell: queue.EmbeddedWorker) -> None:
    FAILURES["left"] = 1
    await queue.ring_now("test.stumble", 1)
    for _ in range(100):
        if RUNG:
            break
        await asyncio.sleep(0.1)
    assert RUNG == [("stumble", 1, 0)]


async def test_many_tasks_all_run(bell: queue.EmbeddedWorker) -> None:
    async with db.transaction():
        for number in range(200):
            await queue.after_commit("test.note", number)
    await bell.idle()
    assert sorted(each[1] for each in RUNG) == list(range(200))


@queue.task("test.linger", queue="mailings")
async def linger(number: int) -> None:
    """Takes its time, then remembers that it ran."""
    await asyncio.sleep(0.3)
    RUNG.append(("linger", number, 0))


async def test_what_somebody_waits_for_overtakes_mailings(database: Settings) -> None:
    RUNG.clear()
    worker = queue.EmbeddedWorker(database.redis_url, threads=1)
    for number in range(6):
        await queue.ring_now("test.linger", number)
    await asyncio.sleep(0.2)
    await queue.ring_now("test.note", 1)
    await worker.idle()
    await worker.stop()
    order = [name for name, _number, _loop in RUNG]
    assert len(order) == 7 and order.index("note") <= 3


async def test_the_number_of_waiting_messages_is_known(database: Settings) -> None:
    queue.open_queue(database.redis_url)
    try:
        before = await queue.waiting()
        await queue.ring_now("test.note", 1)
        assert await queue.waiting() == before + 1
    finally:
        queue.close_queue()
    assert moment.now().tzinfo is not None


async def test_a_broker_out_of_reach_fails_no_verb_whose_rows_are_safe(database: Settings) -> None:
    queue.open_queue("redis://127.0.0.1:1/0")
    try:
        async with db.transaction():
            await queue.after_commit("test.note", 10)
        await queue.ring_now("test.note", 11)
    finally:
        queue.close_queue()


async def test_a_failing_hook_hides_neither_the_commit_nor_the_other_hooks(
    database: Settings,
) -> None:
    ran = []

    async def fail() -> None:
        raise RuntimeError("no matter")

    async def note_it() -> None:
        ran.append("noted")

    async with db.transaction():
        await db.on_commit(fail)
        await db.on_commit(note_it)
    assert ran == ["noted"]
