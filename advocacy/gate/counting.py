"""Counting what the gate judged, by day: kept in the process and written down every few seconds.

A crash may lose the last seconds of these figures; nothing depends on them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, timedelta

import structlog

from advocacy import db, moment
from advocacy.gate.models import GateCount

EVERY = 5.0
KEPT = timedelta(days=400)
_pending: Counter[tuple[date, str, str]] = Counter()
log = structlog.get_logger("advocacy.gate")


def count(outcome: str, reason: str = "") -> None:
    """One more of these today."""
    _pending[moment.now().date(), outcome, reason] += 1


async def write_down() -> None:
    """Adds what this process has counted to the table."""
    if not _pending:
        return
    taken = sorted(_pending.items())
    _pending.clear()
    try:
        await db.execute_many(
            "INSERT INTO advocacy_gate_count (day, outcome, reason, count) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (day, outcome, reason)"
            " DO UPDATE SET count = advocacy_gate_count.count + excluded.count",
            [(*key, number) for key, number in taken],
        )
    except Exception:
        _pending.update(dict(taken))
        raise


async def of_days(first: date) -> list[GateCount]:
    """The counts since a day, oldest first."""
    return await GateCount.filter(day__gte=first).order_by("day", "outcome", "reason")


async def forget() -> int:
    """Removes counts older than a year; returns how many."""
    return await GateCount.filter(day__lt=(moment.now() - KEPT).date()).delete()


@asynccontextmanager
async def kept() -> AsyncIterator[None]:
    """Writes down every few seconds, and once more at the end."""
    writer = asyncio.create_task(_write_on())
    try:
        yield
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
        await _try_to_write()


async def _write_on() -> None:
    while True:
        await asyncio.sleep(EVERY)
        await _try_to_write()


async def _try_to_write() -> None:
    try:
        await write_down()
    except Exception as failure:
        log.warning("counts not written yet", failure=type(failure).__name__)
