"""A roll: a CSV file of members as another system exports it, read as a stream and judged row by
row. Nothing here touches the database, and memory stays bounded whatever the file holds.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

from advocacy.errors import Invalid
from advocacy.mail import addresses
from advocacy.members import columns
from advocacy.members.refusals import Refusal
from advocacy.members.repeats import Repeats
from advocacy.render.i18n import gettext as _

MAX_BYTES = 1 << 30
MAX_COLUMNS = 200
MAX_ROW_CHARACTERS = 250_000
MAX_NAME = 100
SEPARATORS = (",", ";", "\t")

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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


class Entry(NamedTuple):
    """One accepted row. `language` is empty where the chapter's main language holds."""

    line: int
    address: str
    canonical: str
    given_name: str
    family_name: str
    chapter: str
    country: str
    language: str
    joined_on: date | None
    status: str
    agrees: bool
    member_no: str


def survey(path: Path) -> Roll:
    """Read the whole file once without judging its rows.

    Raises Invalid, naming the line and the way out, when the file is too large, no text, in an
    unknown encoding, broken as CSV, or without the columns a roll needs.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Invalid(
            _("The file has %(size)d MB; a roll may have %(most)d MB. Split it.")
            % {"size": size >> 20, "most": MAX_BYTES >> 20}
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


def read(
    roll: Roll, chapters: Mapping[str, str], *, latest: date, repeats: Repeats | None = None
) -> Iterator[Entry | Refusal]:
    """Judge every row in the order of the file: an Entry to take or a Refusal.

    `chapters` maps the slug of each known chapter to its country; `latest` is the last day that
    a joining date may name. The same file always gives the same answers.
    """
    place = {name: at for at, name in enumerate(roll.fields) if name}
    width, empty = len(roll.fields), len(roll.fields)
    order = [place.get(name, empty) for name in columns.FIELDS]
    seen = repeats or Repeats()
    with roll.open() as text:
        reader = csv.reader(text, delimiter=roll.separator, strict=True)
        next(reader)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == width:
                cells.append("")
                yield _judge(line, [cells[at] for at in order], chapters, latest, seen)
            elif cells:
                yield Refusal(line, "", "column_count", str(len(cells)))
            line = reader.line_num + 1


def _judge(
    line: int, raw: list[str], chapters: Mapping[str, str], latest: date, seen: Repeats
) -> Entry | Refusal:
    number, email, given, family, chapter, country, language, joined, status, consent = (
        cell.strip() for cell in raw
    )
    if not email:
        return Refusal(line, "email", "email_missing", "")
    if not addresses.well_formed(email):
        return Refusal(line, "email", "email_invalid", email)
    if chapter not in chapters:
        return Refusal(line, "chapter_slug", "chapter_unknown", chapter)
    tag = _language(language)
    if tag is None:
        return Refusal(line, "language", "language_invalid", language)
    day = _day(joined)
    if joined and (day is None or day > latest):
        return Refusal(line, "joined_on", "date_invalid", joined)
    if fault := _name_fault(given, family):
        field, reason = fault
        return Refusal(line, field, reason, family if field == "family_name" else given)
    canonical = addresses.canonical(email)
    if kind := seen.kind(canonical, email, raw[1]):
        return Refusal(line, "email", f"duplicate:{kind}", email)
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        country = chapters[chapter]
    return Entry(
        line, email, canonical, given, family, chapter, country.upper(), tag, day,
        columns.status_of(status), columns.agrees(consent), number,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _language(text: str) -> str | None:
    """The tag in its usual spelling, empty for none given, None when it is not a tag."""
    if not text:
        return ""
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        return None
    language, script, region = found.groups()
    parts = (language.lower(), script and script.title(), region and region.upper())
    return "-".join(part for part in parts if part)


def _day(text: str) -> date | None:
    # fromisoformat also takes 20241231 and week dates, which a roll may not use.
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _name_fault(given: str, family: str) -> tuple[str, str] | None:
    if not given and not family:
        return "given_name", "name_missing"
    for field, name in (("given_name", given), ("family_name", family)):
        if len(name) > MAX_NAME:
            return field, "field_too_long"
        if not name.isprintable() and _CONTROL.search(name):
            return field, "control_character"
    return None


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
                    "Save it as “CSV UTF-8” and try again."
                )
                % {"line": self.number}
            ) from None
        if not line:
            raise StopIteration
        self.number += 1
        self.in_row += len(line)
        if "\0" in line:
            raise Invalid(
                _("Line %(line)d holds NUL bytes: this is no CSV file.") % {"line": self.number}
            )
        if self.in_row > MAX_ROW_CHARACTERS:
            raise Invalid(
                _(
                    "The row that ends on line %(line)d is far too long. "
                    "Look for a quotation mark that is never closed."
                )
                % {"line": self.number}
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
        raise Invalid(_("The file has more than %(most)d columns.") % {"most": MAX_COLUMNS})
    try:
        readings = [(separator, _named(line, separator)) for separator in SEPARATORS]
    except csv.Error as problem:
        raise Invalid(_broken(1, problem)) from None
    separator, fields = max(readings, key=lambda reading: len(reading[1]) - reading[1].count(None))
    _require(fields)
    return separator, fields


def _named(line: str, separator: str) -> tuple[str | None, ...]:
    cells = next(csv.reader([line], delimiter=separator, strict=True))
    return tuple(columns.field_of(cell) for cell in cells)


def _broken(line: int, problem: csv.Error) -> str:
    return _("Line %(line)d is broken as CSV: %(problem)s.") % {
        "line": line,
        "problem": str(problem),
    }


def _require(fields: tuple[str | None, ...]) -> None:
    for name in columns.FIELDS:
        if fields.count(name) > 1:
            raise Invalid(_("Two columns of the file are both “%(name)s”.") % {"name": name})
    missing = [name for name in columns.REQUIRED if name not in fields]
    if "given_name" not in fields and "family_name" not in fields:
        missing.append("given_name")
    if missing:
        raise Invalid(
            _("The first line must name the columns; it lacks: %(names)s.")
            % {"names": ", ".join(missing)}
        )


def _count(lines: _Lines, separator: str) -> int:
    rows = 0
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        for cells in reader:
            rows += bool(cells)
            lines.in_row = 0
    except csv.Error as problem:
        raise Invalid(_broken(lines.number, problem)) from None
    return rows
