"""Work on uploaded rolls, and the sweep that finds what a dead worker left."""

from advocacy import clock
from advocacy.queue import task
from advocacy.rolls import working

HOUR = 60 * 60 * 1000


@task("rolls.go_on", time_limit=2 * HOUR)
async def go_on(upload_id: int) -> None:
    """Checks or imports the file of an upload."""
    await working.go_on(upload_id)


@clock.every(15, "rolls.sweep")
async def sweep() -> None:
    """Rings again for uploads that nobody works on."""
    await working.sweep()
