"""Letters about roles, those about roles that end soon, and the sweep that finds lost rings."""

from advocacy import clock
from advocacy.queue import task
from advocacy.team import expiring, owing


@task("team.post", queue="urgent")
async def post(letter_id: int) -> None:
    """Posts one letter."""
    await owing.post(letter_id)


@clock.every(60, "team.sweep")
async def sweep() -> None:
    """Rings again for letters that lost messages left behind."""
    await owing.ring_unposted()


@clock.every(86_400, "team.expiring")
async def warn() -> None:
    """Tells whose roles end within two weeks."""
    await expiring.warn()
