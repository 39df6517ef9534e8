"""Tallying: confirmed actions are folded into a day's tally by their flag, never by their id.

Ids commit out of order, so "everything after the last id" would miss some; a flag cannot. Nobody
locks a campaign while people sign: one ring, a little later, folds what a rush has left.
"""

import time
from collections import Counter
from datetime import date

from advocacy import db, moment, queue, settings

BATCH = 5_000
THANKED = 50
DELAY_MS = 300
# Within this many seconds a ring that is still on its way covers what is committed meanwhile.
COVERED = 0.25
_rung: dict[tuple[str, int], float] = {}
_DAYS = {
    "sqlite": "date(confirmed_at)",
    "postgres": "CAST(confirmed_at AT TIME ZONE 'UTC' AS date)",
}
# Left to itself SQLite walks all confirmed actions of the page instead of the few behind. It takes
# the index only for a condition written letter by letter as the index has it: `false`.
_UNTALLIED = "state = 'confirmed' AND tallied = false"
_INDEXED = {"sqlite": "INDEXED BY action_untallied", "postgres": ""}


async def count(page_id: int) -> int:
    """How many confirmed actions the page has at this moment: its tally and what is not yet in it.

    Costs the days of the campaign plus the few actions of the last moments.
    """
    return int(
        await db.value(
            "SELECT (SELECT COALESCE(SUM(count), 0) FROM campaigns_tally WHERE page_id = $1)"
            f" + (SELECT COUNT(*) {_behind()} AND page_id = $1)",
            page_id,
        )
    )


def _behind() -> str:
    return f"FROM campaigns_action {_INDEXED[db.dialect()]} WHERE {_UNTALLIED}"


async def fold(page_id: int, *, thanking: bool = True) -> int:
    """Adds the page's untallied actions to its tally; returns how many there were.

    Safe under concurrent calls: each action is counted once, and its person thanked once.
    """
    total = 0
    while (folded := await _fold_batch(page_id, thanking)) > 0:
        total += folded
        if folded < BATCH:
            break
    return total


async def _fold_batch(page_id: int, thanking: bool) -> int:
    async with db.transaction():
        await hold(page_id)
        rows = await db.rows(
            "UPDATE campaigns_action SET tallied = TRUE WHERE id IN"
            f" (SELECT id {_behind()} AND page_id = $1 ORDER BY id LIMIT {BATCH})"
            f" AND {_UNTALLIED} RETURNING id, confirmed_at",
            page_id,
        )
        days = Counter(str(each["confirmed_at"])[:10] for each in rows)
        for day, number in days.items():
            await add(page_id, date.fromisoformat(day), number)
        # Whoever acts waits for nothing but the transaction: the thanks are rung from here.
        ids = [int(each["id"]) for each in rows] if thanking else []
        for at in range(0, len(ids), THANKED):
            await queue.after_commit("actions.thank", *ids[at : at + THANKED])
        return len(rows)


async def hold(page_id: int) -> None:
    """Lets one fold at a time into the page: its row of today is locked until the end."""
    await add(page_id, moment.now().date(), 0)


async def add(page_id: int, day: date, number: int) -> None:
    """Adds to the tally of a page's day, inside a transaction that holds the page."""
    await db.execute(
        "INSERT INTO campaigns_tally (page_id, day, count) VALUES ($1, $2, $3)"
        " ON CONFLICT (page_id, day) DO UPDATE SET count = campaigns_tally.count + excluded.count",
        page_id,
        day,
        number,
    )


async def fold_all() -> int:
    """Folds every page that has untallied actions, without thanks; returns how many there were.

    For actions that were not taken here: the demo's, and those of an import.
    """
    return sum([await fold(page_id, thanking=False) for page_id in await pages_behind()])


async def pages_behind() -> list[int]:
    """The pages that have confirmed actions outside their tally."""
    rows = await db.rows(f"SELECT DISTINCT page_id {_behind()}")
    return [int(each["page_id"]) for each in rows]


async def recount(page_id: int) -> int:
    """Counts the page's rows again and rebuilds its tally; returns how far the tally was off.

    Actions that no ring has folded yet are not an error: they are counted too. 0 proves that the
    tally equalled the rows marked as tallied, and from now on it equals all of them.
    """
    day = _DAYS[db.dialect()]
    async with db.transaction():
        await hold(page_id)
        before = int(
            await db.value(
                "SELECT (SELECT COALESCE(SUM(count), 0) FROM campaigns_tally WHERE page_id = $1)"
                " - (SELECT COUNT(*) FROM campaigns_action"
                "    WHERE page_id = $1 AND state = 'confirmed' AND tallied)",
                page_id,
            )
        )
        await db.execute(
            "UPDATE campaigns_action SET tallied = (state = 'confirmed')"
            " WHERE page_id = $1 AND tallied <> (state = 'confirmed')",
            page_id,
        )
        await db.execute("UPDATE campaigns_tally SET count = 0 WHERE page_id = $1", page_id)
        await db.execute(
            "INSERT INTO campaigns_tally (page_id, day, count)"
            f" SELECT page_id, {day}, COUNT(*) FROM campaigns_action"
            f" WHERE page_id = $1 AND tallied GROUP BY page_id, {day}"
            " ON CONFLICT (page_id, day) DO UPDATE SET count = excluded.count",
            page_id,
        )
    return before


async def ring(page_id: int) -> None:
    """After the commit, and a little later, the page is folded; one ring serves a whole rush.

    A ring given a moment ago runs after this commit too, so that another one adds nothing.
    """
    key = (settings.current().database_url, page_id)

    async def once() -> None:
        now = time.monotonic()
        if now - _rung.get(key, 0.0) >= COVERED:
            _rung[key] = now
            await queue.ring_now("actions.tally", page_id, delay=DELAY_MS)

    await db.on_commit(once)


async def ring_missed() -> None:
    """Rings for every page that a lost message left behind."""
    for page_id in await pages_behind():
        await queue.ring_now("actions.tally", page_id)
