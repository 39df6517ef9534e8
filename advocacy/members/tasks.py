"""Letters of the members slice, and the sweep that finds lost rings again."""

from advocacy import clock
from advocacy.mail import discretion
from advocacy.members import joining, safeguarding
from advocacy.queue import task

discretion.judge_by(safeguarding.is_discreet)


@task("members.ask_confirmation", queue="urgent")
async def ask_confirmation(sign_up_id: int) -> None:
    """Asks an address to confirm a sign-up."""
    await joining.ask_confirmation(sign_up_id)


@clock.every(60, "members.sweep")
async def sweep() -> None:
    """Rings again for sign-ups that lost messages left behind."""
    await joining.ring_unasked()
