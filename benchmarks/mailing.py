"""A mailing to 20,000 through Redis, two worker processes and PostgreSQL to a local smtp-sink.

Every letter is personalised and has signed links, an unsubscribe address and a return path of its
own; the outcome of each is durable in PostgreSQL. The limit is Postfix's smtp-source sending
letters of the same size over as many connections in the same run, which keeps no account of them.
"""

import argparse
import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from advocacy import db, moment, queue, settings
from advocacy.chapters.models import Chapter
from advocacy.mail import addresses
from advocacy.settings import Settings
from benchmarks import ground, machine
from benchmarks.result import Row, rate, seconds
from campaigns import wiring
from campaigns.mailings import addressing, composing, sending
from campaigns.mailings.composing import Text
from campaigns.mailings.models import Mailing
from tests import servers

SIZE = 20_000
PROCESSES = 2
CONNECTIONS = 20
LEAST, AIM = 1_000, 2_500
TEXT = Text(
    subject="{first_name|Friend}, one minute before the vote",
    body=(
        "Dear {first_name|friend},\n\n"
        + "The regulator decides on Friday whether the network may be switched off again. " * 8
        + "\n\n[Read and sign]({link})\n\n"
        + "Last year clinics and banks went dark for eleven days, and nobody had to say why. " * 8
        + "\n\nWith thanks,\n{chapter}"
    ),
)


@dataclass(frozen=True)
class Run:
    """What was measured of one mailing."""

    size: int
    freezing: float
    sending: float
    cpu: float
    peak: int
    letter: int


def main(args: argparse.Namespace) -> list[Row]:
    """20,000 letters, or 2,000 when quick."""
    size = SIZE // 10 if args.quick else SIZE
    with ground.postgres() as url, ground.redis() as redis, ground.sink() as port:
        with _settings(url, redis, port) as config:
            run = asyncio.run(_measured(config, size))
        plain = _smtp_source(port, size, run.letter)
    speed = run.size / run.sending
    return [
        Row(
            figure=f"A mailing to {run.size:,}, {run.letter / 1000:.1f} kB each",
            ours=rate(run.size, run.sending, "messages"),
            limit=f"{rate(size, plain, 'messages')} (smtp-source, {CONNECTIONS} connections)",
            ratio=f"{speed / (size / plain):.2f} x",
            wanted=f"at least {LEAST:,}/s",
            met=speed >= LEAST,
        ),
        Row(
            figure="CPU of the workers per 1,000",
            ours=f"{run.cpu / run.size * 1000:.2f} s",
        ),
        Row(
            figure=f"Highest memory of {PROCESSES} worker processes together",
            ours=f"{run.peak / 2**20:.0f} MB",
        ),
        Row(figure=f"Freezing an audience of {run.size:,}", ours=seconds(run.freezing)),
    ]


@contextmanager
def _settings(url: str, redis: str, port: int) -> Iterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        config = settings.load(
            {
                "VAR": folder,
                "DATABASE_URL": url,
                "REDIS_URL": redis,
                "SMTP_URL": f"smtp://127.0.0.1:{port}?starttls=no",
                "SMTP_CONNECTIONS": str(CONNECTIONS // PROCESSES),
                "BASE_URL": "https://campaigns.example.org",
                "BOUNCE_DOMAIN": "bounces.example.org",
                "SECRET_KEY": "a key for benchmarks that is long enough",
                "LOG_LEVEL": "error",
            }
        )
        settings.use(config)
        try:
            yield config
        finally:
            settings.use(None)


async def _measured(config: Settings, size: int) -> Run:
    wiring.load_tasks()
    await db.open_database(config.database_url)
    queue.open_queue(config.redis_url)
    try:
        small, large = await _chapter("warm", 200), await _chapter("crowd", size)
        words = ("worker", "--processes", str(PROCESSES))
        with ground.ours(*words, environ=_environ(config)) as pid:
            await _sent(await _started(small))
            with machine.watched(pid) as cost:
                mailing = await _draft(large)
                begun = time.perf_counter()
                await sending.start(mailing.id)
                frozen = time.perf_counter()
                await _sent(mailing)
                ended = time.perf_counter()
        letter = await _letter(mailing)
        await _check(mailing, size)
        return Run(size, frozen - begun, ended - frozen, cost.cpu, cost.peak, letter)
    finally:
        queue.close_queue()
        await db.close_database()


def _environ(config: Settings) -> dict[str, str]:
    names = ("var", "database_url", "redis_url", "smtp_url", "base_url", "bounce_domain")
    more = ("secret_key", "log_level", "smtp_connections")
    return {name.upper(): str(getattr(config, name)) for name in (*names, *more)}


async def _chapter(slug: str, size: int) -> Chapter:
    chapter = await Chapter.create(
        slug=slug, name=f"{slug.title()} Chapter", region="Africa", languages="en", timezone="UTC"
    )
    key, now = settings.current().secret_key, moment.now()
    people = [
        (
            f"{slug}{number}@example.org",
            addresses.address_hash(f"{slug}{number}@example.org", key),
            f"Amina {number}",
            now,
        )
        for number in range(size)
    ]
    connection = await asyncpg.connect(settings.current().database_url)
    try:
        await connection.executemany(
            "INSERT INTO advocacy_person (email, canonical, address_hash, given_name, family_name,"
            " language, country_code, created_at, confirmed_at)"
            " VALUES ($1, $1, $2, $3, 'Okello', 'en', 'KE', $4, $4)",
            people,
        )
        await connection.execute(
            "INSERT INTO advocacy_subscription (person_id, chapter_id, granted, changed_at)"
            " SELECT id, $1, TRUE, $2 FROM advocacy_person WHERE email LIKE $3",
            chapter.id,
            now,
            f"{slug}%",
        )
    finally:
        await connection.close()
    return chapter


async def _draft(chapter: Chapter) -> Mailing:
    mailing = await composing.draft(chapter, "Benchmark", {"en": TEXT})
    # As the clock finds it: due, with nobody rung yet.
    await Mailing.filter(id=mailing.id).update(state="scheduled", send_at=moment.now())
    return mailing


async def _started(chapter: Chapter) -> Mailing:
    mailing = await _draft(chapter)
    await sending.start(mailing.id)
    return mailing


async def _sent(mailing: Mailing, *, patience: float = 300.0) -> None:
    deadline = time.monotonic() + patience
    while (await Mailing.get(id=mailing.id)).state != "sent":
        if time.monotonic() > deadline:
            raise RuntimeError("The mailing was not sent in time")
        await asyncio.sleep(0.02)


async def _check(mailing: Mailing, size: int) -> None:
    found = await db.rows(
        "SELECT status, COUNT(*) AS n FROM campaigns_delivery WHERE mailing_id = $1"
        " GROUP BY status",
        mailing.id,
    )
    counts = {each["status"]: int(each["n"]) for each in found}
    if counts != {"sent": size}:
        raise RuntimeError(f"Not everybody got it: {counts}")


async def _letter(mailing: Mailing) -> int:
    edition = await addressing.edition(await Mailing.get(id=mailing.id))
    recipient = addressing.Recipient(1, "amina@example.org", "Amina", "Okello", "en")
    return len(edition.address(recipient).message)


def _smtp_source(port: int, size: int, letter: int) -> float:
    """Seconds that smtp-source takes for as many letters of the same size."""
    program = servers.find_smtp_tool("smtp-source")
    if isinstance(program, servers.Missing):
        raise ground.Lacking(program.reason)
    words: list[str | Path] = [program, "-s", str(CONNECTIONS), "-m", str(size), "-d"]
    words += ["-l", str(letter), "-f", "a@example.org", "-t", "b@example.org"]
    begun = time.perf_counter()
    subprocess.run([*words, f"127.0.0.1:{port}"], check=True, capture_output=True)
    return time.perf_counter() - begun
