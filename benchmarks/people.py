"""A database full of people, fast: persons, memberships, subscriptions and their search index.

Chapters have real-like sizes: the largest of the 130 holds 6 % of all, half of them under 0.5 %.
One person in twenty belongs to two chapters. The same size gives the same people everywhere.
"""

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import asyncpg

from advocacy import db, moment, settings
from advocacy.chapters.founding import found_headquarters
from advocacy.chapters.importing import import_chapters
from advocacy.chapters.models import Chapter
from advocacy.mail.addresses import address_hash
from advocacy.roster.spelling import tokens_of
from benchmarks import ground
from benchmarks.result import Row
from campaigns.demo import names

SIZES = (133_000, 1_000_000)
SEED = 20261124
CHUNK = 20_000
LATIN = {"en", "fr", "es", "pt", "de", "tr", "sw"}
ONSETS = [
    "b", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "y",
    "z", "br", "dr", "gr", "kr", "st", "tr", "mb", "nd", "ng",
]  # fmt: skip
VOWELS = ["a", "e", "i", "o", "u", "ai", "ou", "ia"]
DOMAINS = ("example.org", "example.com", "example.net", "mail.example.org")
COLUMNS = {
    "person": (
        "id", "email", "canonical", "address_hash", "given_name", "family_name", "language",
        "country_code", "deliverability", "created_at", "confirmed_at",
    ),
    "membership": (
        "person_id", "chapter_id", "state", "member_no", "joined_on", "created_at",
    ),
    "subscription": (
        "person_id", "chapter_id", "purpose", "channel", "granted", "changed_at",
    ),
    "search_token": ("chapter_id", "token", "person_id"),
}  # fmt: skip
INDEXES = {
    "search_token_person": "(person_id, token, chapter_id)",
    "search_token_anywhere": "(token, person_id, chapter_id)",
}
Rows = dict[str, list[tuple[Any, ...]]]


def measured(measure: Callable[..., Coroutine[Any, Any, list[Row]]], *, quick: bool) -> list[Row]:
    """What `measure(engine, url, size, keeps=…)` finds on both engines at both sizes.

    A tenth of them when quick, and then no plans are to be kept.
    """
    rows: list[Row] = []
    for size in SIZES:
        number = size // 10 if quick else size
        for engine, open_ground in (("PostgreSQL", ground.postgres), ("SQLite", ground.sqlite)):
            with open_ground() as url, tempfile.TemporaryDirectory(prefix="bench-") as folder:
                settings.use(settings.load({"VAR": folder, "DATABASE_URL": url}))
                fill(url, number)
                rows += asyncio.run(measure(engine, url, number, keeps=not quick))
    return rows


def fill(url: str, size: int) -> None:
    """Fills a migrated, empty database; on PostgreSQL its statistics are up to date after."""
    chapters = asyncio.run(_chapters(url))
    if url.startswith("sqlite"):
        _fill_sqlite(url.removeprefix("sqlite://"), size, chapters)
    else:
        asyncio.run(_fill_postgres(url, size, chapters))


async def _chapters(url: str) -> list[Chapter]:
    await db.open_database(url)
    try:
        await found_headquarters(settings.current())
        await import_chapters()
        return await Chapter.filter(is_headquarters=False).order_by("slug")
    finally:
        await db.close_database()


def _chunks(size: int, chapters: list[Chapter]) -> Iterator[Rows]:
    """The rows of every table for some thousand persons at a time."""
    made = _people(size, chapters)
    while some := list(islice(made, CHUNK)):
        rows: Rows = {table: [] for table in COLUMNS}
        for person, homes in some:
            _add(rows, person, homes)
        yield rows


def _add(rows: Rows, person: tuple[Any, ...], homes: list[tuple[Chapter, date, bool]]) -> None:
    rows["person"].append(person)
    number, email, given, family, at = person[0], person[1], person[4], person[5], person[9]
    tokens = tokens_of(given, family, email)
    for chapter, joined, granted in homes:
        rows["membership"].append((number, chapter.id, "current", f"N{number}", joined, at))
        rows["subscription"].append((number, chapter.id, "mailings", "email", granted, at))
        rows["search_token"] += [(chapter.id, token, number) for token in tokens]


def _people(
    size: int, chapters: list[Chapter]
) -> Iterator[tuple[tuple[Any, ...], list[tuple[Chapter, date, bool]]]]:
    dice = random.Random(SEED)
    key, now = settings.current().secret_key, moment.now()
    ranked = list(chapters)
    dice.shuffle(ranked)
    weights = [6.0 / (rank + 3) ** 0.8 for rank in range(len(ranked))]
    rare = [_invented(dice) for _ in range(12_000)]
    for start in range(0, size, CHUNK):
        drawn = dice.choices(ranked, weights, k=min(CHUNK, size - start))
        for number, chapter in enumerate(drawn, start + 1):
            homes = [chapter]
            if number % 20 == 0 and (other := dice.choice(ranked)) is not chapter:
                homes.append(other)
            dated = [(home, _day(now, dice), dice.random() < 0.9) for home in homes]
            yield _person(number, chapter, dice, rare, key, now), dated


def _person(
    number: int, chapter: Chapter, dice: random.Random, rare: list[str], key: str, now: datetime
) -> tuple[Any, ...]:
    language = chapter.language_codes[0] if dice.random() < 0.8 else dice.choice(("en", "fr", "es"))
    given, family = (dice.choice(each) for each in _names(language))
    if language.split("-")[0] in LATIN:
        given = given if dice.random() < 0.5 else rare[int(3000 * dice.random() ** 2)]
        family = family if dice.random() < 0.3 else rare[int(len(rare) * dice.random() ** 2)]
    local = f"{given}.{family}".lower() if given.isascii() and family.isascii() else "member"
    email = f"{local}.{number}@{dice.choice(DOMAINS)}"
    at = now - timedelta(minutes=dice.randrange(2_000_000))
    return (
        number, email, email, address_hash(email, key), given, family, language,
        chapter.country_code, "bounced" if dice.random() < 0.015 else "ok", at,
        at if dice.random() < 0.9 else None,
    )  # fmt: skip


_known: dict[str, tuple[list[str], list[str]]] = {}


def _names(language: str) -> tuple[list[str], list[str]]:
    if language not in _known:
        _known[language] = names.of(language)
    return _known[language]


def _invented(dice: random.Random) -> str:
    parts = [dice.choice(ONSETS) + dice.choice(VOWELS) for _ in range(dice.choice((2, 2, 3)))]
    return "".join(parts).capitalize()


def _day(now: datetime, dice: random.Random) -> date:
    return now.date() - timedelta(days=int(3600 * dice.random() ** 1.7))


async def _fill_postgres(url: str, size: int, chapters: list[Chapter]) -> None:
    connection = await asyncpg.connect(url)
    try:
        # Neither foreign keys nor triggers: the rows fit together, and nobody is due.
        await connection.execute("SET session_replication_role = replica")
        for name in INDEXES:
            await connection.execute(f"DROP INDEX {name}")
        constraint = "advocacy_search_token_pkey"
        await connection.execute(f"ALTER TABLE advocacy_search_token DROP CONSTRAINT {constraint}")
        for rows in _chunks(size, chapters):
            for table, columns in COLUMNS.items():
                await connection.copy_records_to_table(
                    f"advocacy_{table}", columns=columns, records=rows[table]
                )
        await connection.execute("SET maintenance_work_mem = '1GB'")
        await connection.execute(
            "ALTER TABLE advocacy_search_token ADD PRIMARY KEY (chapter_id, token, person_id)"
        )
        for name, columns_of in INDEXES.items():
            await connection.execute(f"CREATE INDEX {name} ON advocacy_search_token {columns_of}")
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence('advocacy_person', 'id'), $1)", size
        )
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def _fill_sqlite(path: str, size: int, chapters: list[Chapter]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000",
                       "foreign_keys=OFF", "temp_store=MEMORY"):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")
        for name in INDEXES:
            connection.execute(f"DROP INDEX {name}")
        connection.execute("BEGIN")
        connection.execute("CREATE TEMP TABLE words (chapter_id, token, person_id)")
        for rows in _chunks(size, chapters):
            for table, columns in COLUMNS.items():
                _insert(connection, table, columns, rows[table])
        connection.execute("INSERT INTO advocacy_search_token SELECT * FROM words ORDER BY 1, 2, 3")
        connection.execute("DROP TABLE words")
        for name, columns_of in INDEXES.items():
            connection.execute(f"CREATE INDEX {name} ON advocacy_search_token {columns_of}")
        connection.execute("DELETE FROM advocacy_search_due")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def _insert(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], rows: list[Any]
) -> None:
    target = "words" if table == "search_token" else f"advocacy_{table}"
    places = ", ".join("?" * len(columns))
    texts = [
        tuple(
            each.isoformat(" ")
            if isinstance(each, datetime)
            else each.isoformat()
            if isinstance(each, date)
            else each
            for each in row
        )
        for row in rows
    ]
    connection.executemany(f"INSERT INTO {target} ({', '.join(columns)}) VALUES ({places})", texts)
