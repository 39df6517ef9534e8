"""The campaign's clock."""

from advocacy import clock
from campaigns import lifecycle


@clock.every(30, "campaigns.keep_time")
async def keep_time() -> None:
    """Starts and ends campaigns on time."""
    await lifecycle.keep_time()
