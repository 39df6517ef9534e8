"""Sign-ups at 300 a second over HTTP on PostgreSQL and Redis with two web processes.

Through the whole route: cross-site check, form, gate with all its rates counted, the statement that
keeps the wish, the ring, the redirect; its page comes by another request. Requests are offered at
their own moments, answered or not, and latencies count from then. The chapter's rate is raised as
staff would before such a rush; addresses of origin and mail domains vary as people's do. The limit
is the bare INSERT by asyncpg from two processes on the same database in the same run. PostgreSQL
syncs every commit to disk. No worker runs meanwhile.
"""

import argparse
import asyncio
import multiprocessing
import time
from tempfile import TemporaryDirectory

import asyncpg
import uvloop

from advocacy import db, moment, settings
from advocacy.gate.models import Rate
from advocacy.members.models import SignUp
from benchmarks import ground, load, machine
from benchmarks.result import Row, rate, seconds, times
from tests import factories, servers

OFFERED = 300
DURATION = 30
WARM = 300
PROCESSES = 2
CONNECTIONS = 64
POOL = 10
LONGEST = 0.060
KEY = "a key for benchmarks that is long enough to be one"
DOMAINS = 500

INSERT = """INSERT INTO advocacy_sign_up (chapter_id, email, canonical, given_name, language,
  wants_letters, created_at, letter_due_at) VALUES ($1, $2, $2, 'Rosa', 'en', FALSE, $3, $3)"""


def main(args: argparse.Namespace) -> list[Row]:
    """Sign-ups as they are offered, then as many as the same processes can take."""
    number = OFFERED * DURATION // (10 if args.quick else 1)
    with ground.postgres() as url, ground.redis() as queue, TemporaryDirectory() as folder:
        environ = {
            "DATABASE_URL": url,
            "REDIS_URL": queue,
            "SMTP_URL": "",
            "VAR": folder,
            "SECRET_KEY": KEY,
            "TRUSTED_PROXIES": "127.0.0.1",
            "LOG_LEVEL": "error",
        }
        settings.use(settings.load(environ))
        chapter_id = asyncio.run(_prepare(url))
        port = servers.free_port()
        words = ("web", "--port", str(port), "--workers", str(PROCESSES))
        with ground.ours(*words, environ=environ, port=port) as pid:
            return _measured(url, port, pid, chapter_id, number)


def _measured(url: str, port: int, pid: int, chapter_id: int, number: int) -> list[Row]:
    uvloop.run(load.drive(port, _forms(port, WARM, "warm"), connections=8, patience=60))
    forms = _forms(port, number, "offered")
    with machine.watched(pid) as cost:
        offered = uvloop.run(load.offer(port, forms, rate=OFFERED, connections=CONNECTIONS))
    kept = asyncio.run(_kept(url))
    limit = number / _bare(url, chapter_id, number)
    forms = _forms(port, number // 2, "most")
    most = uvloop.run(load.drive(port, forms, connections=32, patience=120))
    p99 = offered.percentile(0.99)
    waits = f"p50 {seconds(offered.percentile(0.5))}, p99 {seconds(p99)}"
    spent = f"{cost.cpu / number * 1000:.1f} ms of CPU each"
    speed = most.statuses[303] / most.elapsed
    return [
        Row(
            figure=f"sign-up form, {OFFERED}/s offered for {number // OFFERED} s",
            ours=f"{rate(offered.statuses[303], offered.elapsed, 'sign-ups')}, {spent}, {waits}",
            limit=f"{limit:,.0f}/s bare inserts, each its own transaction",
            ratio=times(offered.statuses[303] / offered.elapsed, limit),
            wanted=f"p99 under {seconds(LONGEST)}, every one answered 303",
            met=p99 < LONGEST and offered.statuses[303] == number,
        ),
        Row(
            figure="rows after the answers",
            ours=f"{kept:,}",
            wanted=f"{number + WARM:,}",
            met=kept == number + WARM,
        ),
        Row(
            figure="as many as go (32 connections)",
            ours=f"{rate(most.statuses[303], most.elapsed, 'sign-ups')},"
            f" p50 {seconds(most.percentile(0.5))}, p99 {seconds(most.percentile(0.99))}",
            limit=f"{limit:,.0f}/s bare inserts, each its own transaction",
            ratio=times(speed, limit),
        ),
    ]


def _forms(port: int, number: int, name: str) -> list[bytes]:
    stamped = factories.stamped(given_name="Rosa", family_name="Diaz", language="en", letters="y")
    return [
        load.post(
            port,
            "/chapters/bench/join",
            {**stamped, "email": f"{name}{each}@people{each % DOMAINS}.example"},
            origin=f"{20 + each % 90}.{each // 250 % 250}.{each // 90 % 250}.{each % 250}",
        )
        for each in range(number)
    ]


async def _prepare(url: str) -> int:
    await db.open_database(url)
    try:
        home = await factories.chapter("bench")
        wide = {"burst": "30000/minute", "sustained": "900000/hour", "changed_at": moment.now()}
        await Rate.create(name="chapter", **wide)
        return home.id
    finally:
        await db.close_database()


async def _kept(url: str) -> int:
    await db.open_database(url)
    try:
        return await SignUp.all().count()
    finally:
        await db.close_database()


def _bare(url: str, chapter_id: int, number: int) -> float:
    """Seconds for as many sign-ups by nothing but SQL, from as many processes as ours."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        tasks = [(url, chapter_id, part, number) for part in range(PROCESSES)]
        return max(pool.map(_join_bare, tasks))


def _join_bare(task: tuple[str, int, int, int]) -> float:
    return uvloop.run(_join_all(*task))


async def _join_all(url: str, chapter_id: int, part: int, number: int) -> float:
    pool = await asyncpg.create_pool(url, min_size=POOL, max_size=POOL)
    waiting = iter(range(part, number, PROCESSES))
    begun = time.perf_counter()

    async def connection() -> None:
        async with pool.acquire() as here:
            for each in waiting:
                email, now = f"bare{each}@example.org", moment.now()
                await here.execute(INSERT, chapter_id, email, now)

    await asyncio.gather(*(connection() for _ in range(POOL)))
    elapsed = time.perf_counter() - begun
    await pool.close()
    return elapsed
