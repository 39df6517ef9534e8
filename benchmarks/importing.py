"""Importing 133,000 members, against the database taking the same finished rows and nothing else.

The import reads, hashes and judges a CSV file and writes four tables. The bare measure gets the
rows this made (persons, memberships, consents, subscriptions, as tuples in memory) and puts them
into the same four empty tables with the same indexes, checks and foreign keys: by COPY on
PostgreSQL, by executemany in one transaction on SQLite. Best of the rounds for each.
"""

import argparse
import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from advocacy import db, settings
from advocacy.chapters.founding import found_headquarters
from advocacy.chapters.importing import import_chapters
from advocacy.chapters.models import Chapter
from advocacy.members.importing import import_members
from benchmarks import ground, machine
from benchmarks.result import Row, seconds, times
from tests import rolls

ROWS = 133_000
ROUNDS = 3
MOST = 4.0
MOST_MEMORY = 200 << 20
TABLES = ("person", "membership", "consent", "subscription")


class Content(NamedTuple):
    """The columns and rows of one table."""

    table: str
    columns: list[str]
    rows: list[tuple[Any, ...]]


def main(args: argparse.Namespace) -> list[Row]:
    """Both engines; a tenth of the rows and one round when quick."""
    size, rounds = (ROWS // 10, 1) if args.quick else (ROWS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        with ground.postgres() as url:
            rows = _engine("PostgreSQL", "COPY", url, Path(folder), size, rounds)
        with ground.sqlite() as url:
            rows += _engine("SQLite", "executemany", url, Path(folder), size, rounds)
    return rows


def _engine(name: str, way: str, url: str, folder: Path, size: int, rounds: int) -> list[Row]:
    settings.use(settings.load({"VAR": str(folder), "DATABASE_URL": url}))
    bare = _bare_sqlite if url.startswith("sqlite") else _bare_postgres
    imported, plain, persons = [], [], []
    asyncio.run(_chapters(url))
    for _round in range(rounds):
        bare(url, [])
        duration, contents = asyncio.run(_imported(url, folder, size))
        imported.append(duration)
        parts = bare(url, contents)
        plain.append(sum(parts))
        persons.append(parts[0])
    ours, limit, alone = min(imported), min(plain), min(persons)
    return [
        Row(
            figure=f"{name}: import {size:,} rows",
            ours=seconds(ours),
            limit=f"{seconds(limit)} ({way} of the same rows into the four tables)",
            ratio=times(ours, limit),
            wanted=f"at most {MOST:g} x",
            met=ours <= MOST * limit,
        ),
        Row(
            figure=f"{name}: the same import, beside its persons alone",
            ours=seconds(ours),
            limit=f"{seconds(alone)} ({way} of the persons, one table)",
            ratio=times(ours, alone),
        ),
        _memory(name, url, folder),
    ]


def _memory(name: str, url: str, folder: Path) -> Row:
    """The highest memory of the command that imports the same file into emptied tables."""
    bare = _bare_sqlite if url.startswith("sqlite") else _bare_postgres
    bare(url, [])
    command = [sys.executable, "-m", "campaigns", "import", "members", str(folder / "roll.csv")]
    environment = os.environ | {"VAR": str(folder), "DATABASE_URL": url, "REDIS_URL": ""}
    done = subprocess.Popen(
        command, cwd=settings.ROOT, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with machine.watched(done.pid) as cost:
        assert done.wait() == 0
    return Row(
        figure=f"{name}: highest memory of the command",
        ours=f"{cost.peak / 2**20:.0f} MB",
        wanted=f"under {MOST_MEMORY >> 20} MB",
        met=cost.peak < MOST_MEMORY,
    )


async def _chapters(url: str) -> None:
    await db.open_database(url)
    try:
        await found_headquarters(settings.current())
        await import_chapters()
    finally:
        await db.close_database()


async def _imported(url: str, folder: Path, size: int) -> tuple[float, list[Content]]:
    """Seconds for an import into the empty tables, and what they hold then."""
    await db.open_database(url)
    try:
        chapters = await Chapter.filter(is_headquarters=False).order_by("slug")
        roll = rolls.make(size, [chapter.slug for chapter in chapters])
        path = roll.write(folder / "roll.csv")
        begin = time.perf_counter()
        counts = await import_members(path, report_path=folder / "refused.csv")
        duration = time.perf_counter() - begin
        assert counts.new_persons == len(roll.accepted)
        return duration, [await _content(table) for table in TABLES]
    finally:
        await db.close_database()


async def _content(table: str) -> Content:
    found = await db.rows(f"SELECT * FROM advocacy_{table} ORDER BY id")
    return Content(f"advocacy_{table}", list(found[0]), [tuple(row.values()) for row in found])


def _bare_postgres(url: str, contents: list[Content]) -> list[float]:
    """Empties the tables, then seconds for COPY into each."""

    async def copy() -> list[float]:
        connection = await asyncpg.connect(url)
        try:
            # The ledger is append-only: emptying it takes its guard away for a moment.
            await connection.execute(
                "ALTER TABLE advocacy_consent DISABLE TRIGGER USER;"
                "TRUNCATE advocacy_person, advocacy_roll_import, advocacy_search_due CASCADE;"
                "ALTER TABLE advocacy_consent ENABLE TRIGGER USER"
            )
            spent = []
            for content in contents:
                begin = time.perf_counter()
                await connection.copy_records_to_table(
                    content.table, columns=content.columns, records=content.rows
                )
                spent.append(time.perf_counter() - begin)
            return spent
        finally:
            await connection.close()

    return asyncio.run(copy())


def _bare_sqlite(url: str, contents: list[Content]) -> list[float]:
    """Empties the tables, then seconds for executemany into each, the commits included."""
    connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
    try:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON",
                       "cache_size=-64000"):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for name, _sql in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for table in (*reversed(TABLES), "roll_import", "search_due"):
            connection.execute(f"DELETE FROM advocacy_{table}")
        for _name, sql in guards:
            connection.execute(sql)
        connection.execute("VACUUM")
        spent = []
        for content in contents:
            places = ", ".join("?" * len(content.columns))
            begin = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                f"INSERT INTO {content.table} ({', '.join(content.columns)}) VALUES ({places})",
                content.rows,
            )
            connection.execute("COMMIT")
            spent.append(time.perf_counter() - begin)
        return spent
    finally:
        connection.close()
