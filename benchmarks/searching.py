"""Searching members while somebody types, letter by letter, at 133,000 and 1,000,000 people.

For a hundred members the name is typed as staff would: every letter from the first on is a search
of its own, through our code, with what is shown of the twenty best. Once in the largest of the 130
chapters, once over all of them as headquarters may. Besides the hardest words we know: single
letters, the commonest names, two common names that hardly anybody has together. Each statement's
plan is kept in benchmarks/plans/, as the engine explains it.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from advocacy import db
from advocacy.roster import finding
from advocacy.roster.sifting import Sieve
from benchmarks import people
from benchmarks.result import Row, seconds

TYPED = 100
ROUNDS = 9
LIMIT = 0.05
PLANS = Path(__file__).parent / "plans"
HARD = (
    "a", "m", "s", "z", "an", "ma", "ana", "maria", "garcia", "李", "ا", "example.org",
    "an ga", "ma s", "ana garcia", "maria s", "fatou smith", "grace mamani", "maria wang",
    "j s p", "nobody", "nobody@example.net",
)  # fmt: skip
FILTERED = (("a", {"language": "fr"}), ("ma", {"address": "returned"}), ("an", {"letters": "no"}))


def main(args: argparse.Namespace) -> list[Row]:
    """Both engines at both sizes; a tenth when quick, and no plans kept."""
    return people.measured(_searched, quick=args.quick)


async def _searched(engine: str, url: str, size: int, *, keeps: bool) -> list[Row]:
    await db.open_database(url)
    try:
        largest = await db.value(
            "SELECT chapter_id FROM advocacy_membership GROUP BY chapter_id"
            " ORDER BY COUNT(*) DESC LIMIT 1"
        )
        rows, plans = [], []
        for whose, chapter_id in (("the largest chapter", largest), ("all chapters", None)):
            names = await _names(chapter_id)
            rows.append(await _row(f"{engine}, {size:,} people: {whose}", chapter_id, names))
            plans += await _plans(whose, chapter_id)
        if keeps:
            PLANS.mkdir(exist_ok=True)
            path = PLANS / f"searching-{engine.lower()}-{size}.txt"
            path.write_text("\n\n".join(plans) + "\n", encoding="utf-8")
        return rows
    finally:
        await db.close_database()


async def _names(chapter_id: int | None) -> list[str]:
    """The names of some members, always the same ones."""
    where = "" if chapter_id is None else f"AND m.chapter_id = {chapter_id}"
    found = await db.rows(
        "SELECT p.given_name, p.family_name FROM advocacy_membership m"
        f" JOIN advocacy_person p ON p.id = m.person_id WHERE p.id % 97 = 0 {where}"
        " ORDER BY m.id LIMIT 5000"
    )
    dice = random.Random(7)
    some = dice.sample(found, min(TYPED, len(found)))
    return [f"{each['given_name']} {each['family_name']}".strip() for each in some]


async def _row(figure: str, chapter_id: int | None, names: list[str]) -> Row:
    keystrokes = [name[:end] for name in names for end in range(1, len(name) + 1)]
    spent = [await _timed(Sieve(chapter_id, each)) for each in keystrokes]
    sieves = [Sieve(chapter_id, each) for each in HARD]
    sieves += [Sieve(chapter_id, typed, **chosen) for typed, chosen in FILTERED]
    hard = {}
    for sieve in sieves:
        told = " ".join([sieve.wanted, sieve.language, sieve.address, sieve.letters]).strip()
        hard[told] = statistics.median([await _timed(sieve) for _ in range(ROUNDS)])
    slowest = sorted(hard, key=lambda each: -hard[each])[:3]
    worst = ", ".join(f"{each} {seconds(hard[each])}" for each in slowest)
    typed = statistics.median(spent)
    return Row(
        figure=f"{figure}, {len(spent):,} keystrokes",
        ours=f"median {seconds(typed)}, p95 {seconds(_p95(spent))}; of {len(hard)} hard ones"
        f" median {seconds(statistics.median(hard.values()))}, slowest {worst}",
        wanted="medians under 50 ms",
        met=max(typed, statistics.median(hard.values())) < LIMIT,
    )


async def _timed(sieve: Sieve) -> float:
    begun = time.perf_counter()
    await finding.search(sieve)
    return time.perf_counter() - begun


def _p95(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95)]


async def _plans(whose: str, chapter_id: int | None) -> list[str]:
    explained = []
    for typed in ("a", "maria", "ana garcia", "fatou smith"):
        with _listening() as asked:
            await finding.search(Sieve(chapter_id, typed))
        for number, (sql, values) in enumerate(asked, 1):
            head = f"== {whose}: {typed}: statement {number} of {len(asked)}"
            explained.append(f"{head}\n{await _plan(sql, values)}")
    return explained


@contextmanager
def _listening() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """Collects the statements of a search."""
    asked: list[tuple[str, tuple[Any, ...]]] = []
    ask = db.rows

    async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
        asked.append((sql, values))
        return await ask(sql, *values)

    db.rows = rows
    try:
        yield asked
    finally:
        db.rows = ask


async def _plan(sql: str, values: tuple[Any, ...]) -> str:
    if db.dialect() == "postgres":
        found = await db.rows(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", *values)
        return "\n".join(str(next(iter(each.values()))) for each in found)
    depths, lines = {0: -1}, []
    for each in await db.rows(f"EXPLAIN QUERY PLAN {sql}", *values):
        depths[each["id"]] = depths.get(each["parent"], -1) + 1
        lines.append("  " * depths[each["id"]] + str(each["detail"]))
    return "\n".join(lines)
