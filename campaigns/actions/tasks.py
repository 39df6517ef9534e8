"""Letters and counting of the actions slice, and the sweep that finds lost rings again."""

from advocacy import clock
from advocacy.queue import task
from campaigns.actions import letters, tallying


@task("actions.ask_confirmation", queue="urgent")
async def ask_confirmation(action_id: int) -> None:
    """Asks an address to confirm an action."""
    await letters.ask_confirmation(action_id)


@task("actions.thank", queue="background")
async def thank(*action_ids: int) -> None:
    """Thanks for some actions."""
    await letters.thank_all(action_ids)


@task("actions.tally", queue="urgent")
async def tally(page_id: int) -> None:
    """Folds a page's new actions into its tally."""
    await tallying.fold(page_id)


@clock.every(60, "actions.sweep")
async def sweep() -> None:
    """Rings again for what lost messages left behind."""
    await tallying.ring_missed()
    await letters.ring_unasked()
