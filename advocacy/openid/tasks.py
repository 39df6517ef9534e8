"""What the clock does for the openid slice."""

from advocacy import clock
from advocacy.openid import arriving


@clock.every(3600, "openid.sweep")
async def sweep() -> None:
    """Forgets browsers that never came back."""
    await arriving.forget_old()
