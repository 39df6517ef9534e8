"""Requests about people's data, the retention rules at night, and what sweeps after both."""

from advocacy import clock
from advocacy.queue import task
from advocacy.rights import copying, letters, retaining, working


@task("rights.work")
async def work(request_id: int) -> None:
    """Does what a request asks for."""
    await working.work(request_id)


@task("rights.tell", queue="urgent")
async def tell(request_id: int) -> None:
    """Posts the letter that a request owes."""
    await letters.tell(request_id)


@task("rights.retain", max_retries=2, time_limit=3_600_000)
async def retain(run_id: int) -> None:
    """Applies the retention rules, or counts what they would do."""
    await retaining.work(run_id)


@clock.every(60, "rights.sweep")
async def sweep() -> None:
    """Rings for requests and runs that are due or were left behind."""
    await working.sweep()
    await retaining.sweep()


@clock.every(3600, "rights.expire")
async def expire() -> None:
    """Deletes copies that are a week old."""
    await copying.expire()


@clock.every(86_400, "rights.nightly")
async def nightly() -> None:
    """Applies the retention rules."""
    await retaining.start_nightly()
