"""No migration may lose a row, an index or a constraint, on either engine."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.exceptions import BaseORMException, IntegrityError, OperationalError
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.constraints import CheckConstraint

from advocacy import db, schema
from campaigns import wiring
from tests.conftest import Ground, _named, _pg

SHOP = {
    "models": ["tests.house.shop.models"],
    "default_connection": "default",
    "migrations": "tests.house.shop.migrations",
}
OURS = dict(db.MODELS)


@pytest.fixture
def empty_url(ground: Ground, tmp_path: Path) -> Iterator[str]:
    """A database without a single table."""
    if ground.mode == "embedded":
        yield f"sqlite://{tmp_path / 'empty.db'}"
        return
    name = f"m_{uuid.uuid4().hex}"
    admin = _named(ground.template, "postgres")
    asyncio.run(_pg(admin, f"CREATE DATABASE {name}"))
    yield _named(ground.template, name)
    asyncio.run(_pg(admin, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the little shop is migrated."""
    for app in list(db.MODELS):
        monkeypatch.delitem(db.MODELS, app)
    monkeypatch.setitem(db.MODELS, "shop", SHOP)


async def within(url: str, work: Callable[[], Awaitable[Any]]) -> Any:
    """Runs `work` with the database open."""
    await db.open_database(url)
    try:
        return await work()
    finally:
        await db.close_database()


async def index_names() -> set[str]:
    """Every index of the database that has a name of ours."""
    if db.dialect() == "sqlite":
        found = await db.rows("SELECT name FROM sqlite_master WHERE type = 'index'")
    else:
        found = await db.rows("SELECT indexname AS name FROM pg_indexes")
    return {each["name"] for each in found}


async def counts() -> dict[str, int]:
    """Rows of every table of the open apps that is there by now."""
    tables = [m._meta.db_table for models in Tortoise.apps.values() for m in models.values()]
    return {
        table: await db.value(f"SELECT count(*) FROM {table}")
        for table in tables
        if await columns_of(table)
    }


async def columns_of(table: str) -> set[str]:
    """The columns that a table has by now; none where it is yet to come."""
    if db.dialect() == "sqlite":
        found = await db.rows(f"PRAGMA table_info({table})")
    else:
        found = await db.rows(
            "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1",
            table,
        )
    return {each["name"] for each in found}


async def fails(sql: str, *values: Any) -> bool:
    """True when the database refuses the statement."""
    try:
        await db.execute(sql, *values)
    except (IntegrityError, OperationalError, BaseORMException):
        return True
    except Exception as refused:
        return "violates" in str(refused)
    return False


async def test_a_rebuilt_table_keeps_rows_indexes_and_constraints(
    shop: None, empty_url: str
) -> None:
    await schema.migrate(empty_url, target="shop.0001_initial")

    async def fill() -> None:
        await db.execute("INSERT INTO shop_shelf (name, code) VALUES ('low', 'a')")
        await db.execute("INSERT INTO shop_book (shelf_id) SELECT id FROM shop_shelf")

    await within(empty_url, fill)
    await schema.migrate(empty_url)

    async def check() -> None:
        assert await db.value("SELECT count(*) FROM shop_shelf") == 1
        assert await db.value("SELECT count(*) FROM shop_book") == 1
        assert {"shelf_code", "shelf_big_code"} <= await index_names()
        insert = "INSERT INTO shop_shelf (name, code, size) VALUES ($1, $2, $3)"
        assert await fails(insert, "", "b", 1), "the first CHECK is gone"
        assert await fails(insert, "x", "b", 0), "the added CHECK is missing"
        assert await fails(insert, "low", "a", 1), "the unique pair is gone"
        assert await fails(insert, "other", "a", 1), "the partial unique index is gone"
        assert not await fails(insert, "n" * 100, "c", 2), "the column was not widened"
        assert await fails("INSERT INTO shop_book (shelf_id) VALUES (999)")

    await within(empty_url, check)


async def test_campaigns_alone_pulls_in_what_it_stands_on(empty_url: str) -> None:
    await schema.migrate(empty_url, target="campaigns.0001_initial")
    found = await within(empty_url, counts)
    assert {"campaigns_campaign", "advocacy_chapter"} <= set(found)
    assert set(found.values()) == {0}


async def _fill_every_table() -> dict[str, int]:
    made: dict[Any, Any] = {}
    waiting = [m for models in Tortoise.apps.values() for m in models.values()]
    while waiting:
        model = waiting.pop(0)
        needs = [
            f for f in model._meta.fields_map.values() if isinstance(f, ForeignKeyFieldInstance)
        ]
        if any(f.related_model not in made and not f.null for f in needs):
            waiting.append(model)
            continue
        is_there = await columns_of(model._meta.db_table)
        made[model] = await _insert(model, _values(model, made)) if is_there else None
    return await counts()


async def _insert(model: Any, values: dict[str, Any]) -> Any:
    """Writes a row with the columns that the table has by now; returns its key."""
    meta = model._meta
    there = await columns_of(meta.db_table)
    row = {}
    for name, field in meta.fields_map.items():
        column = field.source_field or name
        if name in meta.fields_db_projection and column in there and not field.generated:
            given = values.get(name, None if callable(field.default) else field.default)
            row[column] = field.to_db_value(given, None)
    columns = ", ".join(row)
    return await db.value(
        f"INSERT INTO {meta.db_table} ({columns}) VALUES ({db.marks(len(row))})"
        f" RETURNING {meta.db_pk_column}",
        *row.values(),
    )


SPECIAL = {
    "state": {"Membership": "current", "RollImport": "running", "Action": "waiting"},
    "role": {"Grant": "hq_director"},
    "basis": {"Consent": "import"},
    "reason": {"Suppression": "request"},
    "kind": {"SourceCode": "share", "Action": "signature"},
}


def _fills_itself(field: Any) -> bool:
    is_key = field.reference is not None
    return field.null or is_key or field.default not in (None, dict)


def _values(model: Any, made: dict[Any, Any]) -> dict[str, Any]:
    from advocacy import moment

    values: dict[str, Any] = {}
    for name, field in model._meta.fields_map.items():
        kind = type(field).__name__
        if isinstance(field, ForeignKeyFieldInstance):
            if not field.null:
                values[field.source_field] = made[field.related_model]
        elif kind.startswith("Backward") or field.generated or _fills_itself(field):
            continue
        elif model.__name__ in SPECIAL.get(name, {}):
            values[name] = SPECIAL[name][model.__name__]
        elif "Char" in kind or "Text" in kind:
            values[name] = "text"
        elif "Int" in kind:
            values[name] = 1
        elif "Boolean" in kind:
            values[name] = True
        elif "JSON" in kind:
            values[name] = {}
        elif "Datetime" in kind:
            values[name] = moment.now()
        elif "Date" in kind:
            values[name] = moment.now().date()
    return values


async def test_a_filled_database_comes_up_whole(empty_url: str) -> None:
    await schema.migrate(empty_url, target="advocacy.0001_initial")
    await schema.migrate(empty_url, target="campaigns.0001_initial")
    before = await within(empty_url, _fill_every_table)
    assert min(before.values()) == 1, "a table stayed empty"
    await schema.migrate(empty_url)

    async def check() -> None:
        now = await counts()
        assert {table: now[table] for table in before} == before
        names = await index_names()
        missing_checks = []
        for models in Tortoise.apps.values():
            for model in models.values():
                for index in model._meta.indexes:
                    assert index.name in names, f"{index.name} is lost"
                missing_checks += await _missing_checks(model)
        assert not missing_checks
        assert "one_headquarters" in names

    await within(empty_url, check)


async def _missing_checks(model: Any) -> list[str]:
    wanted = [c.name for c in model._meta.constraints if isinstance(c, CheckConstraint)]
    if db.dialect() == "sqlite":
        sql = await db.value(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = $1",
            model._meta.db_table,
        )
        return [name for name in wanted if name not in sql]
    found = {
        each["conname"]
        for each in await db.rows("SELECT conname FROM pg_constraint WHERE contype = 'c'")
    }
    return [name for name in wanted if name not in found]


async def test_every_model_change_has_its_migration(tmp_path: Path) -> None:
    from tortoise.migrations.autodetector import MigrationAutodetector

    await Tortoise.init(config=db.config(f"sqlite://{tmp_path / 'x.db'}"), init_connections=False)
    try:
        detector = MigrationAutodetector(Tortoise.apps, db.MODELS)
        assert wiring.TORTOISE_ORM["apps"].keys() == OURS.keys()
        assert not await detector.changes(), "run `tortoise makemigrations`"
    finally:
        await Tortoise.close_connections()
