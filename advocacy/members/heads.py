"""What a file of members begins with: its encoding, its separator, its headers, its first rows.

Nothing here reads more than a bounded piece of the file at once, whatever the file holds.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

from advocacy.errors import Invalid
from advocacy.members import columns
from advocacy.render.i18n import gettext as _

MAX_COLUMNS = 200
MAX_ROW_CHARACTERS = 250_000
SEPARATORS = (",", ";", "\t")
SAMPLES = 5

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """How a CSV file is to be read, and what its first line says."""

    encoding: str
    separator: str
    headers: tuple[str, ...]

    @property
    def places(self) -> dict[str, int]:
        """Our columns and the number, from 0, of the one of theirs that says the same."""
        found = columns.match(self.headers)
        return {name: at[0] for name, at in found.items() if len(at) == 1}


def read(path: Path) -> tuple[Head, list[list[str]]]:
    """The head of a CSV file and its first rows, at most five.

    Raises Invalid when the file cannot be opened or does not begin as a file of members may.
    """
    try:
        with path.open("rb") as raw:
            encoding = encoding_of(raw.read(4))
        with path.open(encoding=encoding, newline="") as text:
            lines = Lines(text)
            head = head_of(encoding, lines)
            return head, list(islice(rows_of(lines, head.separator), SAMPLES))
    except OSError:
        raise Invalid(_("The file cannot be opened. Check its name and your rights.")) from None


def encoding_of(start: bytes) -> str:
    """The encoding that the first bytes of a file name; UTF-8 where they name none."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    return "utf-8"


class Lines:
    """Lines of a text for the CSV reader, refused as soon as they cannot belong to a roll."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self.number = 0
        self.in_row = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        try:
            line = self._text.readline(MAX_ROW_CHARACTERS + 1)
        except UnicodeError:
            raise Invalid(
                _(
                    "After line %(line)d the text is not in the encoding the file begins with. "
                    "Save it as “CSV UTF-8” and try again.",
                    line=self.number,
                )
            ) from None
        if not line:
            raise StopIteration
        self.number += 1
        self.in_row += len(line)
        if "\0" in line:
            raise Invalid(
                _("Line %(line)d holds NUL bytes: this is no CSV file.", line=self.number)
            )
        if self.in_row > MAX_ROW_CHARACTERS:
            raise Invalid(
                _(
                    "The row that ends on line %(line)d is far too long. "
                    "Look for a quotation mark that is never closed.",
                    line=self.number,
                )
            )
        return line


def head_of(encoding: str, lines: Lines) -> Head:
    """The head that the first line makes: with the separator under which it names most columns."""
    line = next(lines, "").rstrip("\r\n")
    if not line.strip():
        raise Invalid(_("The file begins with an empty line; it needs a header line."))
    if max(line.count(separator) for separator in SEPARATORS) >= MAX_COLUMNS:
        raise Invalid(_("The file has more than %(most)d columns.", most=MAX_COLUMNS))
    lines.in_row = 0
    readings = [(_cells(line, separator), separator) for separator in SEPARATORS]
    headers, separator = max(
        readings, key=lambda reading: (len(columns.match(reading[0])), len(reading[0]))
    )
    return Head(encoding, separator, headers)


def _cells(line: str, separator: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([line], delimiter=separator, strict=True)))
    except csv.Error:
        # Quoted headers are broken under every separator but their own.
        return ()


def rows_of(lines: Lines, separator: str) -> Iterator[list[str]]:
    """The rows that hold anything. Raises Invalid with the line where the CSV is broken."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in reader:
            lines.in_row = 0
            if cells:
                yield cells
    except csv.Error as problem:
        raise Invalid(
            _(
                "Line %(line)d is broken as CSV: %(problem)s.",
                line=lines.number,
                problem=str(problem),
            )
        ) from None
