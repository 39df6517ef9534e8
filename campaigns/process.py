"""The processes of the house: everything in one, or web, worker, clock and inbound apart."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from tortoise.exceptions import DBConnectionError

from advocacy import clock, db, queue, schema, settings
from advocacy.audit.recording import COMMAND_LINE
from advocacy.chapters.founding import found_headquarters
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Misconfigured, NotFound
from advocacy.factors import resetting
from advocacy.identity import granting, signing_in
from advocacy.identity.models import User
from advocacy.mail import addresses, inbound, posting
from advocacy.openid import arriving
from advocacy.web.observing import configure_logging
from campaigns import minder, wiring
from campaigns.mailings import tracking

Say = Callable[[str], Any]
PATIENCE = 180
# Objects made before the collector looks: a form makes some thousands, and none in circles.
COLLECT = (20_000, 20, 50)
# Seconds after which a busy loop lets the thread go on that rings for everybody who waits.
SWITCH = 0.0005
log = structlog.get_logger("advocacy.process")


async def migrate(say: Say) -> None:
    """Migrates both packages and founds headquarters."""
    config = settings.current()
    wiring.load_tasks()
    await schema.migrate(config.database_url, say)
    await db.open_database(config.database_url)
    try:
        await found_headquarters(config)
    finally:
        await db.close_database()


async def release(say: Say) -> None:
    """Migrates; under honcho, which ends everything when one process ends, stays until told."""
    await migrate(say)
    if os.environ.get("HONCHO_PROCESS_NAME"):
        await _stop_signal().wait()


async def _migrated() -> None:
    """Waits up to three minutes for the release to bring the database up to date."""
    config = settings.current()
    lacking = ["everything"]
    for _second in range(PATIENCE):
        with contextlib.suppress(OSError, DBConnectionError):
            lacking = await schema.pending(config.database_url)
            if not lacking:
                return
        log.info("waiting for the release", lacking=lacking)
        await asyncio.sleep(1)
    raise Misconfigured(f"The database lacks {', '.join(lacking)}: run `advocacy migrate`")


async def with_database(work: Callable[[], Awaitable[Any]], *, mail: bool = False) -> Any:
    """Runs `work` on a migrated, open database. Rings reach a shared queue; the embedded one
    belongs to the web process, whose sweeps find the rows."""
    config = settings.current()
    await migrate(lambda _line: None)
    async with AsyncExitStack() as stack:
        await db.open_database(config.database_url)
        stack.push_async_callback(db.close_database)
        if config.redis_url:
            queue.open_queue(config.redis_url)
            stack.callback(queue.close_queue)
        if mail:
            await posting.open_posting(config)
            stack.push_async_callback(posting.close_posting)
        return await work()


def web_app() -> Starlette:
    """The application of one web process, which begins with nothing of the one that started it.

    What was made until now stays for good: the collector need not look at it again and again.
    """
    from campaigns.app import create_app

    config = settings.current()
    configure_logging(config.log_level, as_json=config.is_production)
    app = create_app(config)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    sys.setswitchinterval(SWITCH)
    return app


def serve(port: int, *, workers: int = 1) -> None:
    """The web process: uvicorn with uvloop and httptools; `workers` processes share the port."""
    config = settings.current()
    configure_logging(config.log_level, as_json=config.is_production)
    asyncio.run(_migrated())
    uvicorn.run(
        "campaigns.process:web_app",
        factory=True,
        host=config.host,
        port=port,
        workers=workers if workers > 1 else None,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        # On a busy machine a process needs longer than the usual 5 s before it answers at all.
        timeout_worker_healthcheck=60,
    )


def run_everything(port: int, console: Console) -> None:
    """Migrates, loads the demo on the first start, says where everything is, and serves."""
    from campaigns.demo import loading, welcome

    _check_port(settings.current().host, port)

    async def prepare() -> None:
        await with_database(lambda: loading.load_once(console))
        await with_database(lambda: welcome.show(console, settings.current()))

    asyncio.run(prepare())
    os.environ.setdefault("LOG_LEVEL", "warning")
    settings.use(None)
    serve(port)


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise Conflict(
                f"Port {port} is taken. Run with another one: make run PORT={port + 1}"
            ) from taken


def work(processes: int, threads: int) -> None:
    """The worker process: dramatiq's own command, minded so that a signal lets it finish."""
    asyncio.run(_migrated())
    arguments = [sys.executable, minder.__file__, sys.executable, "-m", "dramatiq"]
    arguments += ["campaigns.worker:broker", "-p", str(processes), "-t", str(threads)]
    os.execv(sys.executable, arguments)  # noqa: S606


async def tick_for_ever() -> None:
    """The clock process; ends after SIGTERM when the job under way is done."""
    async with _apart() as stop:
        await clock.run(stop)


async def receive_for_ever() -> None:
    """The inbound process: bounces come in by SMTP and mark their deliveries."""
    async with _apart() as stop:
        await inbound.serve(settings.current(), tracking.take_inbound, stop)


@asynccontextmanager
async def _apart() -> AsyncIterator[asyncio.Event]:
    """A process of its own, with database and queue open; the event is set by SIGTERM."""
    config = settings.current()
    configure_logging(config.log_level, as_json=config.is_production)
    wiring.load_tasks()
    stop = _stop_signal()
    await _migrated()
    await db.open_database(config.database_url)
    queue.open_queue(config.redis_url)
    try:
        yield stop
    finally:
        queue.close_queue()
        await db.close_database()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def link_for(email: str) -> str:
    """A fresh sign-in address. Raises NotFound for an address without a user."""
    user = await signing_in.user_of(addresses.canonical(email))
    if user is None:
        raise NotFound(f"There is no user {email}; grant a role first")
    link = await signing_in.issue(user)
    return settings.current().base_url + signing_in.path_of(link)


async def reset_sign_in(email: str) -> int:
    """Takes all but the e-mailed link from a user; returns how many factors and accounts went.

    Raises NotFound for an address without a user.
    """
    user = await User.get_or_none(canonical=addresses.canonical(email))
    if user is None:
        raise NotFound(f"There is no user {email}")
    async with db.transaction():
        gone = await resetting.reset(user.id, COMMAND_LINE)
        return gone + await arriving.unlink(user.id, COMMAND_LINE)


async def give(email: str, role: str, *, chapter: str, region: str, name: str) -> None:
    """Gives a role. Raises NotFound for an unknown chapter."""
    place = await Chapter.get_or_none(slug=chapter) if chapter else None
    if chapter and place is None:
        raise NotFound(f"There is no chapter {chapter}")
    user = await granting.enrol(email, addresses.canonical(email), name=name)
    await granting.grant(user, role, chapter=place, region=region, actor=COMMAND_LINE)
