"""Rows of a roll that were not taken, why not, and how the one who sent the roll can mend them."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from advocacy.render.i18n import gettext as _
from advocacy.render.sheets import harmless

EXCERPT = 60
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Refusal(NamedTuple):
    """One row not taken: its line in the file (from 1), the field at fault, a reason code."""

    line: int
    field: str
    reason: str
    value: str

    @property
    def repeats(self) -> bool:
        """Whether the row only says again what an earlier row said."""
        return self.reason.startswith("duplicate:")

    @property
    def excerpt(self) -> str:
        """The value cut short, and harmless to a terminal and to a spreadsheet."""
        shown = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", self.value)
        shown = shown if len(shown) <= EXCERPT else shown[: EXCERPT - 1] + "…"
        return str(harmless(shown))


def mend(reason: str) -> str:
    """A sentence in the reader's language saying what to change in the row."""
    return mends()[reason.partition(":")[0]]


def mends() -> dict[str, str]:
    """Every such sentence by its reason."""
    return {
        "column_count": _("Give the row as many fields as the header line has."),
        "email_missing": _("Add the person's e-mail address."),
        "email_invalid": _("Write one e-mail address like name@example.org."),
        "chapter_unknown": _("Write the short name of a chapter, as in its page's address."),
        "chapter_other": _("Leave the row to the chapter it names: here you add members of yours."),
        "language_invalid": _("Write a language tag such as fr or pt-BR, or leave it empty."),
        "date_invalid": _("Write the date as 2024-12-31, not in the future, or leave it empty."),
        "name_missing": _("Add a given name or a family name."),
        "field_too_long": _("Shorten the name to 100 characters."),
        "control_character": _("Type the name again: it holds an invisible character."),
        "duplicate": _("Nothing to mend: an earlier row has the same person."),
    }


def write_raw(stream: IO[str], refusals: Iterable[Refusal]) -> None:
    """Append refusals in no language, for a report that its reader's language is put to later."""
    csv.writer(stream).writerows(
        (refusal.line, refusal.field, refusal.excerpt, refusal.reason) for refusal in refusals
    )


def in_words(path: Path) -> Iterator[bytes]:
    """A report in the reader's language, as pieces of a CSV file, from one in none.

    The language is that of the call, wherever the pieces are taken from it.
    """
    return _pieces(path, _heading(), mends())


def _pieces(path: Path, heading: list[str], words: dict[str, str]) -> Iterator[bytes]:
    with path.open(encoding="utf-8", newline="") as raw:
        rows = csv.reader(raw)
        piece: list[list[str]] = [heading]
        text = io.StringIO("\ufeff", newline="")
        text.seek(1)
        while piece:
            csv.writer(text).writerows(piece)
            yield text.getvalue().encode()
            text = io.StringIO(newline="")
            piece = [[*row, words[row[3].partition(":")[0]]] for row in islice(rows, 500)]


def _heading() -> list[str]:
    return [_("Line"), _("Field"), _("Value"), _("Reason"), _("How to mend it")]


def write_heading(stream: IO[str]) -> None:
    """Begin a report with its header line, in the reader's language."""
    csv.writer(stream).writerow(_heading())


def write_report(stream: IO[str], refusals: Iterable[Refusal]) -> None:
    """Append refusals to a report: CSV with line, field, excerpt, reason code, how to mend."""
    csv.writer(stream).writerows(
        (refusal.line, refusal.field, refusal.excerpt, refusal.reason, mend(refusal.reason))
        for refusal in refusals
    )
