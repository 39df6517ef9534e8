"""Letters of the identity slice, and the sweep that finds lost rings again."""

from advocacy import clock
from advocacy.identity import signing_in
from advocacy.queue import task


@task("identity.answer_request", queue="urgent")
async def answer_request(request_id: int) -> None:
    """Makes the link that somebody asked for."""
    await signing_in.answer(request_id)


@task("identity.send_link", queue="urgent")
async def send_link(link_id: int) -> None:
    """Sends one sign-in link."""
    await signing_in.send_link(link_id)


@task("identity.tell_of_session", queue="background")
async def tell_of_session(session_id: int) -> None:
    """Tells a user of a new browser."""
    await signing_in.tell_of_session(session_id)


@clock.every(30, "identity.sweep")
async def sweep() -> None:
    """Rings again for links that lost messages left behind."""
    await signing_in.ring_unsent()
