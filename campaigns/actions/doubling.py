"""Two persons who are merged may have acted on the same page: that is one action, not two."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from advocacy import db
from advocacy.duplicates.merging import Settler, settle_with
from campaigns.actions import tallying


async def settle(kept_id: int, lost_id: int) -> list[dict[str, Any]]:
    """Invalidates what the lost one did where the kept one did it too, and mends the tallies.

    Where only the lost one's is confirmed it stands, and the kept one's waits no longer.

    Returns what `restore` needs. Must run inside the transaction of the merge.
    """
    # One that waits gives way to a confirmed one, whosever it is: it could be confirmed later.
    both = (
        " FROM campaigns_action a WHERE a.state IN ('confirmed', 'waiting')"
        " AND EXISTS (SELECT 1 FROM campaigns_action k WHERE k.page_id = a.page_id"
        " AND ((a.person_id = $2 AND k.person_id = $1 AND (k.state = 'confirmed'"
        " OR (k.state = 'waiting' AND a.state = 'waiting')))"
        " OR (a.person_id = $1 AND k.person_id = $2 AND a.state = 'waiting'"
        " AND k.state = 'confirmed')))"
        " AND a.person_id IN ($1, $2)"
    )
    pages = await db.rows(f"SELECT a.page_id{both} ORDER BY a.page_id", kept_id, lost_id)
    for each in pages:
        await tallying.hold(int(each["page_id"]))
    told = await db.rows(
        f"SELECT a.id, a.page_id, a.state, a.tallied, a.confirmed_at{both}", kept_id, lost_id
    )
    for each in told:
        await db.execute(
            "UPDATE campaigns_action SET state = 'invalidated', tallied = FALSE WHERE id = $1",
            each["id"],
        )
    counted: dict[int, Counter[date]] = defaultdict(Counter)
    for each in told:
        if each["tallied"]:
            day = date.fromisoformat(str(each["confirmed_at"])[:10])
            counted[int(each["page_id"])][day] += 1
    for page_id, days in counted.items():
        for day, number in days.items():
            await tallying.add(page_id, day, -number)
    return [{"id": int(each["id"]), "state": each["state"]} for each in told]


async def restore(told: Any) -> None:
    """Makes the actions count again as they did; the next fold takes them into the tally."""
    for each in told or ():
        await db.execute(
            "UPDATE campaigns_action SET state = $1 WHERE id = $2 AND state = 'invalidated'",
            each["state"],
            each["id"],
        )
        page_id = await db.value("SELECT page_id FROM campaigns_action WHERE id = $1", each["id"])
        if page_id is not None:
            await tallying.ring(int(page_id))


settle_with(Settler("actions", settle, restore))
