"""Keeping the search index: the database notes whose words are due, batches write them anew.

A person's words stand under each chapter they are a current member of, and nowhere else.
"""

import time
from collections.abc import Iterable
from typing import Any

from advocacy import db, queue
from advocacy.members.veiling import seen
from advocacy.roster.spelling import tokens_of

BATCH = 500
# Nobody else's work waits longer than this for a long line of those who are due.
SPELL = 2.0
LOCK = 7_264_531
MARKED = f"""
DELETE FROM advocacy_search_due WHERE id IN (
    SELECT id FROM advocacy_search_due ORDER BY id LIMIT {BATCH}) RETURNING person_id
"""
FORGET = "DELETE FROM advocacy_search_token WHERE person_id IN ({marks})"
MEMBERS = f"""
SELECT p.id, {seen("given_name")} AS given_name, {seen("family_name")} AS family_name,
    {seen("email")} AS email, m.chapter_id
FROM advocacy_membership m JOIN advocacy_person p ON p.id = m.person_id
WHERE m.state = 'current' AND p.erased_at IS NULL AND p.merged_into_id IS NULL
AND p.id IN ({{marks}})
"""
Line = tuple[int, str, int]


async def catch_up() -> int:
    """Writes the words of those who are due, for two seconds at most; how many persons were.

    When less than two seconds were needed, whatever was committed before is in the index after;
    what is left the clock rings for within a second.
    """
    begun, done = time.monotonic(), 0
    while time.monotonic() - begun < SPELL:
        taken = await _index_batch()
        if not taken:
            return done
        done += taken
    return done


async def ring_when_due() -> None:
    """Rings for the index when somebody is due; for the clock."""
    if await db.value("SELECT id FROM advocacy_search_due LIMIT 1") is not None:
        await queue.ring_now("roster.index")


def lines_of(found: Iterable[dict[str, Any]]) -> list[Line]:
    """The rows of the index for memberships with their persons: chapter, token, person."""
    return [
        (each["chapter_id"], token, each["id"])
        for each in found
        for token in tokens_of(each["given_name"], each["family_name"], each["email"])
    ]


async def _index_batch() -> int:
    async with db.transaction():
        if not await _is_ours():
            return 0
        marked = await db.rows(MARKED)
        if not marked:
            return 0
        persons = list({int(each["person_id"]) for each in marked})
        marks = db.marks(len(persons))
        await db.execute(FORGET.format(marks=marks), *persons)
        await _write(lines_of(await db.rows(MEMBERS.format(marks=marks), *persons)))
    return len(persons)


async def _is_ours() -> bool:
    """One writer at a time: who read a person earlier must not write their words later.

    SQLite's transactions wait for each other anyway.
    """
    if db.dialect() == "sqlite":
        return True
    return bool(await db.value("SELECT pg_try_advisory_xact_lock($1)", LOCK))


async def _write(lines: list[Line]) -> None:
    if db.dialect() == "sqlite":
        await db.execute_many(
            "INSERT INTO advocacy_search_token (chapter_id, token, person_id) VALUES ($1, $2, $3)",
            lines,
        )
        return
    await db.execute(
        "INSERT INTO advocacy_search_token (chapter_id, token, person_id)"
        " SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])",
        [line[0] for line in lines],
        [line[1] for line in lines],
        [line[2] for line in lines],
    )
