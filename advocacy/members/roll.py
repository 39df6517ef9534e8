"""A roll: a CSV file of members as another system exports it. Its dialect is found here, and a
file that is no roll is refused as a whole, in bounded memory whatever it holds.
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from advocacy.errors import Invalid
from advocacy.members import columns
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

MAX_BYTES = 1 << 30
MAX_COLUMNS = 200
MAX_ROW_CHARACTERS = 250_000
SEPARATORS = (",", ";", "\t")

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Roll:
    """A file that was read to its end once and can be read again: its dialect and its size."""

    path: Path
    sha256: str
    encoding: str
    separator: str
    fields: tuple[str | None, ...]
    rows: int

    def open(self) -> IO[str]:
        """The file as text, line ends untouched as the CSV reader wants them."""
        return self.path.open(encoding=self.encoding, newline="")


def survey(path: Path) -> Roll:
    """Read the whole file once without judging its rows.

    Raises Invalid, naming the line and the way out, when the file cannot be opened, is too large,
    no text, in an unknown encoding, broken as CSV, or without the columns a roll needs.
    """
    try:
        return _survey(path, path.stat().st_size)
    except OSError:
        raise Invalid(_("The file cannot be opened. Check its name and your rights.")) from None


def _survey(path: Path, size: int) -> Roll:
    if size > MAX_BYTES:
        raise Invalid(
            _(
                "The file has %(size)d MB; a roll may have %(most)d MB. Split it.",
                size=size >> 20,
                most=MAX_BYTES >> 20,
            )
        )
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        encoding = _encoding(raw.read(4))
    with path.open(encoding=encoding, newline="") as text:
        lines = _Lines(text)
        header = next(lines, "")
        separator, fields = _header(header.rstrip("\r\n"))
        rows = _count(lines, separator)
    return Roll(path, digest, encoding, separator, fields, rows)


class _Lines:
    """Lines of a text for the CSV reader, refused as soon as they cannot belong to a roll."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self.number = 0
        self.in_row = 0

    def __iter__(self) -> "_Lines":
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


def _encoding(start: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    return "utf-8"


def _header(line: str) -> tuple[str, tuple[str | None, ...]]:
    """The separator under which the header names most columns of a roll, and those columns."""
    if not line.strip():
        raise Invalid(_("The file begins with an empty line; it needs a header line."))
    if max(line.count(separator) for separator in SEPARATORS) >= MAX_COLUMNS:
        raise Invalid(_("The file has more than %(most)d columns.", most=MAX_COLUMNS))
    readings = [(_named(line, separator), separator) for separator in SEPARATORS]
    fields, separator = max(readings, key=lambda reading: len(reading[0]) - reading[0].count(None))
    _require(fields)
    return separator, fields


def _named(line: str, separator: str) -> tuple[str | None, ...]:
    try:
        cells = next(csv.reader([line], delimiter=separator, strict=True))
    except csv.Error:
        # Quoted headers are broken under every separator but their own.
        return ()
    return tuple(columns.field_of(cell) for cell in cells)


def _require(fields: tuple[str | None, ...]) -> None:
    for name in columns.FIELDS:
        if fields.count(name) > 1:
            raise Invalid(_("Two columns of the file are both “%(name)s”.", name=name))
    missing = [name for name in columns.REQUIRED if name not in fields]
    if "given_name" not in fields and "family_name" not in fields:
        missing.append("given_name")
    if missing:
        raise Invalid(
            _(
                "The first line must name the columns; it lacks: %(names)s.",
                names=i18n.listing(missing),
            )
        )


def _count(lines: _Lines, separator: str) -> int:
    rows = 0
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in reader:
            rows += bool(cells)
            lines.in_row = 0
    except csv.Error as problem:
        raise Invalid(
            _(
                "Line %(line)d is broken as CSV: %(problem)s.",
                line=lines.number,
                problem=str(problem),
            )
        ) from None
    return rows
