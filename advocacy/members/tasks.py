"""Letters of the members slice."""

from advocacy.members import joining
from advocacy.queue import task


@task("members.ask_confirmation", queue="urgent")
async def ask_confirmation(sign_up_id: int) -> None:
    """Asks an address to confirm a sign-up."""
    await joining.ask_confirmation(sign_up_id)
