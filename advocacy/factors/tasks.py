"""What the clock does for the factors slice."""

from advocacy import clock
from advocacy.factors import challenges


@clock.every(3600, "factors.sweep")
async def sweep() -> None:
    """Forgets challenges that nobody answered."""
    await challenges.forget_old()
