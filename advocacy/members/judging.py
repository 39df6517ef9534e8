"""Judging the rows of a roll: each is taken, repeats an earlier one, or is refused for a reason.

Nothing here touches the database; the same file always gives the same answers.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from advocacy.mail import addresses
from advocacy.members import columns
from advocacy.members.refusals import Refusal
from advocacy.members.repeats import Repeats
from advocacy.members.roll import Roll
from advocacy.render.sheets import original

MAX_NAME = 100

_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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


def judge(
    roll: Roll,
    chapters: Mapping[str, str],
    *,
    latest: date,
    repeats: Repeats | None = None,
    home: str = "",
) -> Iterator[Entry | Refusal]:
    """Judge every row in the order of the file: an Entry to take or a Refusal.

    `chapters` maps the slug of each chapter that may be named to its country; `latest` is the
    last day that a joining date may name. A row that names no chapter belongs to `home`, if given.
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
                yield _judge(line, [cells[at] for at in order], chapters, latest, seen, home)
            elif cells:
                yield Refusal(line, "", "column_count", str(len(cells)))
            line = reader.line_num + 1


def _judge(
    line: int,
    raw: list[str],
    chapters: Mapping[str, str],
    latest: date,
    seen: Repeats,
    home: str,
) -> Entry | Refusal:
    number, email, given, family, chapter, country, language, joined, status, consent = (
        cell.strip() if cell[:1] != "'" else original(cell.strip()) for cell in raw
    )
    if not email:
        return Refusal(line, "email", "email_missing", "")
    if not addresses.well_formed(email):
        return Refusal(line, "email", "email_invalid", email)
    if chapter not in chapters:
        if chapter or not home:
            reason = "chapter_other" if home else "chapter_unknown"
            return Refusal(line, "chapter_slug", reason, chapter)
        chapter = home
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
