"""Importing a roll: batches of rows become persons, memberships and consents by set statements.

Each batch is one transaction that also moves the import's own mark, so that a run which was cut
off is taken up where its last batch ended, and a finished file changes nothing.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from advocacy import db, moment
from advocacy.errors import Conflict
from advocacy.members import batches
from advocacy.members.counts import Counts
from advocacy.members.models import RollImport
from advocacy.members.reading import BATCH, Reading, opened
from advocacy.members.terms import Terms
from advocacy.render.i18n import gettext as _

Progress = Callable[[int, float], None]
# Told the rows done and the part done after each batch; the import goes on while it says True.
GoesOn = Callable[[int, float], Awaitable[bool]]


async def import_members(
    path: Path,
    *,
    terms: Terms | None = None,
    report_path: Path | None = None,
    raw_report: bool = False,
    progress: Progress | None = None,
    goes_on: GoesOn | None = None,
    batch: int = BATCH,
    latest: date | None = None,
) -> Counts:
    """Take the members of a CSV file or a workbook into their chapters' rolls, count every row.

    Guarantees: nothing is written when the file is unreadable (Invalid); persons, memberships and
    subscriptions that exist already are left as they are, so that no roll revives a consent that
    was withdrawn here; a run that was cut off is completed by the next one with the same file
    under the same terms; a file that was imported already changes nothing. Rows refused go to
    `report_path` as CSV. `progress` gets the rows done and the part done from 0 to 1. Raises
    Conflict when the same file is being imported elsewhere with other batches.
    """
    terms = terms or Terms(latest=latest)
    terms = replace(terms, page=terms.page or path.name)
    pace = _Pace(batch, progress, goes_on)
    async with opened(path, terms, report_path, raw_report=raw_report) as reading:
        run = await _begin(reading, path.name)
        async with batches.bounded_memory():
            counts = await _take(run, reading, pace)
    return counts


async def cancel_import(import_id: int) -> None:
    """Stop a running import after its present batch; what it took so far stays."""
    await db.execute(
        "UPDATE advocacy_roll_import SET state = 'cancelled', finished_at = $1"
        " WHERE id = $2 AND state = 'running'",
        moment.now(),
        import_id,
    )


class _Pace(NamedTuple):
    """How many rows at once, and who is told."""

    batch: int
    progress: Progress | None
    goes_on: GoesOn | None

    async def tell(self, done: int, rows: int) -> bool:
        """Tells how far it is; False when the import shall stop."""
        part = done / max(1, rows)
        if self.progress:
            self.progress(done, part)
        return self.goes_on is None or await self.goes_on(done, part)


async def _begin(reading: Reading, filename: str) -> RollImport:
    """The one record of this file under these terms. All that decides a row is in its key."""
    key = reading.terms.key(reading.roll.sha256, sorted(reading.homes))
    digest = hashlib.sha256(key.encode()).hexdigest()
    await db.execute(
        "INSERT INTO advocacy_roll_import (digest, filename, state, rows_done, counts, started_at)"
        " VALUES ($1, $2, 'running', 0, '{}', $3) ON CONFLICT (digest) DO UPDATE"
        " SET state = 'running' WHERE advocacy_roll_import.state = 'cancelled'",
        digest,
        filename[:200],
        moment.now(),
    )
    return await RollImport.get(digest=digest)


async def _take(run: RollImport, reading: Reading, pace: _Pace) -> Counts:
    counts = reading.counts
    counts.import_id = run.id
    await asyncio.to_thread(reading.skip, run.rows_done)
    # A file that was finished before adds nothing now; one that was cut off goes on counting.
    adds = run.state != "done" or bool(reading.terms.ticket)
    # The next batch is read and judged in a thread while the database works on this one.
    ahead = asyncio.create_task(asyncio.to_thread(reading.next, pace.batch))
    done = run.rows_done
    try:
        while (taken := await ahead).judged:
            ahead = asyncio.create_task(asyncio.to_thread(reading.next, pace.batch))
            counts.add(taken.judged, reading.main_language)
            done += len(taken.judged)
            if not await batches.take(run, taken, done, counts, page=reading.terms.page):
                counts.state = await _state_elsewhere(run, done)
            elif not await pace.tell(done, reading.roll.rows):
                counts.state = "cancelled"
            if counts.state == "cancelled":
                return counts
    finally:
        # A thread cannot be stopped: its files may be closed only after its last row.
        await asyncio.wait({ahead})
    await batches.finish(run)
    if adds:
        batches.recall(counts, await RollImport.get(id=run.id))
    counts.state = "done"
    return counts


async def _state_elsewhere(run: RollImport, done: int) -> str:
    """Why a batch was not ours to take: stopped, or taken by another process with this file."""
    now = await RollImport.get(id=run.id)
    if now.state != "cancelled" and now.rows_done < done:
        raise Conflict(_("This file is being imported by somebody else. Wait until that is done."))
    return now.state
