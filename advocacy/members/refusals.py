"""Rows of a roll that were not taken, why not, and how the one who sent the roll can mend them."""

import csv
import re
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from advocacy.render.i18n import gettext as _

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
        return "'" + shown if shown.lstrip()[:1] in ("=", "+", "-", "@") else shown


def mend(reason: str) -> str:
    """A sentence in the reader's language saying what to change in the row."""
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
    }[reason.partition(":")[0]]


def write_raw(stream: IO[str], refusals: Iterable[Refusal]) -> None:
    """Append refusals in no language, for a report that its reader's language is put to later."""
    csv.writer(stream).writerows(
        (refusal.line, refusal.field, refusal.excerpt, refusal.reason) for refusal in refusals
    )


def from_raw(stream: IO[str]) -> Iterator[list[str]]:
    """A report in the reader's language, with its heading, from one in none."""
    yield _heading()
    for line, field, excerpt, reason in csv.reader(stream):
        yield [line, field, excerpt, reason, mend(reason)]


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
