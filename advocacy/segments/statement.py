"""A statement under construction: pieces of SQL about a person `p` that bind values as they come.

`$1` is always the id of the chapter that asks. Pieces are true or false, never NULL, so that
they can be turned round by NOT.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from advocacy import db, moment
from advocacy.chapters.models import Chapter

_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Statement:
    """The values of a statement that a chapter asks, in the order of their placeholders."""

    def __init__(self, chapter: Chapter) -> None:
        self.chapter = chapter
        self.values: list[Any] = [chapter.id]

    def bind(self, value: Any) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"${len(self.values)}"

    def today(self) -> date:
        """The day on the chapter's clocks."""
        return self.chapter.local(moment.now()).date()

    def days_ago(self, days: int) -> datetime:
        """The moment so many days before now."""
        return moment.now() - timedelta(days=days)

    def morning(self, day: str) -> datetime:
        """When a day (ISO) begins on the chapter's clocks, in UTC."""
        begins = datetime.combine(date.fromisoformat(day), time(), self.chapter.zone)
        try:
            return begins.astimezone(UTC)
        except OverflowError:
            return begins.replace(tzinfo=UTC)

    def among(self, key: str, source: str, *, of: str = "p.id") -> str:
        """True where `of` is among the `key` column of `source` (SQL from FROM on, with a WHERE).

        SQLite makes the list once and looks into it; PostgreSQL plans an EXISTS as a join, and
        never tries to hold a list that is too long for its memory.
        """
        if db.dialect() == "sqlite":
            return f"{of} IN (SELECT {key} {source})"
        return f"EXISTS (SELECT 1 {source} AND {key} = {of})"

    def same(self, column: str, text: str) -> str:
        """True where a column says the text; a to z are the same as A to Z on both engines."""
        return f"{_lower(column)} = {self.bind(text.translate(_ASCII_LOWER))}"

    def contains(self, column: str, text: str) -> str:
        """True where a column has the text in it, compared as in `same`."""
        mark = self.bind(text.translate(_ASCII_LOWER))
        return f"replace({_lower(column)}, {mark}, '') <> {_lower(column)}"


def _lower(column: str) -> str:
    # SQLite lowers ASCII only; so does PostgreSQL in this collation, whatever its own is.
    return f"lower({column})" if db.dialect() == "sqlite" else f'lower({column} COLLATE "C")'
