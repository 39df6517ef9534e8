"""The web application: the kernel with identity's table and the routes of every slice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette

from advocacy import clock, db, queue, settings
from advocacy.factors import holding
from advocacy.gate import counting, metering
from advocacy.identity import guarding, sessions, signing_in
from advocacy.mail import posting
from advocacy.members import joining, protecting
from advocacy.members import routes as members_routes
from advocacy.roster.card import routes as card_routes
from advocacy.settings import Settings
from advocacy.web import limits
from advocacy.web.app import Hooks, build
from campaigns import console, wiring
from campaigns.front import asides, cards
from campaigns.mailings import tracking

OPEN_PATHS = ("/u/",)


def create_app(
    given: Settings | None = None, *, worker: bool | None = None, ticking: bool | None = None
) -> Starlette:
    """The application. `worker` and `ticking` say whether the worker and the clock run inside;
    by default they do exactly when the queue is embedded."""
    config = given or settings.current()
    wiring.load_tasks()
    inside = config.is_embedded_queue if worker is None else worker
    ticks = config.is_embedded_queue if ticking is None else ticking

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(config, worker=inside, ticking=ticks) as embedded:
            app.state.worker = embedded
            yield

    hooks = Hooks(
        authenticate=sessions.authenticate,
        guard=guarding.guard,
        session_cookie=guarding.session_cookie(config),
        open_paths=OPEN_PATHS,
    )
    signing_in.recognise_by(joining.recognise)
    sessions.factors_by(holding.holds)
    members_routes.chapter_asides[:] = [asides.beside_chapter]
    members_routes.member_asides[:] = [asides.beside_member]
    card_routes.asides[:] = [cards.beside_card]
    protecting.forgetters[:] = [tracking.forget_clicks]
    app = build(config, wiring.all_routes(), hooks, lifespan)
    app.state.side = console.side
    return app


@asynccontextmanager
async def running(
    config: Settings, *, worker: bool, ticking: bool
) -> AsyncIterator[queue.EmbeddedWorker | None]:
    """Everything a process needs open: database, limits, mail, queue; closed in reverse."""
    async with AsyncExitStack() as stack:
        await db.open_database(config.database_url)
        stack.push_async_callback(db.close_database)
        limits.open_limits(config.redis_url)
        metering.open_meter(config.redis_url)
        stack.push_async_callback(metering.close_meter)
        await stack.enter_async_context(counting.kept())
        await posting.open_posting(config)
        stack.push_async_callback(posting.close_posting)
        embedded = None
        if worker:
            embedded = queue.EmbeddedWorker(config.redis_url)
            stack.push_async_callback(embedded.stop)
        else:
            queue.open_queue(config.redis_url)
            stack.callback(queue.close_queue)
        if ticking:
            await stack.enter_async_context(_ticking())
        yield embedded


@asynccontextmanager
async def _ticking() -> AsyncIterator[None]:
    stop = asyncio.Event()
    running_clock = asyncio.create_task(clock.run(stop))
    try:
        yield
    finally:
        stop.set()
        await running_clock
