"""Lines of CSV that a spreadsheet cannot be tricked by."""

import csv
import io
from collections.abc import Sequence
from typing import Any

# What makes a spreadsheet run a cell as a formula, also in full-width letters.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(cell: Any) -> Any:
    """The cell itself; text that a spreadsheet would run as a formula gets an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell


def line(cells: Sequence[Any]) -> str:
    """One line of RFC 4180 with its line end, every cell harmless."""
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()
