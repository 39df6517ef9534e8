"""The consent ledger and the subscriptions say the same, also when much happens at one moment."""

import asyncio

from advocacy.members import consent
from advocacy.members.models import Consent, Subscription
from advocacy.settings import Settings
from tests import factories


async def test_the_subscription_follows_the_last_line_of_the_ledger_under_a_rush(
    database: Settings,
) -> None:
    chapter = await factories.chapter()
    people = [await factories.person() for _each in range(6)]
    await asyncio.gather(
        *(
            consent.record(each.id, chapter.id, granted=turn % 2 == 0, basis="page")
            for turn in range(8)
            for each in people
        )
    )
    assert await Consent.all().count() == 48, "nothing is left out of the ledger"
    assert await Subscription.all().count() == 6
    assert await consent.rebuilt_subscriptions() == 0
