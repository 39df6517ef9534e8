"""The audit log as verbs write it: whole, in one chain, and never changed."""

import asyncio

import pytest

from advocacy import db
from advocacy.audit.models import AuditEntry, AuditHead
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.settings import Settings

WHO = Actor(7, "ada@example.org", "192.0.2.0")


async def test_an_entry_says_who_did_what_to_which_record_from_where(database: Settings) -> None:
    await note("grant.given", actor=WHO, record="grant:5", chapter="kenya", role="chapter_lead")
    entry = await AuditEntry.get()
    assert (entry.actor_id, entry.actor, entry.origin) == (7, "ada@example.org", "192.0.2.0")
    assert (entry.act, entry.record, entry.chapter) == ("grant.given", "grant:5", "kenya")
    assert entry.details == '{"role":"chapter_lead"}'


async def test_many_at_once_make_one_chain(database: Settings) -> None:
    await asyncio.gather(*(note("thing.done", actor=SYSTEM, number=n) for n in range(60)))
    entries = await AuditEntry.all().order_by("id")
    assert len(entries) == 60
    assert [e.previous for e in entries[1:]] == [e.hash for e in entries[:-1]]
    head = await AuditHead.get()
    assert (head.entries, head.hash) == (60, entries[-1].hash)


async def test_a_verb_that_fails_leaves_no_entry(database: Settings) -> None:
    await note("thing.done", actor=SYSTEM)
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await note("thing.failed", actor=SYSTEM)
            raise ZeroDivisionError
    await note("thing.done", actor=SYSTEM)
    assert await AuditEntry.all().order_by("id").values_list("act", flat=True) == [
        "thing.done",
        "thing.done",
    ]
    assert (await AuditHead.get()).entries == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE advocacy_audit_entry SET act = 'other'",
        "DELETE FROM advocacy_audit_entry",
        "DELETE FROM advocacy_audit_head",
    ],
)
async def test_the_database_refuses_to_change_or_remove(database: Settings, statement: str) -> None:
    await note("thing.done", actor=SYSTEM)
    with pytest.raises(Exception, match="append-only"):
        await db.execute(statement)
    assert (await AuditEntry.get()).act == "thing.done"
