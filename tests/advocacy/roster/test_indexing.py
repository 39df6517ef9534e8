"""The index holds exactly the words of current members, whatever happened before."""

import random

import pytest

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.members import enrolling, knowing, veiling
from advocacy.members.models import Membership, Person
from advocacy.roster import indexing
from advocacy.roster.spelling import tokens_of
from advocacy.settings import Settings
from tests import factories

NAMES = ("Amina", "Zoë O’Neil", "李娜", "김 민수", "Nguyễn", "الحسن", "Шевченко", "प्रिया", "")


async def kept() -> set[tuple[int, str, int]]:
    """What the index holds."""
    found = await db.rows("SELECT chapter_id, token, person_id FROM advocacy_search_token")
    return {(each["chapter_id"], each["token"], each["person_id"]) for each in found}


async def wanted() -> set[tuple[int, str, int]]:
    """What it should hold, reckoned anew from persons and memberships."""
    lines = set()
    for each in await Membership.filter(state="current").select_related("person"):
        person = each.person
        if person.erased_at is None and person.merged_into_id is None:
            shown = each if each.is_veiled else person
            words = tokens_of(shown.given_name, shown.family_name, shown.email)
            lines |= {(each.chapter_id, word, person.id) for word in words}
    return lines


async def _happen(dice: random.Random, chapters: list[Chapter], persons: list[Person]) -> None:
    """One thing that changes who is found, as the verbs and other slices write it."""
    person, chapter = dice.choice(persons), dice.choice(chapters)
    match dice.randrange(9):
        case 0:
            persons.append(await factories.person(given_name=dice.choice(NAMES)))
            await enrolling.enrol(persons[-1].id, chapter.id)
        case 1 | 2:
            await enrolling.enrol(person.id, chapter.id)
        case 3:
            await enrolling.leave(person.id, chapter.id)
        case 4:
            await Person.filter(id=person.id).update(family_name=dice.choice(NAMES))
        case 5:
            new = f"new{dice.randrange(10**9)}@example.net"
            await Person.filter(id=person.id).update(email=new, canonical=new)
        case 6:
            hidden = f"erased-{person.id}@erased.invalid"
            await db.execute(
                "UPDATE advocacy_person SET given_name = '', family_name = '', email = $1,"
                " canonical = $1, erased_at = $2 WHERE id = $3",
                hidden,
                person.created_at,
                person.id,
            )
        case 7:
            if dice.random() < 0.3:
                await veiling.lift(person.id, chapter.id)
            seen = {"given_name": dice.choice(NAMES), "email": "roll@example.com"}
            theirs = Membership.filter(person_id=person.id, chapter_id=chapter.id)
            await theirs.update(is_veiled=True, **seen)
        case 8:
            other = dice.choice(persons)
            await db.execute(
                "UPDATE advocacy_membership SET person_id = $1 WHERE person_id = $2 AND NOT EXISTS"
                " (SELECT 1 FROM advocacy_membership m WHERE m.person_id = $1)",
                other.id,
                person.id,
            )
            merged = None if other.id == person.id else other.id
            await Person.filter(id=person.id).update(merged_into_id=merged)


@pytest.mark.parametrize("seed", range(2))
async def test_the_index_equals_its_recomputation_after_anything(
    database: Settings, seed: int
) -> None:
    dice = random.Random(seed)
    chapters = [await factories.chapter() for _ in range(3)]
    persons = [await factories.person(given_name=name) for name in NAMES]
    for step in range(60):
        await _happen(dice, chapters, persons)
        if step % 15 == 14:
            await indexing.catch_up()
            assert await kept() == await wanted()
    assert await db.value("SELECT count(*) FROM advocacy_search_due") == 0


async def test_a_change_that_is_rolled_back_leaves_nobody_due(database: Settings) -> None:
    home = await factories.chapter()
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            person, _ = await knowing.know("a@example.org")
            await enrolling.enrol(person.id, home.id)
            raise ZeroDivisionError
    assert await indexing.catch_up() == 0
    assert await kept() == set()


async def test_a_change_that_finds_nobody_makes_nobody_due(database: Settings) -> None:
    home = await factories.chapter()
    person = await factories.member(home)
    await indexing.catch_up()
    await knowing.confirm(person.id)
    await Person.filter(id=person.id).update(deliverability="soft", language="fr")
    await enrolling.enrol(person.id, home.id)
    assert await indexing.catch_up() == 0
