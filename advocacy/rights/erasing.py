"""Erasing a person: what tells who they are goes at once, what only counts stays and is blanked.

One transaction takes the address out of everything that is found by it; after that nobody can
sign in, be written to or be found. The slices then blank their rows one after the other, and a
worker that dies in between is followed by one that goes on where it stopped.
"""

import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM, note
from advocacy.members.ties import Tie, all_ties
from advocacy.rights import copying
from advocacy.rights.family import family_of
from advocacy.rights.models import RightsRequest

Step = Callable[[int], Awaitable[None]]
Counts = dict[str, int]

# SQL on a person's id `$1`: under any of these a report counts them. Campaigns adds its own.
counted_when: list[str] = []
# The country stays where a report counts the person by it: see docs/decisions/0014.
_BLANK = """
UPDATE advocacy_person SET email = $2, canonical = $2, address_hash = $3, given_name = '',
    family_name = '', language = 'en', also_reads = '', frequency = 'all', paused_until = NULL,
    deliverability = 'ok', confirmed_at = NULL, erased_at = $4,
    country_code = CASE WHEN {counted} THEN country_code ELSE '' END
WHERE id = $1
"""


async def erase(request: RightsRequest, step: Step) -> Counts:
    """Erases the person of a claimed request and everybody merged into them; rows by table.

    Counts, tallies and reports are the same before and after. The address is known from then on by
    its keyed hash alone, as one we must not take up again. Repeating it changes nothing.
    """
    persons = await family_of(request.person_id)
    counts = await _close(request, persons)
    ties = [tie for tie in all_ties() if not tie.by_address]
    for number, tie in enumerate(ties):
        if tie.name not in _done(request):
            await _blank(request, tie, persons, counts)
        await step(10 + 90 * (number + 1) // len(ties))
    await copying.drop_all(persons)
    return counts


def _done(request: RightsRequest) -> list[str]:
    return list((request.receipt or {}).get("done", []))


async def _close(request: RightsRequest, persons: list[int]) -> Counts:
    """The address goes, with all that is found by it."""
    if "done" in (request.receipt or {}):
        return dict((request.receipt or {}).get("counts", {}))
    at = moment.now()
    counts: Counts = {"advocacy_person": len(persons)}
    async with db.transaction():
        await db.execute(
            "UPDATE advocacy_rights_request SET state = 'cancelled', claimed_at = NULL,"
            f" finished_at = $1 WHERE person_id IN ({db.marks(len(persons), 3)}) AND id <> $2"
            " AND state IN ('waiting', 'running', 'failed')",
            at,
            request.id,
            *persons,
        )
        for person_id in persons:
            await _suppress(person_id, at)
            for tie in all_ties():
                if tie.by_address:
                    add(counts, await tie.erase(person_id))
            await _leave(person_id, at)
            await _forget(person_id, at)
        await _mark(request, counts, [])
        await note(
            "person.erased", actor=SYSTEM, record=f"request:{request.id}", persons=len(persons)
        )
    return counts


async def _suppress(person_id: int, at: datetime) -> None:
    """The keyed hash of the address is all that stays of it, and "erased" outweighs the rest."""
    digest = await db.value(
        "SELECT address_hash FROM advocacy_person WHERE id = $1 AND erased_at IS NULL", person_id
    )
    if digest is not None:
        await db.execute(
            "INSERT INTO advocacy_suppression (address_hash, reason, at)"
            " VALUES ($1, 'erased', $2)"
            " ON CONFLICT (address_hash) DO UPDATE SET reason = 'erased', at = excluded.at",
            digest,
            at,
        )


async def _leave(person_id: int, at: datetime) -> None:
    """Ends the memberships. The day says where the person stood at the end, which reports keep.

    A chapter they had left on that same day counts as left the day before.
    """
    day = at.date()
    change = "UPDATE advocacy_membership SET"
    await db.execute(
        f"{change} left_on = $2 WHERE person_id = $1 AND state = 'left' AND left_on >= $3",
        person_id,
        day - timedelta(days=1),
        day,
    )
    await db.execute(
        f"{change} state = 'left', left_on = $2 WHERE person_id = $1 AND state = 'current'",
        person_id,
        day,
    )
    await db.execute(
        f"{change} state = 'left', left_on = NULL WHERE person_id = $1 AND state = 'pending'",
        person_id,
    )


async def _forget(person_id: int, at: datetime) -> None:
    counted = " OR ".join(f"EXISTS ({each})" for each in counted_when) or "FALSE"
    await db.execute(
        _BLANK.format(counted=counted), person_id, f"erased-{person_id}", secrets.token_hex(32), at
    )


async def _blank(request: RightsRequest, tie: Tie, persons: list[int], counts: Counts) -> None:
    """One slice's rows, and the mark that they are done, in one transaction."""
    async with db.transaction():
        for person_id in persons:
            add(counts, await tie.erase(person_id))
        await _mark(request, counts, [*_done(request), tie.name])


async def _mark(request: RightsRequest, counts: Counts, done: list[str]) -> None:
    receipt: dict[str, Any] = {"counts": counts, "done": done}
    await RightsRequest.filter(id=request.id).update(receipt=receipt)
    request.receipt = receipt


def add(counts: Counts, more: Counts) -> None:
    """Adds rows by table to rows by table."""
    for table, number in more.items():
        counts[table] = counts.get(table, 0) + number
