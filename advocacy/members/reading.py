"""Reading a roll: its judged rows in batches, with the report of those refused written beside."""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from advocacy.members import batches, heads, refusals, roll, sheets, workbooks
from advocacy.members.counts import Counts
from advocacy.members.judging import Entry, judge
from advocacy.members.refusals import Refusal
from advocacy.members.repeats import Repeats
from advocacy.members.terms import Terms

BATCH = 5000


@contextmanager
def as_csv(path: Path, sheet: str = "") -> Iterator[Path]:
    """The file as CSV: itself, or a sheet of a workbook in a temporary file of its own.

    Raises Invalid for a file that is neither.
    """
    if not workbooks.is_workbook(path):
        yield path
        return
    roll.check_size(path.stat().st_size)
    with tempfile.TemporaryDirectory(prefix="roll-") as folder:
        target = Path(folder) / "sheet.csv"
        sheets.write_csv(path, target, sheet)
        yield target


def head(path: Path, sheet: str = "") -> tuple[heads.Head, list[list[str]], list[str]]:
    """Headers and first rows of a CSV file or of a sheet, and the sheets there are to choose from.

    Raises Invalid for a file that is no list of members at all.
    """
    if not workbooks.is_workbook(path):
        return (*heads.read(path), [])
    with tempfile.TemporaryDirectory(prefix="roll-") as folder:
        target = Path(folder) / "head.csv"
        sheets.write_head(path, target, sheet)
        return (*heads.read(target), sheets.names(path))


@asynccontextmanager
async def opened(
    path: Path, terms: Terms, report_path: Path | None = None, *, raw_report: bool = False
) -> AsyncIterator["Reading"]:
    """A file ready to be judged; its report is kept when it was judged to the end.

    Raises Invalid, before anything was done, when the file cannot be read.
    """
    homes = await batches.homes(terms.home)
    with ExitStack() as stack:
        plain = await asyncio.to_thread(stack.enter_context, as_csv(path, terms.sheet))
        reading = await asyncio.to_thread(Reading, plain, homes, terms, report_path, raw_report)
        try:
            yield reading
        finally:
            reading.close(complete=reading.counts.state == "done")


class Reading:
    """The judged rows of a roll under some terms. Its methods belong in a thread of their own."""

    def __init__(
        self,
        path: Path,
        homes: batches.Homes,
        terms: Terms,
        report_path: Path | None,
        raw_report: bool = False,
    ) -> None:
        self.roll = roll.survey(path, places=terms.places, home=terms.home)
        self.homes, self.terms = homes, terms
        self.main_language = {slug: home.main_language for slug, home in homes.items()}
        self.counts = Counts(by_chapter=Counter(dict.fromkeys(homes, 0)))
        self._repeats = Repeats()
        self._rows: Iterator[Entry | Refusal] = judge(
            self.roll,
            {slug: home.country_code for slug, home in homes.items()},
            latest=terms.last_day,
            repeats=self._repeats,
            home=terms.home,
        )
        self._report_path = report_path
        self._raw = raw_report
        self._report: IO[str] | None = None
        if report_path:
            encoding = "utf-8" if raw_report else "utf-8-sig"
            self._report = self._draft(report_path).open("w", encoding=encoding, newline="")
            if not raw_report:
                refusals.write_heading(self._report)

    def skip(self, rows: int) -> None:
        """Judge again what an earlier run has taken: later rows may repeat it."""
        while rows > 0 and (judged := self.judged(min(rows, BATCH))):
            self.counts.add(judged, self.main_language)
            rows -= len(judged)

    def next(self, size: int) -> batches.Batch:
        """The next rows of the file, at most `size`, ready for the database; none at its end."""
        return batches.batch_of(self.judged(size), self.homes, letters=self.terms.letters)

    def judged(self, size: int) -> list[Entry | Refusal]:
        """The next rows as they were judged, at most `size`; those refused go into the report."""
        judged = list(islice(self._rows, size))
        if self._report:
            write = refusals.write_raw if self._raw else refusals.write_report
            write(self._report, (row for row in judged if isinstance(row, Refusal)))
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
