"""Writing the audit log: one entry in the transaction of the verb that did the thing."""

import json
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request

from advocacy import db, moment, settings
from advocacy.audit.sealing import FIELDS, GENESIS, seal
from advocacy.web import limits

HEAD = "chain"
log = structlog.get_logger("advocacy.audit")


@dataclass(frozen=True)
class Actor:
    """Who did it and from which network; `user_id` is None where no user did."""

    user_id: int | None
    name: str
    origin: str = ""


SYSTEM = Actor(None, "system")
COMMAND_LINE = Actor(None, "command line")


def actor_of(request: Request) -> Actor:
    """The reader of a request, with the network (truncated address) it came from."""
    reader = getattr(request.state, "user", None)
    where = limits.origin(request)
    return Actor(reader.user_id, reader.email, where) if reader else Actor(None, "", where)


async def note(
    act: str, *, actor: Actor, record: str = "", chapter: str = "", **details: str | int | None
) -> None:
    """Appends one entry; it stands exactly when the transaction around it is committed.

    `act` is `noun.verb` such as `grant.given`; `record` is `kind:id`; `chapter` is a slug.
    Details hold ids and numbers, never names or addresses. It is written as the last thing before
    the commit, wherever the verb notes it: the end of the chain is one row for all.
    """
    entry = {
        "actor_id": actor.user_id,
        "actor": actor.name[:254],
        "act": act,
        "record": record[:120],
        "chapter": chapter,
        "origin": actor.origin,
        "details": json.dumps(details, sort_keys=True, separators=(",", ":")),
    }

    async def append() -> None:
        await _append(entry)

    async with db.transaction():
        await db.before_commit(append)


async def _append(entry: dict[str, Any]) -> None:
    # Whoever holds the head's row until the commit appends; everybody else who appends waits.
    held = await db.row(
        "INSERT INTO advocacy_audit_head (name, entries, hash) VALUES ($1, 1, $2)"
        " ON CONFLICT (name) DO UPDATE SET entries = advocacy_audit_head.entries + 1"
        " RETURNING entries, hash",
        HEAD,
        GENESIS,
    )
    if held is None:
        raise RuntimeError("The audit log has no head")
    entry["at"] = moment.now()
    made = seal(held["hash"], entry, settings.current().secret_key)
    columns = ("at", *FIELDS)
    await db.execute(
        f"INSERT INTO advocacy_audit_entry ({', '.join(columns)}, previous, hash)"
        f" VALUES ({db.marks(len(columns) + 2)})",
        *(entry[name] for name in columns),
        held["hash"],
        made,
    )
    await db.execute("UPDATE advocacy_audit_head SET hash = $1 WHERE name = $2", made, HEAD)
    number = held["entries"]

    async def witness() -> None:
        # The process log lies outside the database: it remembers an end that was cut off.
        log.info("audit", number=number, hash=made)

    await db.on_commit(witness)
