"""The stage: every test that touches rows runs on the embedded default and on the servers.

`mode` is "embedded" (SQLite, in-process queue, letters in a folder) or "server" (PostgreSQL,
Redis, SMTP). What a machine lacks is said in one line at the end; with CI set it is a failure.
"""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import redis
from asgi_lifespan import LifespanManager

from advocacy import db, queue, schema, settings
from advocacy.chapters.founding import found_headquarters
from advocacy.settings import Settings
from advocacy.web import limits
from advocacy.web.observing import configure_logging
from campaigns import wiring
from tests import servers
from tests.postbox import Postbox, SmtpSink

MISSING: list[str] = []
configure_logging("error", as_json=False)


@dataclass(frozen=True)
class Ground:
    """The addresses of one mode's parts, and its migrated template database."""

    mode: str
    template: str
    redis_url: str
    smtp: SmtpSink | None


def _sqlite_ground(folder: Path) -> Ground:
    template = folder / "template.db"
    asyncio.run(schema.migrate(f"sqlite://{template}"))
    return Ground("embedded", str(template), "", None)


def _server_ground() -> Iterator[Ground]:
    postgres = servers.start_postgres()
    redis_server = servers.start_redis()
    lacking = [each for each in (postgres, redis_server) if isinstance(each, servers.Missing)]
    if lacking:
        MISSING.extend(each.reason for each in lacking)
        pytest.skip("; ".join(each.reason for each in lacking))
    name = f"template_{uuid.uuid4().hex}"
    asyncio.run(_pg(postgres.url, f"CREATE DATABASE {name}"))
    asyncio.run(schema.migrate(_named(postgres.url, name)))
    sink = SmtpSink.start()
    try:
        yield Ground("server", _named(postgres.url, name), redis_server.url, sink)
    finally:
        sink.stop()
        redis_server.stop()
        postgres.stop()


def _named(url: str, name: str) -> str:
    return url.rsplit("/", 1)[0] + "/" + name


async def _pg(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="session", params=["embedded", "server"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """One mode's servers, started once."""
    if request.param == "embedded":
        folder = Path(tempfile.mkdtemp(prefix="advocacy-tests-"))
        yield _sqlite_ground(folder)
        shutil.rmtree(folder, ignore_errors=True)
    else:
        yield from _server_ground()


@pytest.fixture
def mode(ground: Ground) -> str:
    """`embedded` or `server`."""
    return ground.mode


@pytest.fixture
def config(ground: Ground, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh, migrated, empty database; current for the length of the test."""
    name = f"t_{uuid.uuid4().hex}"
    if ground.mode == "embedded":
        shutil.copy(ground.template, tmp_path / "advocacy.db")
        url = f"sqlite://{tmp_path / 'advocacy.db'}"
    else:
        source = ground.template.rsplit("/", 1)[1]
        asyncio.run(
            _pg(_named(ground.template, "postgres"), f"CREATE DATABASE {name} TEMPLATE {source}")
        )
        url = _named(ground.template, name)
        redis.Redis.from_url(ground.redis_url).flushall()
    if ground.smtp is not None:
        ground.smtp.clear()
    made = settings.load(
        {
            "VAR": str(tmp_path),
            "DATABASE_URL": url,
            "REDIS_URL": ground.redis_url,
            "SMTP_URL": ground.smtp.url if ground.smtp else "",
            "BASE_URL": "http://testserver",
            "SECRET_KEY": "a key for tests that is long enough to be one",
            "BOUNCE_DOMAIN": "bounces.example.org",
        }
    )
    settings.use(made)
    yield made
    settings.use(None)
    if ground.mode == "server":
        asyncio.run(
            _pg(_named(ground.template, "postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        )


@pytest.fixture
async def database(config: Settings) -> AsyncIterator[Settings]:
    """An open database with headquarters in it, for tests of verbs without HTTP or queue."""
    await db.open_database(config.database_url)
    try:
        await found_headquarters(config)
        yield config
    finally:
        await db.close_database()


@pytest.fixture
async def worker(database: Settings) -> AsyncIterator[queue.EmbeddedWorker]:
    """The database, the mail transport and a worker on the test's loop; `await worker.idle()`."""
    from advocacy.mail import posting

    wiring.load_tasks()
    await posting.open_posting(database)
    inside = queue.EmbeddedWorker(database.redis_url)
    try:
        yield inside
    finally:
        await inside.stop()
        await posting.close_posting()


@dataclass
class Site:
    """The running application as a browser reaches it, its worker and its postbox."""

    app: Any
    config: Settings
    post: Postbox
    http: httpx2.AsyncClient

    def browser(self) -> httpx2.AsyncClient:
        """Another browser with cookies of its own, sending what modern ones send."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app, client=("127.0.0.1", 40000)),
            base_url="http://testserver",
            headers={"sec-fetch-site": "same-origin", "accept": "text/html"},
            follow_redirects=True,
        )

    async def idle(self) -> None:
        """Waits until the queue is empty."""
        await self.app.app.state.worker.idle()


@pytest.fixture
async def site(config: Settings, ground: Ground) -> AsyncIterator[Site]:
    """The whole application over HTTP with a worker inside; the clock ticks when the test says."""
    from campaigns.app import create_app

    app = create_app(config, worker=True, ticking=False)
    async with LifespanManager(app, startup_timeout=30, shutdown_timeout=30) as manager:
        await found_headquarters(config)
        manager.app.app = app
        made = Site(manager.app, config, Postbox(config, ground.smtp), None)  # type: ignore[arg-type]
        made.http = made.browser()
        async with made.http:
            yield made


@pytest.fixture(autouse=True)
def _no_limits_left() -> Iterator[None]:
    limits._limiter = None
    yield


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says in one line what this machine lacked."""
    if MISSING:
        terminalreporter.write_line(
            f"NOT TESTED, not found here: {'; '.join(sorted(set(MISSING)))}"
        )


def pytest_testnodedown(node: Any, error: object) -> None:
    """A process that ran a part of the tests tells what it lacked."""
    MISSING.extend(getattr(node, "workeroutput", {}).get("missing", []))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be missing."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["missing"] = MISSING
    if MISSING and os.environ.get("CI"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
