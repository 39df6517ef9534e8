"""Lines of CSV that a spreadsheet cannot be tricked by."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from typing import Any

# What makes a spreadsheet run a cell as a formula, with what looks like it to one or to a reader.
RISKY = frozenset("=+-@−‐‑‒–—﹢﹣﹦﹫＝＋－＠")
ENDS_A_CELL = ("\t", "\r", "\n")


def harmless(cell: Any) -> Any:
    """The cell itself; text that a spreadsheet could run as a formula gets an apostrophe.

    What is blank or unseen before the first sign is not what saves us from it.
    """
    if not isinstance(cell, str) or not cell:
        return cell
    if cell.isascii() and cell[0].isalnum():
        return cell
    first = next((letter for letter in cell if not _is_unseen(letter)), "")
    return f"'{cell}" if first in RISKY or cell.startswith(ENDS_A_CELL) else cell


def original(cell: str) -> str:
    """The text that `harmless` was given, for reading back what we or a careful program wrote."""
    bare = cell[1:]
    return bare if cell.startswith("'") and harmless(bare) == cell else cell


def _is_unseen(letter: str) -> bool:
    return letter.isspace() or unicodedata.category(letter) in ("Cc", "Cf", "Mn", "Me", "Zs")


def line(cells: Sequence[Any]) -> str:
    """One line of RFC 4180 with its line end, every cell harmless."""
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()
