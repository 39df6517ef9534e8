"""Importing a roll: batches of rows become persons, memberships and consents by set statements.

Each batch is one transaction that also moves the import's own mark, so that a run which was cut
off is taken up where its last batch ended, and a finished file changes nothing.
"""

import asyncio
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO

from advocacy import db, moment
from advocacy.errors import Conflict
from advocacy.members import batches, refusals, roll
from advocacy.members.counts import Counts
from advocacy.members.judging import Entry, judge
from advocacy.members.models import RollImport
from advocacy.members.refusals import Refusal
from advocacy.members.repeats import Repeats
from advocacy.render.i18n import gettext as _

BATCH = 5000
Progress = Callable[[int, float], None]


async def import_members(
    path: Path,
    *,
    report_path: Path | None = None,
    progress: Progress | None = None,
    batch: int = BATCH,
    latest: date | None = None,
) -> Counts:
    """Take the members of a CSV file into their chapters' rolls and count every row.

    Guarantees: nothing is written when the file is unreadable (Invalid); persons, memberships and
    subscriptions that exist already are left as they are, so that no roll revives a consent that
    was withdrawn here; a run that was cut off is completed by the next one with the same file;
    a file that was imported already changes nothing. Rows refused go to `report_path` as CSV.
    `latest` is the last joining date believed: by default the end of this year. `progress` gets
    the rows done and the part done from 0 to 1. Raises Conflict when the same file is being
    imported elsewhere with other batches.
    """
    surveyed = await asyncio.to_thread(roll.survey, path)
    homes = await batches.homes()
    last_day = latest or date(moment.now().year, 12, 31)
    run = await _begin(surveyed, sorted(homes), last_day)
    reading = _Reading(surveyed, homes, last_day, report_path)
    try:
        async with batches.bounded_memory():
            counts = await _take(run, reading, batch, progress)
    except BaseException:
        reading.close(complete=False)
        raise
    reading.close(complete=counts.state == "done")
    return counts


async def cancel_import(import_id: int) -> None:
    """Stop a running import after its present batch; what it took so far stays."""
    await db.execute(
        "UPDATE advocacy_roll_import SET state = 'cancelled', finished_at = $1"
        " WHERE id = $2 AND state = 'running'",
        moment.now(),
        import_id,
    )


async def _begin(surveyed: roll.Roll, slugs: list[str], latest: date) -> RollImport:
    """The one record of this file under these rules. All that decides a row is in its key."""
    key = "\n".join((surveyed.sha256, latest.isoformat(), *slugs))
    digest = hashlib.sha256(key.encode()).hexdigest()
    await db.execute(
        "INSERT INTO advocacy_roll_import (digest, filename, state, rows_done, counts, started_at)"
        " VALUES ($1, $2, 'running', 0, '{}', $3) ON CONFLICT (digest) DO UPDATE"
        " SET state = 'running' WHERE advocacy_roll_import.state = 'cancelled'",
        digest,
        surveyed.path.name[:200],
        moment.now(),
    )
    return await RollImport.get(digest=digest)


async def _take(
    run: RollImport, reading: "_Reading", batch: int, progress: Progress | None
) -> Counts:
    counts = reading.counts
    await asyncio.to_thread(reading.skip, run.rows_done)
    # A file that was finished before adds nothing now; one that was cut off goes on counting.
    if run.state != "done":
        batches.recall(counts, run)
    # The next batch is read and judged in a thread while the database works on this one.
    ahead = asyncio.create_task(asyncio.to_thread(reading.next, batch))
    done = run.rows_done
    try:
        while (taken := await ahead).judged:
            ahead = asyncio.create_task(asyncio.to_thread(reading.next, batch))
            counts.add(taken.judged, reading.main_language)
            done += len(taken.judged)
            if not await batches.take(run, taken, done, counts):
                counts.state = await _state_elsewhere(run, done)
                if counts.state == "cancelled":
                    return counts
            if progress:
                progress(done, done / max(1, reading.roll.rows))
    finally:
        # A thread cannot be stopped: its files may be closed only after its last row.
        await asyncio.wait({ahead})
    await batches.finish(run, counts)
    counts.state = "done"
    return counts


async def _state_elsewhere(run: RollImport, done: int) -> str:
    """Why a batch was not ours to take: stopped, or taken by another process with this file."""
    now = await RollImport.get(id=run.id)
    if now.state != "cancelled" and now.rows_done < done:
        raise Conflict(_("This file is being imported by somebody else. Wait until that is done."))
    return now.state


class _Reading:
    """The judged rows of a roll in batches, with the report of those refused written beside."""

    def __init__(
        self, surveyed: roll.Roll, homes: batches.Homes, latest: date, report_path: Path | None
    ) -> None:
        self.roll = surveyed
        self.homes = homes
        self.main_language = {slug: home.main_language for slug, home in homes.items()}
        self.counts = Counts(by_chapter=Counter(dict.fromkeys(homes, 0)))
        self._repeats = Repeats()
        countries = {slug: home.country_code for slug, home in homes.items()}
        self._rows: Iterator[Entry | Refusal] = judge(
            surveyed, countries, latest=latest, repeats=self._repeats
        )
        self._report_path = report_path
        self._report: IO[str] | None = None
        if report_path:
            self._report = self._draft(report_path).open("w", encoding="utf-8-sig", newline="")
            refusals.write_heading(self._report)

    def skip(self, rows: int) -> None:
        """Judge again what an earlier run has taken: later rows may repeat it."""
        while rows > 0 and (judged := self._judged(min(rows, BATCH))):
            self.counts.add(judged, self.main_language)
            rows -= len(judged)

    def next(self, size: int) -> batches.Batch:
        """The next rows of the file, at most `size`; none at its end."""
        return batches.batch_of(self._judged(size), self.homes)

    def _judged(self, size: int) -> list[Entry | Refusal]:
        judged = list(islice(self._rows, size))
        if self._report:
            refused = (row for row in judged if isinstance(row, Refusal))
            refusals.write_report(self._report, refused)
        return judged

    def close(self, *, complete: bool) -> None:
        """Let go of the files; only a complete report takes its final name."""
        self._repeats.close()
        if self._report and self._report_path:
            self._report.close()
            draft = self._draft(self._report_path)
            if complete:
                os.replace(draft, self._report_path)
            else:
                draft.unlink(missing_ok=True)

    @staticmethod
    def _draft(path: Path) -> Path:
        return path.with_name(f".{path.name}.{os.getpid()}.part")
