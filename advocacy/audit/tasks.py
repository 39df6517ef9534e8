"""Checking the log: when asked, every night, and again where a worker died over it."""

from advocacy import clock
from advocacy.audit import checking
from advocacy.audit.recording import SYSTEM
from advocacy.queue import task


@task("audit.check", time_limit=3_600_000)
async def check(check_id: int) -> None:
    """Walks the chain once."""
    await checking.run(check_id)


@clock.every(86_400, "audit.nightly")
async def nightly() -> None:
    """Has the whole log checked once a day."""
    await checking.ask(SYSTEM)


@clock.every(60, "audit.sweep")
async def sweep() -> None:
    """Rings again for checks that lost messages left behind."""
    await checking.ring_unfinished()
