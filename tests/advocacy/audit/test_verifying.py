"""The chain of the audit log: whatever is done to it behind our back is found."""

import asyncio
import re
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from advocacy import db, settings
from advocacy.audit.models import AuditEntry
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.audit.sealing import FIELDS, seal
from advocacy.audit.verifying import Break, verify
from advocacy.moment import now
from advocacy.settings import Settings


async def _chain(length: int = 12) -> list[int]:
    for number in range(length):
        await note("thing.done", actor=SYSTEM, record=f"thing:{number}", number=number)
    return [
        int(str(key)) for key in await AuditEntry.all().order_by("id").values_list("id", flat=True)
    ]


async def _behind_our_back(*statements: str) -> None:
    """Runs statements as somebody who holds the database and took its guards away."""
    if db.dialect() == "sqlite":
        for trigger in await db.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            await db.execute(f"DROP TRIGGER {trigger['name']}")
    else:
        await db.execute("ALTER TABLE advocacy_audit_entry DISABLE TRIGGER USER")
        await db.execute("ALTER TABLE advocacy_audit_head DISABLE TRIGGER USER")
    for statement in statements:
        assert await db.execute(statement) > 0, statement


async def test_an_empty_log_is_whole(database: Settings) -> None:
    verdict = await verify()
    assert (verdict.entries, verdict.broken) == (0, None)


async def test_a_log_written_by_many_is_whole_while_it_grows(database: Settings) -> None:
    await _chain(5)
    writing = asyncio.gather(*(note("thing.done", actor=SYSTEM, number=n) for n in range(30)))
    during = await verify()
    await writing
    assert during.broken is None
    after = await verify()
    assert (after.entries, after.broken) == (35, None)


CHANGES = (
    "act = 'other.thing'",
    "actor = 'somebody else'",
    "actor_id = 99",
    "record = 'thing:77'",
    "chapter = 'kenya'",
    "origin = '203.0.113.0'",
    "details = '{}'",
    "at = '2020-01-01 00:00:00+00:00'",
    "hash = '" + "a" * 64 + "'",
)


class _TakenBack(Exception):
    """Rolls a change back, so that the next one meets the whole log."""


async def test_a_changed_entry_is_named_whatever_was_changed(database: Settings) -> None:
    ids = await _chain()
    for change in CHANGES:
        with suppress(_TakenBack):
            async with db.transaction():
                await _behind_our_back(
                    f"UPDATE advocacy_audit_entry SET {change} WHERE id = {ids[4]}"
                )
                assert (await verify()).broken == Break("changed", ids[4]), change
                raise _TakenBack
        assert (await verify()).broken is None


async def test_a_removed_entry_is_missed_by_the_one_behind_it(database: Settings) -> None:
    ids = await _chain()
    await _behind_our_back(f"DELETE FROM advocacy_audit_entry WHERE id = {ids[4]}")
    assert (await verify()).broken == Break("gap", ids[5])


async def test_a_removed_beginning_is_missed(database: Settings) -> None:
    ids = await _chain()
    await _behind_our_back(f"DELETE FROM advocacy_audit_entry WHERE id <= {ids[1]}")
    assert (await verify()).broken == Break("gap", ids[2])


async def test_removed_last_entries_are_missed(database: Settings) -> None:
    ids = await _chain()
    await _behind_our_back(f"DELETE FROM advocacy_audit_entry WHERE id > {ids[8]}")
    verdict = await verify()
    assert (verdict.entries, verdict.broken) == (9, Break("missing"))


async def test_a_log_that_was_emptied_is_missed(database: Settings) -> None:
    await _chain()
    await _behind_our_back("DELETE FROM advocacy_audit_entry")
    assert (await verify()).broken == Break("missing")


async def test_a_lost_head_is_missed(database: Settings) -> None:
    ids = await _chain()
    await _behind_our_back("DELETE FROM advocacy_audit_head")
    assert (await verify()).broken == Break("surplus", ids[0])


async def _forge(key: int, previous: str, secret: str) -> str:
    entry = {"at": now(), **dict.fromkeys(FIELDS, ""), "actor_id": None, "act": "thing.forged"}
    made = seal(previous, entry, secret)
    columns = ("id", "at", *FIELDS, "previous", "hash")
    await db.execute(
        f"INSERT INTO advocacy_audit_entry ({', '.join(columns)})"
        f" VALUES ({db.marks(len(columns))})",
        key,
        *(entry[name] for name in ("at", *FIELDS)),
        previous,
        made,
    )
    return made


async def test_an_entry_put_in_before_the_first_is_named(database: Settings) -> None:
    ids = await _chain()
    await _forge(ids[0] - 10, "a" * 64, "some other key")
    assert (await verify()).broken == Break("gap", ids[0] - 10)


async def test_an_entry_put_in_behind_the_end_is_named(database: Settings) -> None:
    ids = await _chain()
    last = await AuditEntry.get(id=ids[-1])
    await _forge(ids[-1] + 1, last.hash, database.secret_key)
    assert (await verify()).broken == Break("surplus", ids[-1] + 1)


async def test_a_tail_written_anew_without_the_key_does_not_pass(database: Settings) -> None:
    ids = await _chain()
    kept = await AuditEntry.get(id=ids[8])
    await _behind_our_back(f"DELETE FROM advocacy_audit_entry WHERE id > {ids[8]}")
    made = kept.hash
    for key in ids[9:]:
        made = await _forge(key, made, "a key that was guessed")
    await db.execute("UPDATE advocacy_audit_head SET hash = $1", made)
    assert (await verify()).broken == Break("changed", ids[9])
    await note("thing.done", actor=SYSTEM)
    assert (await verify()).broken == Break("changed", ids[9]), "writing on has mended it"


async def test_entries_sealed_with_a_former_key_are_whole_when_the_key_is_named(
    database: Settings,
) -> None:
    ids = await _chain(3)
    new = "a new key for tests that is long enough to be one"
    settings.use(replace(database, secret_key=new))
    await note("thing.done", actor=SYSTEM)
    assert (await verify()).broken == Break("changed", ids[0])
    settings.use(replace(database, secret_key=new, former_secret_keys=database.secret_key))
    assert (await verify()).broken is None


async def test_pages_are_walked_without_losing_an_entry(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advocacy.audit.verifying.PAGE", 4)
    ids = await _chain(12)
    walked: list[int] = []

    async def progress(done: int) -> None:
        walked.append(done)

    assert (await verify(progress)).entries == 12
    assert walked == [4, 8, 12]
    await _behind_our_back(f"DELETE FROM advocacy_audit_entry WHERE id = {ids[8]}")
    assert (await verify()).broken == Break("gap", ids[9])


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=TEXTS, record=TEXTS, detail=st.one_of(TEXTS, st.none(), st.integers(-(2**60), 2**60)))
async def test_whatever_is_noted_is_read_back_whole(
    database: Settings, name: str, record: str, detail: str | int | None
) -> None:
    await note("thing.done", actor=Actor(1, name), record=record, detail=detail)
    assert (await verify()).broken is None


def test_no_two_entries_have_one_seal() -> None:
    entry = {"at": now(), **dict.fromkeys(FIELDS, ""), "actor_id": 1}
    seen = {
        seal("0" * 64, {**entry, **change}, "key")
        for change in (
            {"act": "ab", "record": "c"},
            {"act": "a", "record": "bc"},
            {"act": 'a","b', "record": "c"},
            {"act": "a", "record": 'b","c'},
            {"actor_id": None},
            {"actor_id": 11},
        )
    }
    assert len(seen) == 6
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in seen)
