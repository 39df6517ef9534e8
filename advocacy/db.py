"""The database: opening and closing, one transaction a request or task, raw SQL for both engines.

SQL is written once with `$1` placeholders; SQLite gets them as `?1`.
"""

import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, cast

import asyncpg  # type: ignore[import-untyped]
from asyncpg.connection import Connection  # type: ignore[import-untyped]
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.backends.sqlite import client as sqlite_client
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

Dialect = Literal["sqlite", "postgres"]
Hook = Callable[[], Awaitable[None]]
MODELS: dict[str, dict[str, Any]] = {
    "advocacy": {
        "models": [
            "advocacy.clock",
            "advocacy.chapters.models",
            "advocacy.audit.models",
            "advocacy.gate.models",
            "advocacy.identity.models",
            "advocacy.factors.models",
            "advocacy.openid.models",
            "advocacy.team.models",
            "advocacy.members.models",
            "advocacy.roster.models",
            "advocacy.segments.models",
            "advocacy.duplicates.models",
            "advocacy.rights.models",
            "advocacy.rolls.models",
        ],
        "default_connection": "default",
        "migrations": "advocacy.migrations",
    }
}
log = logging.getLogger("advocacy.db")
_hooks: ContextVar[list[Hook] | None] = ContextVar("after_commit_hooks", default=None)
_last: ContextVar[list[Hook] | None] = ContextVar("before_commit_hooks", default=None)
_PLACEHOLDER = re.compile(r"\$(\d+)")


async def _begin_immediate(self: Any) -> None:
    # SQLite's plain BEGIN takes its write lock late: two processes that read, then write, fail
    # with "database is locked" whatever the timeout. Taking the lock at once makes them wait.
    await self._connection.execute("BEGIN IMMEDIATE")


sqlite_client.SqliteTransactionWrapper.begin = _begin_immediate  # type: ignore[method-assign]


@sqlite_client.translate_exceptions
async def _counted_query(
    self: Any, query: str, values: list[Any] | None = None
) -> tuple[int, Sequence[Any]]:
    # The ORM takes for touched rows whatever changed meanwhile, so that a row with a trigger would
    # count twice: "one of us won" could not be told from "nobody did".
    def run(raw: Any) -> tuple[int, Sequence[Any]]:
        cursor = raw.execute(query.replace("\x00", "'||CHAR(0)||'"), values or [])
        found = cursor.fetchall()
        return len(found) or max(cursor.rowcount, 0), found

    async with self.acquire_connection() as here:
        return cast("tuple[int, Sequence[Any]]", await here._execute(run, here._conn))


sqlite_client.SqliteClient.execute_query = _counted_query  # type: ignore[method-assign]


class _Pooled(Connection):  # type: ignore[misc]
    """A connection that goes back to its pool without the round trip that resets its session.

    Nothing of ours leaves anything there to reset: no LISTEN, no SET, no session locks. A
    transaction left open is still ended.
    """

    def get_reset_query(self) -> str:
        """Nothing."""
        return ""


async def _settle(raw: Any) -> None:
    # Compiling a query to machine code takes a second, and none of ours runs as long.
    await raw.execute("SET jit = off")


async def _create_pool(self: Any, **options: Any) -> Any:
    return await asyncpg.create_pool(None, init=_settle, **options)


AsyncpgDBClient.connection_class = _Pooled
AsyncpgDBClient.create_pool = _create_pool  # type: ignore[method-assign]


def config(url: str, **parameters: str) -> dict[str, Any]:
    """The ORM's configuration for a database address, with our pool sizes and pragmas."""
    if url.startswith("sqlite"):
        defaults = {
            "journal_mode": "WAL",
            "synchronous": "NORMAL",
            "busy_timeout": "10000",
            "cache_size": "-64000",
        }
    else:
        defaults = {"minsize": "1", "maxsize": "10"}
    wanted = {**defaults, **parameters}
    query = "&".join(f"{key}={text}" for key, text in wanted.items() if f"{key}=" not in url)
    address = f"{url}{'&' if '?' in url else '?'}{query}"
    return {
        "connections": {"default": address},
        "use_tz": True,
        "timezone": "UTC",
        "apps": MODELS,
    }


async def open_database(url: str) -> None:
    """Connects this process. Raises ConfigurationError when it is connected already."""
    # The ORM keeps its SQL by table only: what SQLite was told would be told to PostgreSQL.
    EXECUTOR_CACHE.clear()
    await Tortoise.init(config=config(url), _enable_global_fallback=True)


async def close_database() -> None:
    """Closes all connections; without it SQLite's thread keeps the process alive."""
    await Tortoise.close_connections()
    # The ORM keeps prepared statements by table, also those written for the other engine.
    EXECUTOR_CACHE.clear()


def dialect() -> Dialect:
    """Which engine this process talks to."""
    name = connection().capabilities.dialect
    return "sqlite" if name == "sqlite" else "postgres"


def connection() -> Any:
    """The current connection: inside `transaction()` the transaction's own."""
    return get_connections().get("default")


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """One transaction; hooks given to `on_commit` run after it is durable, never on a rollback.

    Those given to `before_commit` are its last writes. A hook that fails after the commit is
    logged: what is committed stays so, and the others still run. Nested use joins the outer
    transaction. Nothing spawned inside may outlive the block.
    """
    if _hooks.get() is not None:
        yield
        return
    hooks: list[Hook] = []
    last: list[Hook] = []
    tokens = _hooks.set(hooks), _last.set(last)
    try:
        async with in_transaction():
            yield
            for hook in last:
                await hook()
    finally:
        _hooks.reset(tokens[0])
        _last.reset(tokens[1])
    for hook in hooks:
        try:
            await hook()
        except Exception:
            log.exception("failed after the commit")


async def on_commit(hook: Hook) -> None:
    """Runs `hook` after the current transaction commits, or now when there is none."""
    hooks = _hooks.get()
    if hooks is None:
        await hook()
    else:
        hooks.append(hook)


async def before_commit(hook: Hook) -> None:
    """Runs `hook` as the last write of the current transaction: for what everybody else waits
    for, so that it is held as briefly as can be. Raises RuntimeError where there is none."""
    hooks = _last.get()
    if hooks is None:
        raise RuntimeError("There is no transaction")
    hooks.append(hook)


@lru_cache(maxsize=2000)
def _for_sqlite(sql: str) -> str:
    return _PLACEHOLDER.sub(r"?\1", sql)


def _bound(parameters: Sequence[Any]) -> list[Any]:
    return [
        p.isoformat(" ") if isinstance(p, datetime) else p.isoformat() if isinstance(p, date) else p
        for p in parameters
    ]


async def rows(sql: str, *parameters: Any) -> list[dict[str, Any]]:
    """Runs a query (also UPDATE … RETURNING) and returns its rows as dictionaries."""
    here = connection()
    if dialect() == "sqlite":
        found = await here.execute_query_dict(_for_sqlite(sql), _bound(parameters))
    else:
        found = await here.execute_query_dict(sql, list(parameters))
    return cast("list[dict[str, Any]]", found)


async def row(sql: str, *parameters: Any) -> Mapping[str, Any] | None:
    """The first row of a query, or None."""
    found = await rows(sql, *parameters)
    return found[0] if found else None


async def value(sql: str, *parameters: Any) -> Any:
    """The first column of the first row, or None."""
    first = await row(sql, *parameters)
    return next(iter(first.values())) if first else None


async def execute(sql: str, *parameters: Any) -> int:
    """Runs a statement and returns how many rows it touched, on both engines."""
    here = connection()
    if dialect() == "sqlite":
        count, _ = await here.execute_query(_for_sqlite(sql), _bound(parameters))
        return int(count)
    async with here.acquire_connection() as raw:
        tag = await raw.execute(sql, *parameters)
    last = str(tag).rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


async def execute_many(sql: str, parameters: Sequence[Sequence[Any]]) -> None:
    """Runs one statement for many rows of parameters."""
    here = connection()
    if dialect() == "sqlite":
        async with here.acquire_connection() as raw:
            await raw.executemany(_for_sqlite(sql), [_bound(each) for each in parameters])
        return
    async with here.acquire_connection() as raw:
        await raw.executemany(sql, parameters)


def marks(count: int, start: int = 1) -> str:
    """`$1, $2, $3`: placeholders for a list of values, from `start` on."""
    return ", ".join(f"${n}" for n in range(start, start + count))
