"""Segments are kept and shared within one chapter; of two who change one, one wins."""

import asyncio

import pytest

from advocacy import moment
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.segments import asking, keeping, showing, uses, vocabulary
from advocacy.segments.asking import Condition, Group
from advocacy.segments.keeping import UNDO, Wish
from advocacy.segments.models import Segment
from advocacy.settings import Settings
from campaigns import wiring
from campaigns.mailings import composing, sending
from campaigns.mailings.composing import Text
from tests import factories

wiring.load_tasks()
FRENCH = Group("all", (Condition("language", "is", "fr"),))
MEMBERS = Group("any", (Group("none", (Condition("member", "no"),)),))


async def test_two_who_save_at_once_one_wins_and_the_other_is_told(database: Settings) -> None:
    home = await factories.chapter()
    kept = await keeping.keep(home, Wish("  Who   reads French ", FRENCH))
    assert (kept.name, kept.version) == ("Who reads French", 1)
    answers = await asyncio.gather(
        *(
            keeping.revise(home, kept.id, Wish(name, MEMBERS), version=1)
            for name in ("Mine", "Yours", "Theirs")
        ),
        return_exceptions=True,
    )
    won = [each for each in answers if isinstance(each, Segment)]
    assert len(won) == 1
    assert sum(isinstance(each, Conflict) for each in answers) == 2
    now = await Segment.get(id=kept.id)
    assert (now.name, now.version) == (won[0].name, 2)
    assert asking.read(now.question, await vocabulary.of(home)) == MEMBERS


async def test_another_chapter_finds_changes_and_removes_nothing(database: Settings) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    kept = await keeping.keep(home, Wish("Ours", FRENCH))
    for attempt in (
        keeping.held(other, kept.id),
        keeping.revise(other, kept.id, Wish("Theirs", MEMBERS), version=1),
        keeping.copy(other, kept.id),
        keeping.remove(other, kept.id, version=1),
        keeping.restore(other, kept.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    row = await Segment.get(id=kept.id)
    assert (row.name, row.version, row.removed_at) == ("Ours", 1, None)
    assert await Segment.all().count() == 1
    assert await showing.choices(other) == []
    assert await showing.choices(home) == [(kept.id, "Ours")]


async def test_a_removed_segment_can_be_put_back_for_thirty_days(database: Settings) -> None:
    home = await factories.chapter()
    kept = await keeping.keep(home, Wish("Ours", FRENCH))
    with pytest.raises(Conflict):
        await keeping.remove(home, kept.id, version=7)
    await keeping.remove(home, kept.id, version=1)
    with pytest.raises(NotFound):
        await keeping.held(home, kept.id)
    with pytest.raises(NotFound):
        await keeping.remove(home, kept.id, version=2)
    assert [each.id for each in await showing.removed_lately(home)] == [kept.id]
    with moment.shifted(UNDO), pytest.raises(NotFound):
        await keeping.restore(home, kept.id)
    back = await keeping.restore(home, kept.id)
    assert back.question == kept.question
    with pytest.raises(NotFound):
        await keeping.restore(home, kept.id)


async def test_a_copy_asks_the_same_under_a_name_of_its_own(database: Settings) -> None:
    home = await factories.chapter()
    kept = await keeping.keep(home, Wish("x" * 100, FRENCH))
    copied = await keeping.copy(home, kept.id)
    assert copied.question == kept.question
    assert copied.name.startswith("Copy of x")
    assert len(copied.name) == 100


@pytest.mark.parametrize("name", ["", "  \n ", "x" * 101])
async def test_a_segment_has_a_name_that_fits(database: Settings, name: str) -> None:
    home = await factories.chapter()
    with pytest.raises(Invalid) as refused:
        await keeping.keep(home, Wish(name, FRENCH))
    assert refused.value.field == "name"
    assert not await Segment.exists()


async def test_what_a_scheduled_mailing_is_for_stays(database: Settings) -> None:
    home = await factories.chapter()
    await factories.member(home, language="fr")
    kept = await keeping.keep(home, Wish("French", FRENCH))
    mailing = await composing.draft(home, "Salut", {"fr": Text("Salut", "Bonjour")})
    mailing = await composing.set_segment(
        home, mailing.id, composing.Segment(stored_id=kept.id), version=mailing.version
    )
    (use,) = await uses.of_one(home, kept.id)
    assert (use.label, use.holds) == ("Salut", False)
    later = moment.now().replace(year=2099)
    await sending.schedule(home, mailing.id, version=mailing.version, at=later)
    with pytest.raises(Conflict, match="Salut"):
        await keeping.remove(home, kept.id, version=1)
    assert (await keeping.held(home, kept.id)).version == 1, "nothing of the attempt is left"
    await sending.unschedule(home, mailing.id)
    await keeping.remove(home, kept.id, version=1)
