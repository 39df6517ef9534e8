"""Migrating the database with the ORM's own migrations, and the ORM's migration defects mended.

Five repairs, each held by tests/house/test_migrations.py: CHECK constraints are created with
their table. A SQLite table rebuild keeps indexes, triggers and table-level unique constraints.
A semicolon in a table's comment does no harm. A rebuild never cascades deletes, because
migrations run with foreign keys off and are checked after.
"""

from collections.abc import Callable
from typing import Any

from tortoise import Tortoise
from tortoise.migrations.api.migrate import migrate as run_migrations
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.operations import RunSQL
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_editor.sqlite import SqliteSchemaEditor

from advocacy import db

Progress = Callable[[str], None]

_model_sql_data = BaseSchemaEditor._get_model_sql_data
_inner_statements = BaseSchemaEditor._get_inner_statements
_remake_table = SqliteSchemaEditor._remake_table


def _with_checks(self: Any, model: Any) -> Any:
    self.checked_model = model
    try:
        return _model_sql_data(self, model)
    finally:
        self.checked_model = None


def _checks(self: Any) -> list[str]:
    statements = list(_inner_statements(self))
    model = getattr(self, "checked_model", None)
    for constraint in getattr(model._meta, "constraints", None) or () if model else ():
        if isinstance(constraint, CheckConstraint):
            statements.append(f'CONSTRAINT "{constraint.name}" CHECK ({constraint.check})')
    return statements


async def _remake_and_restore(self: Any, model: Any, *args: Any, **kwargs: Any) -> None:
    table = model._meta.db_table
    _, kept = await self.client.execute_query(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL"
        " AND type IN ('index', 'trigger')",
        [table],
    )
    await _remake_table(self, model, *args, **kwargs)
    _, columns = await self.client.execute_query(f'PRAGMA table_info("{table}")')
    names = {column["name"] for column in columns}
    for statement in kept:
        await self.client.execute_query(statement["sql"])
    for group in model._meta.unique_together or ():
        fields = [model._meta.fields_map[name].source_field or name for name in group]
        if names.issuperset(fields):
            await self._run_sql(
                self.UNIQUE_INDEX_CREATE_TEMPLATE.format(
                    index_name=self._get_unique_constraint_name(model, fields),
                    table_name=self.quote(table),
                    fields=", ".join(self.quote(field) for field in fields),
                    extra="",
                ).replace("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX IF NOT EXISTS ")
            )


def _no_comment(self: Any, table: str, comment: str) -> str:
    # A semicolon in a comment would be taken for the end of the statement.
    return ""


BaseSchemaEditor._get_model_sql_data = _with_checks  # type: ignore[method-assign]
BaseSchemaEditor._get_inner_statements = _checks  # type: ignore[method-assign]
SqliteSchemaEditor._get_table_comment_sql = _no_comment  # type: ignore[method-assign]
SqliteSchemaEditor._remake_table = _remake_and_restore  # type: ignore[method-assign]


class PerEngine(RunSQL):
    """RunSQL whose statements differ by engine; one list each, run as they are."""

    def __init__(self, *, sqlite: list[str], postgres: list[str]) -> None:
        super().__init__({"sqlite": sqlite, "postgres": postgres})

    async def _run_sql(self, state_editor: Any, sqls: Any) -> None:
        engine = state_editor.client.capabilities.dialect
        for statement in sqls["sqlite" if engine == "sqlite" else "postgres"]:
            if state_editor.collect_sql:
                state_editor.collected_sql.append(statement)
            else:
                # Not as a script: the ORM would cut a trigger's body at its semicolons.
                await state_editor.client.execute_query(statement)


async def pending(url: str) -> list[str]:
    """The migrations that the database at `url` still lacks, as "app.name"."""
    try:
        await Tortoise.init(config=db.config(url), init_connections=False)
        executor = MigrationExecutor(db.connection(), db.MODELS)
        steps = await executor.plan()
        return [f"{step.migration.app_label}.{step.migration.name}" for step in steps]
    finally:
        await Tortoise.close_connections()


async def migrate(
    url: str,
    progress: Progress | None = None,
    *,
    target: str | None = None,
) -> None:
    """Brings the database at `url` up to the newest migration, or to `target` ("app.name").

    What a target depends on in the other package comes first. Safe to repeat. Raises RuntimeError
    when a SQLite database is left with a broken reference.
    """

    def report(event: str, app: str, name: str) -> None:
        if progress and event == "apply_done":
            progress(f"{app} {name}")

    is_sqlite = url.startswith("sqlite")
    parameters = {"foreign_keys": "OFF"} if is_sqlite else {}
    try:
        await run_migrations(config=db.config(url, **parameters), progress=report, target=target)
        if is_sqlite:
            _, broken = await db.connection().execute_query("PRAGMA foreign_key_check")
            if broken:
                raise RuntimeError(f"The migration broke {len(broken)} references: {broken[:3]}")
    finally:
        await Tortoise.close_connections()
