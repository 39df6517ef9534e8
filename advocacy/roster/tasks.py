"""The search index follows what is committed, within two seconds."""

from advocacy import clock
from advocacy.queue import task
from advocacy.roster import indexing


@task("roster.index", queue="urgent")
async def index() -> None:
    """Writes the words of persons whose name, address or membership has changed."""
    await indexing.catch_up()


@clock.every(1, "roster.sweep")
async def sweep() -> None:
    """Rings for persons who are due."""
    await indexing.ring_when_due()
