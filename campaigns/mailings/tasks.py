"""The mailings' tasks and their clock."""

from advocacy import clock
from advocacy.queue import task
from campaigns.mailings import dispatching, sending, testing


@task("mailings.start", queue="mailings")
async def start(mailing_id: int) -> None:
    """Freezes an audience and begins to send."""
    await sending.start(mailing_id)


@task("mailings.send_batch", queue="mailings", time_limit=3_600_000)
async def send_batch(mailing_id: int) -> None:
    """Sends one batch."""
    await dispatching.send_batch(mailing_id)


@task("mailings.send_test", queue="urgent", max_retries=3)
async def send_test(mailing_id: int, user_id: int, language: str) -> None:
    """Sends a test to the one who asked for it."""
    await testing.send_test(mailing_id, user_id, language)


@clock.every(5, "mailings.start_due")
async def start_due() -> None:
    """Begins what is due."""
    await sending.start_due()


@clock.every(10, "mailings.sweep")
async def sweep() -> None:
    """Finds what was left behind."""
    await sending.sweep()
