"""Loading the list of chapters: made where new, brought up to date where changed, never removed."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import available_timezones

from advocacy import db, moment
from advocacy.chapters.models import HEADQUARTERS
from advocacy.errors import Invalid
from advocacy.render.i18n import gettext as _

SHIPPED = Path(__file__).with_name("chapters.csv")
MAX_BYTES = 4 << 20

# The columns of the file in the order of COLUMNS, which are the columns of the table.
HEADER = ("slug", "name", "region", "country_code", "city_or_territory", "languages", "timezone")
COLUMNS = ("slug", "name", "region", "country_code", "city", "languages", "timezone")
LONGEST = {"slug": 64, "name": 160, "region": 60, "city_or_territory": 100, "languages": 100}
REQUIRED = ("slug", "name", "region", "languages", "timezone")

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COUNTRY = re.compile(r"(?:[A-Z]{2})?")
_LANGUAGES = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*(?: [a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Refusal(NamedTuple):
    """One row not taken: its line in the file (from 1), the field at fault, a reason code."""

    line: int
    field: str
    reason: str


@dataclass(slots=True)
class Counts:
    """What became of the rows; `refused` names those that changed nothing."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """The counts as plain data, each refusal with what to change in its row."""
        return {
            "rows": self.rows,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "refused": [{**row._asdict(), "mend": mend(row.reason)} for row in self.refused],
        }


async def import_chapters(path: Path = SHIPPED) -> Counts:
    """Create or update the chapters of a UTF-8 CSV file, all in one transaction.

    The slug is the key: importing the same file again changes nothing and says so. Rows that are
    refused are reported and change nothing. Raises Invalid when the file cannot be read as a
    list of chapters; then nothing is changed.
    """
    counts = Counts()
    taken: list[tuple[str, ...]] = []
    slugs: set[str] = set()
    for line, cells in _rows(path):
        counts.rows += 1
        refusal = _refusal(line, cells, slugs)
        if refusal:
            counts.refused.append(refusal)
        else:
            slugs.add(cells[0])
            taken.append(tuple(cells))
    async with db.transaction():
        known = {row["slug"] for row in await db.rows("SELECT slug FROM advocacy_chapter")}
        for chapter in taken:
            if not await db.execute(_upsert(), *chapter, False, moment.now()):
                counts.unchanged += 1
            elif chapter[0] in known:
                counts.changed += 1
            else:
                counts.created += 1
    return counts


def mend(reason: str) -> str:
    """A sentence in the reader's language saying what to change in the row."""
    if reason.endswith("_missing"):
        return _("Fill the field in.")
    return {
        "column_count": _("Give the row as many fields as the header line has."),
        "field_too_long": _("Shorten the text."),
        "control_character": _("Type the text again: it holds an invisible character."),
        "slug_invalid": _("Use small letters, digits and hyphens, as in us-new-york."),
        "slug_repeated": _("Remove one of the two rows with this slug."),
        "country_invalid": _("Write the two capital letters of the country, or nothing."),
        "language_invalid": _("Write language tags such as fr or pt-BR, with spaces between."),
        "timezone_invalid": _("Write a time zone such as Africa/Porto-Novo."),
    }[reason]


def _upsert() -> str:
    others = COLUMNS[1:]
    updates = ", ".join(f"{name} = excluded.{name}" for name in others)
    differs = " OR ".join(f"advocacy_chapter.{name} <> excluded.{name}" for name in others)
    # Only the names of columns above are put into the text; values are bound.
    return (
        f"INSERT INTO advocacy_chapter ({', '.join(COLUMNS)}, is_headquarters, created_at)"
        f" VALUES ({db.marks(len(COLUMNS) + 2)})"
        f" ON CONFLICT (slug) DO UPDATE SET {updates} WHERE {differs}"
    )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows with their line numbers, fields trimmed and in the order of HEADER."""
    if path.stat().st_size > MAX_BYTES:
        raise Invalid(_("The file is too large to be a list of chapters."))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("The file is not UTF-8. Save it as “CSV UTF-8” and try again.")) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in HEADER if name not in header]
        if missing:
            raise Invalid(
                _(
                    "The first line must name the columns; it lacks: %(names)s.",
                    names=", ".join(missing),
                )
            )
        places = [header.index(name) for name in HEADER]
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                yield line, [cells[place].strip() for place in places]
            elif cells:
                yield line, []
            line = reader.line_num + 1
    except csv.Error as problem:
        raise Invalid(
            _(
                "Line %(line)d is broken as CSV: %(problem)s.",
                line=reader.line_num,
                problem=str(problem),
            )
        ) from None


def _refusal(line: int, cells: list[str], slugs: set[str]) -> Refusal | None:
    if not cells:
        return Refusal(line, "", "column_count")
    values = dict(zip(HEADER, cells, strict=True))
    for name in REQUIRED:
        if not values[name]:
            return Refusal(line, name, f"{name}_missing")
    for name, text in values.items():
        if len(text) > LONGEST.get(name, 60):
            return Refusal(line, name, "field_too_long")
        if _CONTROL.search(text):
            return Refusal(line, name, "control_character")
    slug = values["slug"]
    if not _SLUG.fullmatch(slug) or slug == HEADQUARTERS:
        return Refusal(line, "slug", "slug_invalid")
    if slug in slugs:
        return Refusal(line, "slug", "slug_repeated")
    if not _COUNTRY.fullmatch(values["country_code"]):
        return Refusal(line, "country_code", "country_invalid")
    if not _LANGUAGES.fullmatch(values["languages"]):
        return Refusal(line, "languages", "language_invalid")
    if values["timezone"] not in _timezones():
        return Refusal(line, "timezone", "timezone_invalid")
    return None


@cache
def _timezones() -> set[str]:
    return available_timezones()
