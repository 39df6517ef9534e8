"""What an import of a file would do, counted without writing anything about anybody."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from advocacy import db
from advocacy.members.batches import Homes
from advocacy.members.judging import Entry
from advocacy.members.reading import BATCH, opened
from advocacy.members.refusals import Refusal
from advocacy.members.terms import Terms

EXAMPLES = 5


async def forecast(
    path: Path,
    *,
    terms: Terms,
    report_path: Path | None = None,
    goes_on: Callable[[int, float], Awaitable[bool]] | None = None,
) -> dict[str, Any] | None:
    """The counts of an import: rows, who is new to the chapter they join, lines of bad rows.

    Known is only who already belongs to that very chapter, so that nothing is learnt about other
    chapters. Rows refused go to `report_path`. None when `goes_on` said False. Raises Invalid
    when the file cannot be read.
    """
    standing: Counter[str] = Counter()
    lines: dict[str, list[int]] = {}
    async with opened(path, terms, report_path, raw_report=True) as reading:
        while judged := await asyncio.to_thread(reading.judged, BATCH):
            reading.counts.add(judged, reading.main_language)
            entries = [row for row in judged if isinstance(row, Entry)]
            standing += await _standing(entries, reading.homes, terms.home)
            _note_lines(lines, judged)
            done = reading.counts.rows
            if goes_on and not await goes_on(done, done / max(1, reading.roll.rows)):
                return None
        reading.counts.state = "done"
        told = reading.counts.as_dict()
    del told["new"]
    return {**told, "standing": dict(standing), "lines": lines}


def _note_lines(lines: dict[str, list[int]], judged: list[Entry | Refusal]) -> None:
    for row in judged:
        if isinstance(row, Refusal):
            reason = row.reason.partition(":")[0]
            examples = lines.setdefault(reason, [])
            if len(examples) < EXAMPLES:
                examples.append(row.line)


async def _standing(entries: list[Entry], homes: Homes, home: str) -> Counter[str]:
    """How many of these are new to their chapter, belong to it, or left it."""
    if not entries:
        return Counter()
    within = f"AND m.chapter_id = {int(homes[home].id)}" if home else ""
    found = await db.rows(
        "SELECT p.canonical, m.chapter_id, m.state FROM advocacy_person p"
        " JOIN advocacy_membership m ON m.person_id = p.id"
        f" WHERE p.canonical IN ({db.marks(len(entries))}) {within}",
        *(entry.canonical for entry in entries),
    )
    states = {(row["canonical"], row["chapter_id"]): row["state"] for row in found}
    keys = ((entry.canonical, homes[entry.chapter].id) for entry in entries)
    return Counter(states.get(key, "new") for key in keys)
