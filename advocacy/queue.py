"""The doorbell: named queues, tasks rung by name after commit, a worker inside the process.

Messages carry ids only. A task is registered with `@task`; a verb rings it with
`after_commit("slice.task", id)`, so verbs never import tasks. Losing every message loses nothing
that anybody waits for: a sweep on the clock finds in the rows what a lost message left behind. No
sweep has thanks for an action, which come at once or not, and a test letter, asked for again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import dramatiq
from dramatiq.asyncio import EventLoopThread, set_event_loop_thread
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO, Middleware

from advocacy import db

Queue = Literal["urgent", "mailings", "background"]
QUEUES: tuple[Queue, ...] = ("urgent", "mailings", "background")
Id = int | str
Body = Callable[..., Awaitable[None]]
MINUTE = 60_000
# Twice what one mailing may hold, so that a sign-in link finds a hand free while it is sent.
THREADS = 16

_bodies: dict[str, tuple[Body, Queue, dict[str, Any]]] = {}
_broker: dramatiq.Broker | None = None


def task(
    name: str, *, queue: Queue = "background", max_retries: int = 8, time_limit: int = 10 * MINUTE
) -> Callable[[Body], Body]:
    """Registers an async function under a name. Limits are in milliseconds."""

    def register(body: Body) -> Body:
        options = {
            "max_retries": max_retries,
            "time_limit": time_limit,
            "min_backoff": 2_000,
            "max_backoff": 10 * MINUTE,
            # Lower goes first: what somebody waits for, then the rest in the order of QUEUES.
            "priority": QUEUES.index(queue),
        }
        if name in _bodies and _bodies[name][0] is not body:
            raise ValueError(f"Two tasks are called {name}")
        _bodies[name] = (body, queue, options)
        if _broker is not None:
            _declare(_broker, name)
        return body

    return register


def task_names() -> set[str]:
    """Every registered task."""
    return set(_bodies)


async def after_commit(name: str, *ids: Id, delay: int | None = None) -> None:
    """Rings a task once the current transaction is durable. `delay` is in milliseconds, at least.

    A queue that cannot be reached is logged, not raised: the rows are safe and the sweep rings
    again.
    """

    async def ring() -> None:
        await ring_now(name, *ids, delay=delay)

    await db.on_commit(ring)


async def ring_now(name: str, *ids: Id, delay: int | None = None) -> None:
    """Rings a task at once, for the clock and for tasks that ring themselves."""
    if _broker is None:
        return
    message = _broker.get_actor(name).message(*ids)
    try:
        if isinstance(_broker, StubBroker):
            _broker.enqueue(message, delay=delay)
        else:
            await _rope.pull(_broker, message, delay)
    except Exception as failure:
        # Each broker has errors of its own, and none of them undoes what is committed.
        kind = type(failure).__name__
        logging.getLogger("advocacy.queue").warning(
            "queue unreachable (%s), %s not rung", kind, name
        )


class _Rope:
    """Many requests at once share one thread's way to the broker; each waits for its own ring."""

    def __init__(self) -> None:
        self.waiting: list[tuple[dramatiq.Message[Any], int | None, asyncio.Future[None]]] = []
        self.pulling: asyncio.Task[None] | None = None

    async def pull(
        self, broker: dramatiq.Broker, message: "dramatiq.Message[Any]", delay: int | None
    ) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((message, delay, done))
        if self.pulling is None or self.pulling.done():
            self.pulling = asyncio.create_task(self._pull_all(broker))
        await done

    async def _pull_all(self, broker: dramatiq.Broker) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting, []
            failures = await asyncio.to_thread(_enqueue_all, broker, batch)
            for (_message, _delay, done), failure in zip(batch, failures, strict=True):
                if done.done():
                    continue
                if failure is None:
                    done.set_result(None)
                else:
                    done.set_exception(failure)


def _enqueue_all(broker: dramatiq.Broker, batch: list[Any]) -> list[Exception | None]:
    failures: list[Exception | None] = []
    for message, delay, _done in batch:
        try:
            broker.enqueue(message, delay=delay)
            failures.append(None)
        except Exception as failure:
            failures.append(failure)
    return failures


_rope = _Rope()


def _declare(broker: dramatiq.Broker, name: str) -> None:
    body, queue, options = _bodies[name]
    if name not in broker.actors:
        declare = dramatiq.actor(actor_name=name, queue_name=queue, broker=broker, **options)
        declare(body)


class HostLoop(Middleware):
    """Runs async actors on a loop that already turns (the web server's), not on one of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Hands the host's loop to dramatiq; the thread around it is never started."""
        thread = EventLoopThread(logging.getLogger("dramatiq"))
        thread.loop.close()
        thread.loop = self.loop
        set_event_loop_thread(thread)

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Lets go of the host's loop."""
        set_event_loop_thread(None)


def make_broker(url: str, *, namespace: str = "advocacy") -> dramatiq.Broker:
    """A broker for an address: empty in process, `redis://…` or `amqp://…`. Tasks are declared."""
    broker: dramatiq.Broker
    if not url:
        broker = StubBroker()
    elif url.startswith("redis"):
        from dramatiq.brokers.redis import RedisBroker

        # With the defaults a message of a killed worker stays stranded for minutes.
        broker = RedisBroker(  # type: ignore[no-untyped-call]
            url=url, namespace=namespace, heartbeat_timeout=15_000, maintenance_chance=1_000_000
        )
    else:
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        broker = RabbitmqBroker(url=url)
    return broker


def open_queue(url: str, *, namespace: str = "advocacy", worker: Middleware | None = None) -> None:
    """Connects this process to the queue so that it can ring; `worker` is its loop middleware."""
    global _broker
    _broker = make_broker(url, namespace=namespace)
    if worker is not None:
        _broker.add_middleware(worker)
    dramatiq.set_broker(_broker)
    for queue in QUEUES:
        _broker.declare_queue(queue)
    for name in _bodies:
        _declare(_broker, name)


def close_queue() -> None:
    """Disconnects this process."""
    global _broker
    if _broker is not None:
        _broker.close()
        _broker = None


def broker() -> dramatiq.Broker:
    """The open broker. Raises RuntimeError when there is none."""
    if _broker is None:
        raise RuntimeError("The queue is not open")
    return _broker


class EmbeddedWorker:
    """A worker whose actors run on the current loop; for the embedded default and for tests."""

    def __init__(
        self, url: str = "", *, namespace: str = "advocacy", threads: int = THREADS
    ) -> None:
        open_queue(url, namespace=namespace, worker=HostLoop(asyncio.get_running_loop()))
        self._worker = dramatiq.Worker(broker(), worker_threads=threads, worker_timeout=50)
        self._worker.start()

    async def idle(self, patience: float = 20.0) -> None:
        """Waits until every queue is empty and every message done, delayed ones included."""
        await asyncio.wait_for(asyncio.to_thread(self._join), patience)

    def _join(self) -> None:
        here = broker()
        for queue in QUEUES:
            here.join(queue)
        self._worker.join()

    async def stop(self) -> None:
        """Stops after the running actors and closes the queue."""
        await asyncio.to_thread(self._worker.stop, 10_000)
        close_queue()


def worker_broker(url: str, middleware: list[Middleware]) -> dramatiq.Broker:
    """The broker of a worker process: async actors on dramatiq's own loop thread."""
    open_queue(url)
    here = broker()
    here.add_middleware(AsyncIO())
    for each in middleware:
        here.add_middleware(each)
    return here


async def waiting() -> int:
    """How many messages wait in all queues; also proves that the queue can be reached."""
    here: Any = broker()

    def count() -> int:
        if isinstance(here, StubBroker):
            return sum(each.qsize() for each in here.queues.values())
        if hasattr(here, "client"):
            return sum(int(here.client.llen(f"{here.namespace}:{name}")) for name in QUEUES)
        return sum(sum(here.get_queue_message_counts(name)) for name in QUEUES)

    return await asyncio.to_thread(count)
