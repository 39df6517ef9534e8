"""Finding pairs of persons who look like one human being, and saying why they do.

Only headquarters merges: a merge moves everything of a person, and whether a pair can be merged
would tell a chapter what others know. Under a chapter's name stand the pairs of people who belong
nowhere else, under headquarters' own those across chapters.
"""

import asyncio
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.duplicates.models import Distinct

SHOWN = 50
CROWD = 12
ALIKE = 0.8
REASONS = ("number", "address", "alike", "bounced", "name")
_MEMBER = """
SELECT p.id, p.given_name, p.family_name, p.email, p.canonical, p.language, p.deliverability,
  p.confirmed_at IS NOT NULL AS confirmed, m.member_no, m.joined_on, c.slug, c.name AS chapter
FROM advocacy_membership m JOIN advocacy_person p ON p.id = m.person_id
JOIN advocacy_chapter c ON c.id = m.chapter_id
WHERE m.state = 'current' AND p.merged_into_id IS NULL AND p.erased_at IS NULL
"""
# A veil, a membership of any state or a word about letters elsewhere: not ours alone.
_ALONE = """
AND m.chapter_id = $1 AND NOT m.is_veiled
AND NOT EXISTS (SELECT 1 FROM advocacy_membership o
  WHERE o.person_id = p.id AND o.chapter_id <> $1)
AND NOT EXISTS (SELECT 1 FROM advocacy_subscription o
  WHERE o.person_id = p.id AND o.chapter_id <> $1)
"""


@dataclass(frozen=True)
class Side:
    """One of the two, as a page shows them."""

    id: int
    name: str
    email: str
    language: str
    deliverability: str
    is_confirmed: bool
    member_no: str
    joined_on: date | None
    chapter: str

    @property
    def local(self) -> str:
        """The address's own part, in letters and digits only."""
        return re.sub(r"[^\w]", "", self.email.casefold().rpartition("@")[0])


@dataclass(frozen=True)
class Pair:
    """Two persons, the one to keep first, and what makes them look alike (of REASONS)."""

    one: Side
    other: Side
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """The likeliest pairs, and how many there are in all."""

    pairs: list[Pair]
    total: int


async def pairs(chapter: Chapter) -> Found:
    """The pairs of this chapter that nobody has judged, the likeliest first, fifty at most.

    At headquarters: pairs whose two sides are members of different chapters.
    """
    people = await _people(chapter)
    judged = {
        (int(str(one)), int(str(other)))
        for one, other in await Distinct.filter(chapter_id=chapter.id).values_list(
            "one_id", "other_id"
        )
    }
    across = chapter.is_headquarters
    return await asyncio.to_thread(_likeliest, people, judged, across)


async def pair(chapter: Chapter, one_id: int, other_id: int) -> Pair | None:
    """Two persons side by side where this chapter may look at them; else None."""
    if one_id == other_id:
        return None
    found = await db.rows(
        f"{_MEMBER} {'' if chapter.is_headquarters else _ALONE} AND p.id IN "
        + ("($1, $2)" if chapter.is_headquarters else "($2, $3)"),
        *(() if chapter.is_headquarters else (chapter.id,)),
        one_id,
        other_id,
    )
    sides = {side.id: side for side in (_side(row) for row in found)}
    if len(sides) != 2:
        return None
    one, other = _better_first(sides[one_id], sides[other_id])
    return Pair(one, other, _reasons(one, other))


async def _people(chapter: Chapter) -> list[Side]:
    if not chapter.is_headquarters:
        return [_side(row) for row in await db.rows(f"{_MEMBER} {_ALONE}", chapter.id)]
    # Of all people only those whose name and own part of the address are met twice.
    local = (
        "substr(p.canonical, 1, instr(p.canonical, '@') - 1)"
        if db.dialect() == "sqlite"
        else "split_part(p.canonical, '@', 1)"
    )
    name = "lower(p.given_name || ' ' || p.family_name)"
    twice = (
        f"SELECT {name}, {local} FROM advocacy_person p WHERE p.merged_into_id IS NULL"
        f" AND p.erased_at IS NULL GROUP BY {name}, {local} HAVING COUNT(*) > 1"
    )
    found = await db.rows(f"{_MEMBER} AND ({name}, {local}) IN ({twice})")
    return [_side(row) for row in found]


def _side(row: dict[str, Any]) -> Side:
    joined = row["joined_on"]
    return Side(
        id=int(row["id"]),
        name=f"{row['given_name']} {row['family_name']}".strip(),
        email=row["email"],
        language=row["language"],
        deliverability=row["deliverability"],
        is_confirmed=bool(row["confirmed"]),
        member_no=row["member_no"],
        joined_on=date.fromisoformat(joined[:10]) if isinstance(joined, str) else joined,
        chapter=row["chapter"],
    )


def _likeliest(people: list[Side], judged: set[tuple[int, int]], across: bool) -> Found:
    found: dict[tuple[int, int], Pair] = {}
    for one, other in _candidates(people):
        key = (min(one.id, other.id), max(one.id, other.id))
        if one.id == other.id or key in judged or key in found:
            continue
        if across and one.chapter == other.chapter:
            continue
        reasons = _reasons(one, other)
        if reasons and reasons != ("name",):
            found[key] = Pair(*_better_first(one, other), reasons)
    ranked = sorted(
        found.values(),
        key=lambda pair: (REASONS.index(pair.reasons[0]), -len(pair.reasons), pair.one.id),
    )
    return Found(ranked[:SHOWN], len(ranked))


def _candidates(people: Iterable[Side]) -> Iterator[tuple[Side, Side]]:
    """Pairs worth a look: the same number on the roll, or the same name whatever its order."""
    groups: dict[tuple[str, ...], list[Side]] = defaultdict(list)
    for side in people:
        if side.member_no:
            groups["number", side.member_no.casefold()].append(side)
        if side.name:
            groups["name", *_words(side.name)].append(side)
            groups["both", side.local, *_words(side.name)].append(side)
    for (kind, *_rest), group in groups.items():
        # A name that a crowd bears says nothing by itself.
        if kind == "name" and len(group) > CROWD:
            continue
        yield from combinations(group[:CROWD], 2)


def _words(name: str) -> list[str]:
    """The words of a name without accents and case, in one order for both ways of writing it."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return sorted(re.findall(r"\w+", plain))


def _reasons(one: Side, other: Side) -> tuple[str, ...]:
    reasons = []
    same_name = bool(one.name) and _words(one.name) == _words(other.name)
    numbers = {one.member_no.casefold(), other.member_no.casefold()}
    if one.chapter == other.chapter and len(numbers) == 1 and numbers != {""}:
        reasons.append("number")
    if same_name and one.local == other.local:
        reasons.append("address")
    elif same_name and _alike(one.local, other.local):
        reasons.append("alike")
    if same_name and "bounced" in (one.deliverability, other.deliverability):
        reasons.append("bounced")
    if same_name:
        reasons.append("name")
    return tuple(reasons)


def _alike(one: str, other: str) -> bool:
    """Nearly the same letters; two different numbers in them mean two people."""
    numbers = {re.sub(r"\D", "", one), re.sub(r"\D", "", other)} - {""}
    return len(numbers) < 2 and SequenceMatcher(None, one, other).ratio() >= ALIKE


def _better_first(one: Side, other: Side) -> tuple[Side, Side]:
    """The side whose address works and is confirmed, else the one who joined first."""

    def worth(side: Side) -> tuple[bool, bool, date, int]:
        works = side.deliverability in ("ok", "soft")
        return (not works, not side.is_confirmed, side.joined_on or date.max, side.id)

    first, second = sorted((one, other), key=worth)
    return first, second
