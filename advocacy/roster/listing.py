"""The roll page by page: filtered, sorted by name or by joining, turned by key, counted.

By name it walks the index, where each member's name stands as it is sorted. Across all chapters
there is no list, only the best matches: nobody turns the pages of a million members.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from advocacy import db
from advocacy.roster import finding
from advocacy.roster.finding import COLUMNS
from advocacy.roster.sifting import ROLL, Sieve, Values, among_word, conditions, found
from advocacy.roster.spelling import SORTED, plain, typed

PAGE = 50
SORTS = ("best", "name", "-name", "joined", "-joined")
NEWEST = "-joined"
AFTER_NAMES = chr(ord(SORTED) + 1)
# Sorts those who joined on no known day to the end of the newest first.
UNKNOWN_DAY = date(1, 1, 1)


@dataclass(frozen=True)
class Roll:
    """One page of members. `count` is None where it was not asked for; `next_key` at the end."""

    rows: list[dict[str, Any]]
    count: int | None
    next_key: str | None
    has_more: bool = False


async def read(sieve: Sieve, *, sort: str = NEWEST, after: str = "") -> Roll:
    """Up to 50 members in an order of SORTS, from the one after the key `after` on.

    `best` needs words and gives the best twenty only, and so does a sieve of all chapters. A key
    that is none begins at the start.
    """
    if sieve.is_hopeless:
        return Roll([], 0, None)
    if sort == "best" or sieve.chapter_id is None:
        best = await finding.search(sieve)
        return Roll(_dated(best.rows), best.count, None, best.has_more)
    if sort.endswith("name"):
        rows, key = await _by_name(sieve, sort.startswith("-"), after)
    else:
        rows, key = await _by_joining(sieve, sort.startswith("-"), after)
    return Roll(_dated(rows), None, key, key is not None)


async def count(sieve: Sieve) -> int:
    """How many members the sieve lets through."""
    values = Values()
    return int(await db.value(f"SELECT count(*) {found(sieve, values)}", *values.bound) or 0)


async def _by_name(
    sieve: Sieve, is_last_first: bool, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    values = Values()
    held = conditions(sieve, values)
    held += [among_word(word, sieve, values) for word in sieve.words]
    held.append(f"k.token >= {values.mark(SORTED)} AND k.token < {values.mark(AFTER_NAMES)}")
    if sieve.chapter_id is not None:
        held.append(f"k.chapter_id = {values.mark(sieve.chapter_id)}")
    way, compare = ("DESC", "<") if is_last_first else ("ASC", ">")
    number, _dot, name = after.partition(".")
    if number.isascii() and number.isdigit() and len(number) <= 18:
        token, person = values.mark(SORTED + typed(plain(name))), values.mark(int(number))
        held.append(f"(k.token, k.person_id) {compare} ({token}, {person})")
    rows = await db.rows(
        f"SELECT {COLUMNS}, k.token {ROLL} JOIN advocacy_search_token k"
        " ON k.person_id = m.person_id AND k.chapter_id = m.chapter_id"
        f" WHERE {' AND '.join(held)} ORDER BY k.token {way}, k.person_id {way} LIMIT {PAGE + 1}",
        *values.bound,
    )
    if len(rows) <= PAGE:
        return rows, None
    last = rows[PAGE - 1]
    return rows[:PAGE], f"{last['person_id']}.{last['token'].removeprefix(SORTED)}"


async def _by_joining(
    sieve: Sieve, is_newest_first: bool, after: str
) -> tuple[list[dict[str, Any]], str | None]:
    values = Values()
    where = found(sieve, values)
    joined = f"COALESCE(m.joined_on, {values.mark(UNKNOWN_DAY)})"
    way, compare = ("DESC", "<") if is_newest_first else ("ASC", ">")
    day, _dot, number = after.partition(".")
    key = _key(day, number)
    if key is not None:
        where += f" AND ({joined}, m.id) {compare} ({values.mark(key[0])}, {values.mark(key[1])})"
    rows = await db.rows(
        f"SELECT {COLUMNS} {where} ORDER BY {joined} {way}, m.id {way} LIMIT {PAGE + 1}",
        *values.bound,
    )
    if len(rows) <= PAGE:
        return rows, None
    last = rows[PAGE - 1]
    day_of_last = str(last["joined_on"] or UNKNOWN_DAY)[:10]
    return rows[:PAGE], f"{day_of_last}.{last['id']}"


def _key(day: str, number: str) -> tuple[date, int] | None:
    try:
        return (date.fromisoformat(day), int(number)) if len(number) <= 18 else None
    except ValueError:
        return None


def _dated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with days as dates, which SQLite gives as text."""
    for row in rows:
        if isinstance(row["joined_on"], str):
            row["joined_on"] = date.fromisoformat(row["joined_on"][:10])
    return rows


async def homes(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Slug and name of the chapters of some rows, by id."""
    ids = sorted({int(row["chapter_id"]) for row in rows})
    if not ids:
        return {}
    found = await db.rows(
        f"SELECT id, slug, name FROM advocacy_chapter WHERE id IN ({db.marks(len(ids))})", *ids
    )
    return {int(each["id"]): each for each in found}
