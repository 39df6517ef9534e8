"""Tables of a report as CSV that a spreadsheet cannot be tricked by."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from advocacy.errors import NotFound
from campaigns.reach.reports import Report

TABLES = ("chapters", "regions", "countries", "days", "mailings")
FIGURES = ("reached", "engaged", "acted", "new")
MAILING = (
    "name", "state", "started_at", "audience_size", "reached", "bounced", "failed", "skipped",
    "pending", "clicked", "acted",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r")


def table(report: Report, name: str) -> tuple[Sequence[str], list[list[Any]]]:
    """Header and rows of one table. Raises NotFound for a table that does not exist."""
    if name in ("chapters", "regions", "countries"):
        lines = getattr(report, name)
        rows = [[line.key, line.name, *(getattr(line, key) for key in FIGURES)] for line in lines]
        return ("key", "name", *FIGURES), rows
    if name == "days":
        return ("day", "acted", "new"), [[each.day, each.acted, each.new] for each in report.days]
    if name == "mailings":
        return MAILING, [[each[key] for key in MAILING] for each in report.mailings]
    raise NotFound(f"There is no table {name}")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """RFC 4180 with a header line; text that a spreadsheet would run as a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell
