"""The worker process: dramatiq's threads on one event loop that holds database and mail."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import dramatiq
import uvloop
from dramatiq.asyncio import get_event_loop_thread

from advocacy import db, queue, settings
from advocacy.mail import posting
from campaigns import wiring


class Ground(dramatiq.Middleware):
    """Opens the database and the mail transport on the worker's loop, and closes them after."""

    def __init__(self) -> None:
        self.stack = AsyncExitStack()

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Runs once the loop turns and before any thread looks for a task."""
        _on_loop(self._open())

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Runs while the loop still turns."""
        _on_loop(self.stack.aclose())

    async def _open(self) -> None:
        config = settings.current()
        await db.open_database(config.database_url)
        self.stack.push_async_callback(db.close_database)
        await posting.open_posting(config)
        self.stack.push_async_callback(posting.close_posting)


def _on_loop(coroutine: Any) -> None:
    thread = get_event_loop_thread()
    if thread is None:
        raise RuntimeError("The worker has no event loop")
    thread.run_coroutine(coroutine)


asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
wiring.load_tasks()
broker = queue.worker_broker(settings.current().redis_url, [Ground()])
