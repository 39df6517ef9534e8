"""What we hold about a person: each slice says in which rows, who may see them, what may stay.

A copy of somebody's data, an erasure and a merge all walk this one list, so that a table that is
added tomorrow is forgotten by none of them: tests/house/test_ties.py holds every key and text.
"""

from dataclasses import dataclass
from typing import Any

from advocacy import db

KEEP = "keep"
REMOVE = "remove"
# The rows of the account that this person signs in with.
OF_USER = (
    "user_id IN (SELECT u.id FROM advocacy_user u JOIN advocacy_person p"
    " ON p.canonical = u.canonical WHERE p.id = $1)"
)
CHAPTER = ("chapter", "SELECT c.name FROM advocacy_chapter c WHERE c.id = t.chapter_id")

Row = dict[str, Any]


def of_user(column: str) -> str:
    """The condition for rows whose `column` points to the account of the person `$1`."""
    return OF_USER.replace("user_id", column, 1)


@dataclass(frozen=True)
class Move:
    """A column that points to a person, to be moved when two persons are merged.

    `unique_with` are the other columns of a unique constraint: where the person who is kept has a
    row with the same values in them, the two rows collide and one must give way.
    """

    table: str
    column: str = "person_id"
    unique_with: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The rows of one table that are about a person.

    `where` is SQL with the person's id as `$1`; `points` are the keys to a person or an account
    that it covers. `shows` are the columns a person gets to see, `adds` are further ones as
    (name, scalar subselect over `t`). `silent` are text columns that are nobody's business: keys,
    hashes, words of our own. `erasure` is `remove`, `keep`, or the SET clause that blanks a row.
    """

    table: str
    where: str = "person_id = $1"
    points: tuple[str, ...] = ("person_id",)
    shows: tuple[str, ...] = ()
    adds: tuple[tuple[str, str], ...] = ()
    silent: tuple[str, ...] = ()
    erasure: str = REMOVE

    async def collect(self, person_id: int) -> list[Row]:
        """The rows as the person may see them, oldest first; plain values only."""
        if not self.shows and not self.adds:
            return []
        columns = [f"t.{each}" for each in self.shows]
        columns += [f"({sql}) AS {name}" for name, sql in self.adds]
        found = await db.rows(
            f"SELECT {', '.join(columns)} FROM {self.table} t WHERE {self.where} ORDER BY 1",
            person_id,
        )
        return [{name: plain(value) for name, value in row.items()} for row in found]

    async def erase(self, person_id: int) -> int:
        """Removes or blanks the rows; how many there were. Repeating it does no harm."""
        if self.erasure == KEEP:
            return 0
        if self.erasure == REMOVE:
            return await db.execute(f"DELETE FROM {self.table} WHERE {self.where}", person_id)
        return await db.execute(
            f"UPDATE {self.table} SET {self.erasure} WHERE {self.where}", person_id
        )


@dataclass(frozen=True, kw_only=True)
class Tie:
    """What one slice holds about a person, under a heading of its own.

    `by_address` says that its rows are found by the person's address, so that it has to be erased
    before the address is. `moves` is what a merge has to move.
    """

    name: str
    label: Any
    holdings: tuple[Holding, ...]
    moves: tuple[Move, ...] = ()
    by_address: bool = False

    async def collect(self, person_id: int) -> list[Row]:
        """Everything of this slice that the person may see."""
        found: list[Row] = []
        for holding in self.holdings:
            found += await holding.collect(person_id)
        return found

    async def erase(self, person_id: int) -> dict[str, int]:
        """Removes or blanks everything of this slice; rows touched by table."""
        counts: dict[str, int] = {}
        for holding in self.holdings:
            touched = await holding.erase(person_id)
            counts[holding.table] = counts.get(holding.table, 0) + touched
        return {table: number for table, number in counts.items() if number}


_ties: dict[str, Tie] = {}


def register(*ties: Tie) -> None:
    """Adds ties; each slice does so when it is imported (see TIES in campaigns/wiring.py)."""
    for tie in ties:
        _ties[tie.name] = tie


def all_ties() -> list[Tie]:
    """Every registered tie, in the order of registration: parts before what they hang on."""
    return list(_ties.values())


def all_moves() -> list[Move]:
    """Every column that a merge has to move."""
    return [move for tie in all_ties() for move in tie.moves]


def plain(value: Any) -> Any:
    """A value as JSON knows it: moments and days as ISO 8601 text."""
    return value.isoformat() if hasattr(value, "isoformat") else value
