"""The clock: "every N seconds do X", with a row a job in the database as its lock.

Two clocks, in two processes or on two machines, never run one job twice in its period.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from tortoise import fields
from tortoise.models import Model

from advocacy import db, moment

Job = Callable[[], Awaitable[None]]
log = logging.getLogger("advocacy.clock")


class Beat(Model):
    """When a periodic job was last taken, and how that ended."""

    name = fields.CharField(primary_key=True, max_length=60)
    due_at = fields.DatetimeField()
    last_started_at = fields.DatetimeField(null=True)
    last_finished_at = fields.DatetimeField(null=True)
    last_error = fields.CharField(max_length=300, default="", db_default="")

    class Meta:
        table = "advocacy_beat"


@dataclass(frozen=True)
class Period:
    """A job and its period in seconds."""

    name: str
    seconds: int
    job: Job


_periods: dict[str, Period] = {}


def every(seconds: int, name: str) -> Callable[[Job], Job]:
    """Registers an async function to run every so many seconds, once over all clocks."""

    def register(job: Job) -> Job:
        _periods[name] = Period(name, seconds, job)
        return job

    return register


def period_names() -> set[str]:
    """Every registered job."""
    return set(_periods)


async def tick() -> list[str]:
    """Runs every job that is due and that no other clock has taken; returns their names."""
    ran = []
    for period in list(_periods.values()):
        if await _take(period):
            await _run(period)
            ran.append(period.name)
    return ran


async def _take(period: Period) -> bool:
    now = moment.now()
    due = now + timedelta(seconds=period.seconds)
    await db.execute(
        "INSERT INTO advocacy_beat (name, due_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        period.name,
        now,
    )
    taken = await db.execute(
        "UPDATE advocacy_beat SET due_at = $1, last_started_at = $2 WHERE name = $3"
        " AND due_at <= $2",
        due,
        now,
        period.name,
    )
    return taken == 1


async def _run(period: Period) -> None:
    error = ""
    try:
        await period.job()
    except Exception as failure:
        log.exception("job %s failed", period.name)
        error = f"{type(failure).__name__}: {failure}"[:300]
    await db.execute(
        "UPDATE advocacy_beat SET last_finished_at = $1, last_error = $2 WHERE name = $3",
        moment.now(),
        error,
        period.name,
    )


async def run(stop: asyncio.Event, *, pause: float = 1.0) -> None:
    """Ticks until `stop` is set, looking every `pause` seconds. A failing tick is logged."""
    while not stop.is_set():
        try:
            await tick()
        except Exception:
            log.exception("the clock missed a tick")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
