"""Letters of the identity slice."""

from advocacy.identity import signing_in
from advocacy.queue import task


@task("identity.send_link", queue="urgent")
async def send_link(link_id: int) -> None:
    """Sends one sign-in link."""
    await signing_in.send_link(link_id)
