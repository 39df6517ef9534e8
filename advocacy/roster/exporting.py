"""Members as a file that a spreadsheet opens: CSV or XLSX, made while it is sent, without formulas.

The first ten columns are those that a roll is imported with; then the tags, then the chapter's own
fields as `field:<name>`. A text that a spreadsheet would take for a formula gets an apostrophe in
front, as it would by hand.
"""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.members import columns
from advocacy.render.i18n import gettext as _
from advocacy.render.sheets import harmless
from advocacy.roster import defining, listing
from advocacy.roster.models import CustomField
from advocacy.roster.sifting import SEEN_COLUMNS, Sieve, Values, found

FORMATS = ("csv", "xlsx")
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 2000
# A sheet holds 1,048,576 rows, the header included.
MOST_IN_A_SHEET = 1_048_575
PIECE = 256 * 1024
# What an importer reads, in its order, and what only we keep.
COLUMNS = (*columns.FIELDS, "tags")
BOM = "\ufeff"
Noted = dict[int, list[str]]
JOINED = "JOIN advocacy_chapter c ON c.id = m.chapter_id WHERE"
FIELDS = f"""
m.id, m.person_id, m.member_no, m.joined_on, {SEEN_COLUMNS},
COALESCE(s.granted, FALSE) AS granted, c.slug
"""


async def begin(chapter: Chapter, sieve: Sieve, form: str, *, actor: Actor) -> int:
    """Writes down who takes how many members out, before a byte is sent; the number of members.

    Raises Invalid for a format that there is not, or more members than a sheet can hold.
    """
    if form not in FORMATS:
        raise Invalid(_("Choose CSV or XLSX."), field="form")
    count = await listing.count(sieve)
    if form == "xlsx" and count > MOST_IN_A_SHEET:
        raise Invalid(_("A sheet cannot hold so many members. Choose CSV."), field="form")
    await note(
        "members.exported",
        actor=actor,
        record=f"chapter:{chapter.id}",
        chapter=chapter.slug,
        rows=count,
        form=form,
        narrowed=int(bool(sieve.words) or sieve.has_filters),
    )
    return count


def filename(chapter: Chapter, form: str) -> str:
    """A name for the file that every system takes."""
    slug = re.sub(r"[^a-z0-9-]+", "-", chapter.slug.lower()).strip("-") or "chapter"
    return f"members-{slug}-{moment.now():%Y-%m-%d}.{form}"


async def as_csv(sieve: Sieve) -> AsyncIterator[bytes]:
    """The file in pieces: UTF-8 with a mark of it, commas, everything in quotes, CRLF."""
    own = await _own_fields(sieve)
    yield (BOM + _lines([_heading(own)])).encode()
    async for rows in _rows(sieve, own):
        yield _lines(rows).encode()


async def as_xlsx(sieve: Sieve) -> AsyncIterator[bytes]:
    """The workbook in pieces; it is first written to a temporary file, a row at a time."""
    own = await _own_fields(sieve)
    with TemporaryDirectory(prefix="advocacy-export-") as folder:
        path = Path(folder) / "members.xlsx"
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        book = xlsxwriter.Workbook(str(path), options)
        sheet = book.add_worksheet("Members")
        sheet.freeze_panes(1, 0)
        _write(sheet, 0, [_heading(own)])
        line = 1
        async for rows in _rows(sieve, own):
            await asyncio.to_thread(_write, sheet, line, rows)
            line += len(rows)
        await asyncio.to_thread(book.close)
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece


def _heading(own: Sequence[CustomField]) -> list[str]:
    return [*COLUMNS, *(f"field:{each.label}" for each in own)]


def _lines(rows: Sequence[Sequence[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, quoting=csv.QUOTE_ALL).writerows([harmless(cell) for cell in r] for r in rows)
    return made.getvalue()


def _write(sheet: Any, line: int, rows: Sequence[Sequence[str]]) -> None:
    for number, row in enumerate(rows, line):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, harmless(cell))


async def _own_fields(sieve: Sieve) -> list[CustomField]:
    return [] if sieve.chapter_id is None else await defining.fields_of(sieve.chapter_id)


async def _rows(sieve: Sieve, own: Sequence[CustomField]) -> AsyncIterator[list[list[str]]]:
    """The members by chunks in the order of their memberships, each chunk a statement of its own:
    no transaction stays open while a slow reader takes the file."""
    after = 0
    while True:
        values = Values()
        where = found(sieve, values)
        rows = await db.rows(
            f"SELECT {FIELDS} {where.replace('WHERE', JOINED, 1)}"
            f" AND m.id > {values.mark(after)} ORDER BY m.id LIMIT {CHUNK}",
            *values.bound,
        )
        if not rows:
            return
        after = int(rows[-1]["id"])
        tags, answers = await _noted(sieve, [int(row["person_id"]) for row in rows])
        yield [_cells(row, own, tags, answers) for row in rows]


async def _noted(sieve: Sieve, persons: list[int]) -> tuple[Noted, dict[tuple[int, int], str]]:
    """The tags of some persons, and their answers by person and field; of this chapter only."""
    if sieve.chapter_id is None:
        return {}, {}
    marks = db.marks(len(persons), 2)
    tags: Noted = {}
    for each in await db.rows(
        "SELECT g.person_id, t.name FROM advocacy_tagging g JOIN advocacy_tag t ON t.id = g.tag_id"
        f" WHERE t.chapter_id = $1 AND g.person_id IN ({marks}) ORDER BY t.name",
        sieve.chapter_id,
        *persons,
    ):
        tags.setdefault(int(each["person_id"]), []).append(each["name"])
    answers = {
        (int(each["person_id"]), int(each["field_id"])): each["value"]
        for each in await db.rows(
            "SELECT v.person_id, v.field_id, v.value FROM advocacy_custom_value v"
            " JOIN advocacy_custom_field f ON f.id = v.field_id"
            f" WHERE f.chapter_id = $1 AND v.person_id IN ({marks})",
            sieve.chapter_id,
            *persons,
        )
    }
    return tags, answers


def _cells(
    row: dict[str, Any],
    own: Sequence[CustomField],
    tags: Noted,
    answers: dict[tuple[int, int], str],
) -> list[str]:
    person = int(row["person_id"])
    return [
        row["member_no"],
        row["email"],
        row["given_name"],
        row["family_name"],
        row["slug"],
        row["country_code"],
        row["language"],
        str(row["joined_on"] or "")[:10],
        _status(row),
        "yes" if row["granted"] else "no",
        "; ".join(tags.get(person, [])),
        *(answers.get((person, each.id), "") for each in own),
    ]


def _status(row: dict[str, Any]) -> str:
    if row["deliverability"] in ("bounced", "complained"):
        return str(row["deliverability"])
    return "confirmed" if row["confirmed_at"] else "unconfirmed"


def pieces(sieve: Sieve, form: str) -> AsyncIterator[bytes]:
    """The file in the format asked for."""
    return as_csv(sieve) if form == "csv" else as_xlsx(sieve)
