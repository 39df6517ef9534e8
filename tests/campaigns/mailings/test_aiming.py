"""A mailing for a segment goes to exactly those who answer to it and may be written to."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some

from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.members import consent
from advocacy.roster.models import Tag, Tagging
from advocacy.segments import asking, keeping, vocabulary
from advocacy.segments.asking import Condition, Group
from advocacy.segments.keeping import Wish
from advocacy.settings import Settings
from campaigns import wiring
from campaigns.mailings import aiming, audience, composing, sending
from campaigns.mailings.composing import Segment, Text
from campaigns.mailings.models import Delivery, Mailing
from tests import factories
from tests.advocacy.segments import truth
from tests.advocacy.segments.drawing import conditions, questions
from tests.advocacy.segments.town import Town

wiring.load_tasks()
TEXTS = {"en": Text("Hello", "Words"), "fr": Text("Salut", "Mots")}
FRENCH = Group("all", (Condition("language", "is", "fr"),))
ENGLISH = Group("all", (Condition("language", "is", "en"),))


@pytest.fixture
async def asked(database: Settings) -> tuple[Town, list[list[dict[str, Any]]]]:
    """People of every kind, and what each chapter can ask before anything is sent."""
    town = await Town(7).build(30)
    known = [conditions(town, await vocabulary.of(chapter)) for chapter in town.chapters]
    return town, known


async def aimed(chapter: Chapter, question: Group, **narrowing: object) -> Mailing:
    """A draft for a new segment that asks this."""
    kept = await keeping.keep(chapter, Wish("Some", question))
    mailing = await composing.draft(chapter, "To some", TEXTS)
    wanted = Segment(stored_id=kept.id, **narrowing)  # type: ignore[arg-type]
    return await composing.set_segment(chapter, mailing.id, wanted, version=mailing.version)


@examples(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(data=some.data(), place=some.integers(0, 2))
async def test_the_audience_is_who_answers_and_may_be_written_to(
    asked: tuple[Town, list[list[dict[str, Any]]]], data: some.DataObject, place: int
) -> None:
    town, possible = asked
    chapter = town.chapters[place]
    known = await vocabulary.of(chapter)
    raw = data.draw(questions(possible[place], 3))
    question = asking.read(raw, known)
    everybody = await composing.draft(chapter, "To all", TEXTS)
    mailing = await aimed(chapter, question)
    willing = {
        each.id
        for each in town.people
        if await consent.still_mailable(chapter.id, [each.id]) == {each.id}
    }
    wanted = truth.answer(town, question, chapter) & willing
    assert await audience.count(mailing) == len(wanted)
    all_of_it, some_of_it = await audience.answer(everybody), await audience.answer(mailing)
    assert some_of_it.count == len(wanted)
    inside = {
        each.id for each in town.within(chapter) if any(
            state == "current" and (chapter.is_headquarters or home == chapter.id)
            for home, (state, _day) in each.memberships.items()
        )
    }  # fmt: skip
    left_out = (all_of_it.excluded.get("segment", 0), some_of_it.excluded.get("segment", 0))
    assert left_out == (0, len((willing & inside) - wanted))
    if wanted:
        await sending.schedule(chapter, mailing.id, version=mailing.version)
        await sending.start(mailing.id)
    rows = await Delivery.filter(mailing_id=mailing.id)
    assert {each.person_id for each in rows} == wanted
    assert len(rows) == len(wanted)


async def test_the_older_choices_narrow_a_segment_further(database: Settings) -> None:
    home = await factories.chapter(languages="fr en")
    await factories.member(home, "fr@example.org", language="fr")
    await factories.member(home, "ca@example.org", language="fr-CA")
    await factories.member(home, "en@example.org", language="en")
    mailing = await aimed(home, FRENCH)
    assert await audience.count(mailing) == 2
    narrowed = await aimed(home, FRENCH, languages=("en",))
    assert await audience.count(narrowed) == 0
    verdict = await audience.would_get(mailing, "en@example.org")
    assert verdict is not None
    assert verdict.reason == "segment"


async def test_a_scheduled_mailing_keeps_to_the_question_as_it_stood(database: Settings) -> None:
    home = await factories.chapter(languages="fr en")
    french = await factories.member(home, "fr@example.org", language="fr")
    english = await factories.member(home, "en@example.org", language="en")
    mailing = await aimed(home, FRENCH)
    segment_id = mailing.segment_id or 0
    await sending.schedule(home, mailing.id, version=mailing.version)
    await keeping.revise(home, segment_id, Wish("Some", ENGLISH), version=1)
    mailing = await Mailing.get(id=mailing.id)
    shown = await aiming.chosen(mailing, home)
    assert shown is not None
    assert shown.is_changed
    assert "French" in shown.words
    await sending.start(mailing.id)
    rows = await Delivery.filter(mailing_id=mailing.id)
    assert [each.person_id for each in rows] == [french.id]
    other = await composing.draft(home, "Later", TEXTS, segment=Segment(stored_id=segment_id))
    await sending.schedule(home, other.id, version=other.version)
    await sending.start(other.id)
    assert [e.person_id for e in await Delivery.filter(mailing_id=other.id)] == [english.id]


async def test_a_mailing_made_a_draft_again_follows_its_segment(database: Settings) -> None:
    home = await factories.chapter(languages="fr en")
    await factories.member(home, "fr@example.org", language="fr")
    mailing = await aimed(home, FRENCH)
    later = mailing.created_at.replace(year=2099)
    await sending.schedule(home, mailing.id, version=mailing.version, at=later)
    await keeping.revise(home, mailing.segment_id or 0, Wish("Some", ENGLISH), version=1)
    assert await audience.count(await Mailing.get(id=mailing.id)) == 1
    await sending.unschedule(home, mailing.id)
    draft = await Mailing.get(id=mailing.id)
    assert draft.question is None
    assert await audience.count(draft) == 0


async def test_what_can_be_asked_no_more_is_answered_by_nobody(database: Settings) -> None:
    home = await factories.chapter()
    member = await factories.member(home)
    tag = await Tag.create(chapter=home, name="board")
    await Tagging.create(tag=tag, person=member, at=member.created_at)
    mailing = await aimed(home, Group("none", (Condition("tag", "has_not", str(tag.id)),)))
    assert await audience.count(mailing) == 1
    await tag.delete()
    assert await audience.count(mailing) == 0
    shown = await aiming.chosen(mailing, home)
    assert shown is not None
    assert shown.is_broken
    with pytest.raises(Invalid, match="Nobody would get"):
        await sending.schedule(home, mailing.id, version=mailing.version)


async def test_a_mailing_is_never_for_another_chapters_segment(database: Settings) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    theirs = await keeping.keep(other, Wish("Theirs", FRENCH))
    with pytest.raises(NotFound):
        await composing.draft(home, "To some", TEXTS, segment=Segment(stored_id=theirs.id))
    assert not await Mailing.exists()
    mailing = await composing.draft(home, "To some", TEXTS)
    for attempt in (
        composing.set_segment(home, mailing.id, Segment(stored_id=theirs.id), version=1),
        composing.revise(home, mailing.id, version=1, name="x", texts=TEXTS, segment_id=theirs.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    row = await Mailing.get(id=mailing.id)
    assert (row.segment_id, row.version, row.name) == (None, 1, "To some")


async def test_saving_the_letter_leaves_its_segment_where_none_is_named(
    database: Settings,
) -> None:
    home = await factories.chapter()
    mailing = await aimed(home, FRENCH)
    had = mailing.segment_id
    saved = await composing.revise(
        home, mailing.id, version=mailing.version, name="New", texts=TEXTS
    )
    assert saved.segment_id == had
    saved = await composing.revise(
        home, mailing.id, version=saved.version, name="New", texts=TEXTS, segment_id=0
    )
    assert saved.segment_id is None
    with pytest.raises(Conflict):
        await composing.revise(home, mailing.id, version=1, name="Old", texts=TEXTS, segment_id=had)
