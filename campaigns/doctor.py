"""`advocacy doctor`: what is configured, what is reachable, what production still lacks."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import fields

from rich.console import Console
from rich.table import Table

from advocacy import db, queue, settings
from advocacy.mail import posting
from advocacy.openid import provider
from advocacy.settings import Settings, missing_for_production
from campaigns import wiring

SECRET = {"secret_key", "former_secret_keys", "metrics_token", "oidc_client_secret"}


async def examine(console: Console) -> int:
    """Prints three tables; returns 0 when everything configured can be reached, else 1."""
    config = settings.current()
    wiring.load_tasks()
    console.print(_configured(config))
    reachable = await _reachable(config, console)
    lacking = missing_for_production(os.environ)
    if lacking:
        console.print("Missing for production:")
        for each in lacking:
            console.print(f"  - {each}", highlight=False)
    else:
        console.print("Nothing is missing for production.")
    return 0 if reachable else 1


def _configured(config: Settings) -> Table:
    table = Table(title="Configured")
    table.add_column("Variable")
    table.add_column("Value")
    table.add_column("From")
    for each in fields(Settings):
        value = str(getattr(config, each.name))
        name = each.metadata["env"]
        shown = "(set)" if each.name in SECRET and value else _without_password(value)
        table.add_row(name, shown, "environment" if os.environ.get(name) else "default")
    return table


def _without_password(value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if separator and "@" in rest:
        return f"{scheme}://…@{rest.rsplit('@', 1)[1]}"
    return value


async def _reachable(config: Settings, console: Console) -> bool:
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("Database", lambda: _database(config)),
        ("Queue", lambda: _queue(config)),
        ("Mail", lambda: _mail(config)),
        ("Sign-in", lambda: _sign_in(config)),
    ]
    table = Table(title="Reachable")
    table.add_column("Part")
    table.add_column("State")
    fine = True
    for name, check in checks:
        try:
            table.add_row(name, await check())
        except Exception as failure:
            fine = False
            table.add_row(name, f"NOT REACHED: {type(failure).__name__}: {failure}"[:200])
    console.print(table)
    return fine


async def _database(config: Settings) -> str:
    await db.open_database(config.database_url)
    try:
        engine = "SQLite" if db.dialect() == "sqlite" else "PostgreSQL"
        sql = "SELECT sqlite_version()" if engine == "SQLite" else "SHOW server_version"
        version = await db.value(sql)
        try:
            chapters = await db.value("SELECT count(*) FROM advocacy_chapter")
        except Exception:
            return f"{engine} {version}, not migrated: run `advocacy migrate`"
        return f"{engine} {version}, {chapters} chapters"
    finally:
        await db.close_database()


async def _queue(config: Settings) -> str:
    if config.is_embedded_queue:
        return "in process"
    queue.open_queue(config.redis_url)
    try:
        return f"{queue.broker().__class__.__name__}, {await queue.waiting()} messages waiting"
    finally:
        queue.close_queue()


async def _mail(config: Settings) -> str:
    await posting.open_posting(config)
    try:
        return str(await posting.check_posting())
    finally:
        await posting.close_posting()


async def _sign_in(config: Settings) -> str:
    passkeys = "passkeys" if config.has_passkeys else "no passkeys under this BASE_URL"
    if not config.oidc_issuer:
        return f"links, codes, {passkeys}"
    return f"links, codes, {passkeys}, {(await provider.described()).issuer}"
