"""Letters of the identity slice, and the sweep that finds lost rings again."""

from advocacy import clock
from advocacy.identity import signing_in
from advocacy.queue import task


@task("identity.send_link", queue="urgent")
async def send_link(link_id: int) -> None:
    """Sends one sign-in link."""
    await signing_in.send_link(link_id)


@clock.every(30, "identity.sweep")
async def sweep() -> None:
    """Rings again for links that lost messages left behind."""
    await signing_in.ring_unsent()
