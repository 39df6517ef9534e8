"""Imports that meet each other, or somebody who unsubscribes: nothing twice, nobody overruled."""

import asyncio
from pathlib import Path

import pytest

from advocacy import db
from advocacy.chapters.importing import import_chapters
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict
from advocacy.members import consent
from advocacy.members.counts import Counts
from advocacy.members.importing import import_members
from advocacy.members.models import Consent, Membership, Person, RollImport, Subscription
from advocacy.members.terms import Terms
from advocacy.settings import Settings
from tests import rolls
from tests.advocacy.members.test_importing import SLUGS, one_row


@pytest.fixture
async def chapters(database: Settings) -> None:
    await import_chapters()


async def test_two_imports_of_one_file_at_once_double_nothing(
    chapters: None, tmp_path: Path
) -> None:
    roll = rolls.make(800, SLUGS)
    path = roll.write(tmp_path / "roll.csv")
    both = await asyncio.gather(
        import_members(path, batch=100), import_members(path, batch=100), return_exceptions=True
    )
    assert all(each.__class__ is Conflict or each.state == "done" for each in both)  # type: ignore[union-attr]
    assert await Person.all().count() == await Membership.all().count() == len(roll.accepted)
    assert await Consent.all().count() == len(roll.accepted)


async def test_two_imports_at_once_tell_together_what_is_new(
    chapters: None, tmp_path: Path
) -> None:
    roll = rolls.make(600, SLUGS)
    path = roll.write(tmp_path / "roll.csv")
    both = await asyncio.gather(
        import_members(path, batch=100), import_members(path, batch=100), return_exceptions=True
    )
    told = [each for each in both if isinstance(each, Counts)]
    assert told
    assert {each.new_memberships for each in told} <= {len(roll.accepted), 0}
    run = await RollImport.get()
    assert run.counts["new"] == {
        "persons": len(roll.accepted),
        "memberships": len(roll.accepted),
        "subscriptions": len(roll.accepted),
    }


async def test_an_unsubscribe_during_a_batch_has_the_last_word(
    chapters: None, tmp_path: Path
) -> None:
    await import_members(one_row(tmp_path), terms=Terms(letters=False))
    person, benin = await Person.get(), await Chapter.get(slug="benin")
    begun, go = asyncio.Event(), asyncio.Event()

    async def unsubscribe() -> None:
        async with db.transaction():
            await consent.record(person.id, benin.id, granted=False, basis="page")
            begun.set()
            await asyncio.wait_for(go.wait(), 10)

    leaving = asyncio.create_task(unsubscribe())
    await begun.wait()
    arriving = asyncio.create_task(import_members(one_row(tmp_path, given_name="Awa Marie")))
    await asyncio.sleep(0.2)
    go.set()
    await asyncio.gather(leaving, arriving)
    assert (await Subscription.get()).granted is False
    assert [each.granted for each in await Consent.all().order_by("id")] == [False]
    assert await consent.rebuilt_subscriptions() == 0


async def test_two_files_with_the_same_people_in_another_order_wait_for_each_other(
    chapters: None, tmp_path: Path
) -> None:
    roll = rolls.make(900, SLUGS, bad_every=1000)
    paths = [roll.write(tmp_path / "there.csv")]
    roll.rows.reverse()
    paths.append(roll.write(tmp_path / "back.csv"))
    done = await asyncio.gather(*[import_members(path, batch=300) for path in paths])
    assert [each.state for each in done] == ["done", "done"]
    assert sum(each.new_memberships for each in done) == 900
    for model in (Person, Membership, Consent, Subscription):
        assert await model.all().count() == 900
