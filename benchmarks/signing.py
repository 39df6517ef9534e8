"""Signatures over HTTP on PostgreSQL and Redis with two web processes, through the whole route.

Cross-site check, form, gate (its rates raised out of the way), the transaction, the rings, the
redirect. The limit is the bare transaction of three statements by asyncpg from two processes on the
same database in the same run. PostgreSQL syncs every commit to disk. No worker runs meanwhile;
afterwards the tally is folded and has to equal the rows, and all is replayed and has to add none.
"""

import argparse
import asyncio
import multiprocessing
import time
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import asyncpg
import uvloop

from advocacy import db, moment, settings
from advocacy.gate.models import Rate
from advocacy.mail.addresses import address_hash
from benchmarks import ground, load, machine
from benchmarks.result import Row, rate, seconds, times
from campaigns.actions import recognising, tallying
from campaigns.actions.models import Action
from tests import factories, servers

SIGNATURES = 6_000
PROCESSES = 2
CONNECTIONS = 32
POOL = 10
LEAST = 500
# A stranger's signature makes a person too, and rings for a letter of its own.
LEAST_OF_STRANGERS = 300
PATIENCE = 120.0
KEY = "a key for benchmarks that is long enough to be one"

PERSON = "SELECT id, given_name, family_name, country_code FROM advocacy_person WHERE id = $1"
PAGE = """SELECT p.id, e.campaign_id, e.chapter_id, c.state FROM campaigns_action_page p
  JOIN campaigns_edition e ON e.id = p.edition_id
  JOIN campaigns_campaign c ON c.id = e.campaign_id WHERE p.slug = $1"""
INSERT = """INSERT INTO campaigns_action (page_id, campaign_id, chapter_id, person_id, kind, state,
  display_name, country_code, language, created_at, confirmed_at)
  VALUES ($1, $2, $3, $4, 'signature', 'confirmed', $5, $6, 'en', $7, $7)
  ON CONFLICT (page_id, person_id) DO NOTHING"""


@dataclass(frozen=True)
class World:
    """What was made for the run: the page people sign, one for the bare run, the persons."""

    page: factories.Petition
    bare: factories.Petition
    persons: list[int]


def main(args: argparse.Namespace) -> list[Row]:
    """Known persons sign with one press, then strangers; the bare transaction between them."""
    number = SIGNATURES // 10 if args.quick else SIGNATURES
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
        world = asyncio.run(_prepare(url, number))
        port = servers.free_port()
        words = ("web", "--port", str(port), "--workers", str(PROCESSES))
        with ground.ours(*words, environ=environ, port=port) as pid:
            return _measured(url, port, pid, world, number)


def _measured(url: str, port: int, pid: int, world: World, number: int) -> list[Row]:
    known = _known(port, world)
    strangers = _strangers(port, world, number)
    _drive(port, _strangers(port, world, 200, "warm"))
    limit = number / _bare(url, world)
    with machine.watched(pid) as cost:
        first = _drive(port, known)
    counted = uvloop.run(_counts(url, world))
    with machine.watched(pid) as more:
        unknown = _drive(port, strangers)
    _drive(port, known[: number // 4] + strangers[: number // 4])
    after = uvloop.run(_counts(url, world))
    return [
        _row("known persons, one press", first, cost.cpu, number, limit, LEAST),
        _row("strangers, new person each", unknown, more.cpu, number, limit, LEAST_OF_STRANGERS),
        _truth("confirmed rows after the answers", counted[0], number),
        _truth("tally after folding", counted[1], number),
        _truth("rows added by signing again", after[2] - 2 * number - 200, 0),
    ]


def _row(
    figure: str, outcome: load.Outcome, cpu: float, number: int, limit: float, least: int
) -> Row:
    taken = outcome.statuses[303]
    speed = taken / outcome.elapsed
    waits = f"p50 {seconds(outcome.percentile(0.5))}, p99 {seconds(outcome.percentile(0.99))}"
    spent = f"{cpu / number * 1000:.1f} ms of CPU each"
    return Row(
        figure=f"{figure} ({CONNECTIONS} connections)",
        ours=f"{rate(taken, outcome.elapsed, 'signatures')}, {spent}, {waits}",
        limit=f"{limit:,.0f}/s bare transactions of three statements",
        ratio=times(speed, limit),
        wanted=f"at least {least}/s, every one answered 303",
        met=speed >= least and taken == number,
    )


def _truth(figure: str, found: int, wanted: int) -> Row:
    return Row(figure=figure, ours=f"{found:,}", wanted=f"{wanted:,}", met=found == wanted)


def _drive(port: int, requests: list[bytes]) -> load.Outcome:
    return uvloop.run(load.drive(port, requests, connections=CONNECTIONS, patience=PATIENCE))


def _known(port: int, world: World) -> list[bytes]:
    return [
        load.post(
            port,
            world.page.path,
            {"p": recognising.token_for(person), "is_named": "y"},
            origin=_origin(number),
        )
        for number, person in enumerate(world.persons)
    ]


def _strangers(port: int, world: World, number: int, name: str = "stranger") -> list[bytes]:
    stamped = factories.stamped(given_name="Rosa", family_name="Diaz", country="Mexico")
    return [
        load.post(
            port,
            world.page.path,
            {
                **stamped,
                "email": f"{name}{each}@example.org",
            },
            origin=_origin(each),
        )
        for each in range(number)
    ]


def _origin(number: int) -> str:
    return f"198.{18 + number % 2}.{number // 250 % 250}.{number % 250}"


async def _prepare(url: str, number: int) -> World:
    await db.open_database(url)
    try:
        home = await factories.chapter("bench")
        page = await factories.campaign_with_page(home, slug="signed")
        bare = await factories.campaign_with_page(home, slug="bare")
        now = moment.now()
        for name in ("address", "network", "domain", "chapter"):
            wide = {"burst": "90000/minute", "sustained": "900000/hour", "changed_at": now}
            await Rate.create(name=name, **wide)
        await db.execute_many(
            "INSERT INTO advocacy_person (email, canonical, address_hash, given_name, family_name,"
            " language, country_code, created_at, confirmed_at)"
            " VALUES ($1, $1, $2, 'Amina', 'Okello', 'en', 'KE', $3, $3)",
            [(mail, address_hash(mail, KEY), now) for mail in _addresses(number)],
        )
        rows = await db.rows("SELECT id FROM advocacy_person ORDER BY id")
        await db.execute("ANALYZE")
        return World(page, bare, [int(each["id"]) for each in rows])
    finally:
        await db.close_database()


def _addresses(number: int) -> list[str]:
    return [f"member{each}@example.org" for each in range(number)]


async def _counts(url: str, world: World) -> tuple[int, int, int]:
    """Confirmed rows of the page, its tally after folding, and all its rows."""
    await db.open_database(url)
    try:
        page_id = world.page.page.id
        await tallying.fold(page_id)
        tally = await db.value(
            "SELECT COALESCE(SUM(count), 0) FROM campaigns_tally WHERE page_id = $1", page_id
        )
        rows = Action.filter(page_id=page_id)
        return await rows.filter(state="confirmed").count(), int(tally), await rows.count()
    finally:
        await db.close_database()


def _bare(url: str, world: World) -> float:
    """Seconds for the same signatures by nothing but SQL, from as many processes as ours."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        parts = [world.persons[each::PROCESSES] for each in range(PROCESSES)]
        return max(pool.map(_sign_bare, [(url, world.bare.page.slug, part) for part in parts]))


def _sign_bare(task: tuple[str, str, list[int]]) -> float:
    return uvloop.run(_sign_all(*task))


async def _sign_all(url: str, slug: str, persons: list[int]) -> float:
    pool = await asyncpg.create_pool(url, min_size=POOL, max_size=POOL)
    waiting = iter(persons)
    begun = time.perf_counter()

    async def connection() -> None:
        async with pool.acquire() as here:
            for person_id in waiting:
                async with here.transaction():
                    person = await here.fetchrow(PERSON, person_id)
                    page = await here.fetchrow(PAGE, slug)
                    await here.execute(
                        INSERT,
                        page["id"],
                        page["campaign_id"],
                        page["chapter_id"],
                        person_id,
                        person["given_name"],
                        person["country_code"],
                        moment.now(),
                    )

    await asyncio.gather(*(connection() for _ in range(POOL)))
    elapsed = time.perf_counter() - begun
    await pool.close()
    return elapsed
