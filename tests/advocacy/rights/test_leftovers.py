"""What a dead worker, an old address or a second start leaves behind is not left behind."""

import asyncio
from typing import Any

import pytest

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM
from advocacy.errors import Conflict
from advocacy.members.models import SignUp
from advocacy.rights import asking, copying, correcting, retaining
from advocacy.rights.models import RetentionRun
from tests import factories


async def test_an_erasure_also_removes_the_copy_that_a_dead_worker_left(database: Any) -> None:
    amina, other = [await factories.person(f"{name}@example.org") for name in ("amina", "bola")]
    asked, kept = [
        await asking.ask_copy(each.id, language="en", actor=SYSTEM) for each in (amina, other)
    ]
    copying.folder().mkdir(parents=True, exist_ok=True)
    left = [copying.folder() / f"{asked.id}-aa.json", copying.folder() / f"{asked.id}-bb.part"]
    others = copying.folder() / f"{kept.id}-cc.part"
    for path in (*left, others):
        path.write_text("{}")
    await copying.drop_all([amina.id])
    assert [path.exists() for path in (*left, others)] == [False, False, True]


async def test_what_was_signed_with_an_old_address_goes_with_the_new_one(database: Any) -> None:
    amina = await factories.person("amina@example.org")
    now = moment.now()
    made = await SignUp.create(
        chapter=await factories.chapter(), email=amina.email, canonical=amina.canonical,
        language="en", created_at=now, confirmed_at=now,
    )  # fmt: skip
    wish = {"email": "amina@example.net"}
    request = await asking.ask_correction(amina.id, wish, language="en", actor=SYSTEM)
    await correcting.correct(request, wish)
    assert (await SignUp.get(id=made.id)).canonical == "amina@example.net"


async def test_a_run_that_another_is_just_starting_is_waited_for(database: Any) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with db.transaction():
            await retaining.start(is_dry=True, actor=SYSTEM, rings=False)
            began.set()
            await go.wait()

    async def second() -> None:
        await began.wait()
        await retaining.start(is_dry=False, actor=SYSTEM, rings=False)

    one, two = asyncio.create_task(first()), asyncio.create_task(second())
    await asyncio.wait({two}, timeout=0.5)
    go.set()
    await one
    with pytest.raises(Conflict):
        await two
    assert await RetentionRun.all().count() == 1
