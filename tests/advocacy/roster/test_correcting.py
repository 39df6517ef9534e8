"""Correcting a member, tags, own fields: whole or not at all, one of two editors, own chapter."""

import asyncio
from dataclasses import replace

import pytest

from advocacy import db
from advocacy.audit.recording import SYSTEM
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, DomainError, Invalid, NotFound
from advocacy.members.models import Membership, Person
from advocacy.roster import defining, labelling, record
from advocacy.roster.correcting import Correction, correct
from advocacy.roster.models import CustomField, CustomValue, Tag, Tagging
from advocacy.roster.sifting import Sieve
from advocacy.settings import Settings
from tests import factories


async def started(chapter: Chapter, person: Person, **changes: str) -> Correction:
    """What an editor has who opened the form just now."""
    known = await record.read(chapter, person.id)
    names = {name: known.person[name] for name in ("given_name", "family_name", "language")}
    has = frozenset(int(each["id"]) for each in known.tags)
    made = Correction(known.seen, **names, member_no="", tag_ids=has, answers=known.answers)
    return replace(made, **changes)  # type: ignore[arg-type]


async def everything() -> list[object]:
    """All that a correction could write."""
    return [
        await Person.all().order_by("id").values_list("given_name", "family_name", "language"),
        await Membership.all().order_by("id").values_list("id", "member_no"),
        await Tag.all().order_by("id").values_list("name", flat=True),
        await Tagging.all().count(),
        await CustomValue.all().order_by("id").values_list("value", "number"),
    ]


async def test_of_two_editors_at_once_one_wins_and_the_other_is_told(database: Settings) -> None:
    home = await factories.chapter()
    person = await factories.member(home)
    first = await started(home, person, given_name="First", new_tag="one")
    second = await started(home, person, given_name="Second", new_tag="two")
    ended = await asyncio.gather(
        correct(home, person.id, first, actor=SYSTEM),
        correct(home, person.id, second, actor=SYSTEM),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in ended) == ["Conflict", "Record"]
    won = "First" if isinstance(ended[1], Conflict) else "Second"
    now = await record.read(home, person.id)
    assert now.person["given_name"] == won
    assert [each["name"] for each in now.tags] == ["one" if won == "First" else "two"]


async def test_editors_of_two_chapters_do_not_overwrite_each_other_unseen(
    database: Settings,
) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    person = await factories.member(home)
    await Membership.create(
        person=person, chapter=other, state="current", created_at=person.created_at
    )
    here = await started(home, person, family_name="Here")
    there = await started(other, person, family_name="There")
    await correct(other, person.id, there, actor=SYSTEM)
    with pytest.raises(Conflict):
        await correct(home, person.id, here, actor=SYSTEM)
    assert (await Person.get(id=person.id)).family_name == "There"


async def test_a_wrong_answer_writes_nothing_at_all(database: Settings) -> None:
    home = await factories.chapter()
    person = await factories.member(home)
    field = await defining.add(home, "Born", "date", actor=SYSTEM)
    number = await defining.add(home, "Age", "number", actor=SYSTEM)
    before = await everything()
    good = await started(home, person, given_name="New", new_tag="x")
    for wrong in (
        replace(good, answers={field.id: "2026-02-30", number.id: "5"}),
        replace(good, answers={number.id: "many"}),
        replace(good, new_tag="x" * 61),
        replace(good, given_name="see https://x.example"),
        replace(good, family_name="a\u202eb"),
        replace(good, answers={field.id: "1\x00"}),
    ):
        with pytest.raises(Invalid) as refused:
            await correct(home, person.id, wrong, actor=SYSTEM)
        assert refused.value.field
        assert await everything() == before


async def test_answers_are_kept_changed_and_taken_back(database: Settings) -> None:
    home = await factories.chapter()
    person = await factories.member(home)
    kinds = {"n": "number", "d": "date", "t": "text"}
    ids = {n: (await defining.add(home, n, kinds[n], actor=SYSTEM)).id for n in kinds}
    size = await defining.add(home, "size", "choice", "S\nM\n\nL\nM", actor=SYSTEM)
    assert size.choices == "S\nM\nL"
    given = {ids["n"]: " 3,50", ids["d"]: "2026-01-31", ids["t"]: " two  words ", size.id: "M"}
    wanted = replace(await started(home, person), answers=given)
    known = await correct(home, person.id, wanted, actor=SYSTEM)
    shown = {ids["n"]: "3.5", ids["d"]: "2026-01-31", ids["t"]: "two words", size.id: "M"}
    assert known.answers == shown
    assert (await CustomValue.get(field_id=ids["n"])).number == 3.5
    # An answer that is no longer offered stays until somebody changes it.
    await defining.change(home, size.id, "Size", "S\nXL", actor=SYSTEM)
    less = replace(await started(home, person), answers={size.id: "M"})
    assert (await correct(home, person.id, less, actor=SYSTEM)).answers == {size.id: "M"}
    with pytest.raises(Invalid):
        again = replace(await started(home, person), answers={size.id: "L"})
        await correct(home, person.id, again, actor=SYSTEM)
    assert await defining.remove(home, size.id, actor=SYSTEM) == 1
    assert await CustomValue.all().count() == 0


async def test_who_is_no_member_here_is_nobody(database: Settings) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    theirs = await factories.member(other)
    gone = await factories.member(home)
    left = Membership.filter(person_id=gone.id)
    wanted = await started(other, theirs)
    was_here = await started(home, gone)
    await left.update(state="left")
    before = await everything()
    for person_id, mark in ((theirs.id, wanted), (gone.id, was_here), (10**17, wanted)):
        with pytest.raises(NotFound) as nobody:
            await correct(home, person_id, mark, actor=SYSTEM)
        with pytest.raises(NotFound) as unread:
            await record.read(home, person_id)
        assert (nobody.value.message, unread.value.message) == ("", "")
    assert await everything() == before


async def test_a_record_says_nothing_of_other_chapters(database: Settings) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    person = await factories.member(other)
    await Membership.create(
        person=person, chapter=home, state="current", created_at=person.created_at
    )
    theirs = await defining.add(other, "Secret", "text", actor=SYSTEM)
    wanted = replace(await started(other, person), new_tag="hush", answers={theirs.id: "x"})
    await correct(other, person.id, wanted, actor=SYSTEM)
    known = await record.read(home, person.id)
    assert (known.tags, known.fields, known.answers, known.consents, known.acts) == (
        [], [], {}, [], [],
    )  # fmt: skip
    other_tag = (await labelling.tags_of(other.id))[0]["id"]
    stolen = replace(
        await started(home, person), tag_ids=frozenset([other_tag]), answers={theirs.id: "mine"}
    )
    await correct(home, person.id, stolen, actor=SYSTEM)
    assert [each["name"] for each in (await record.read(other, person.id)).tags] == ["hush"]
    assert (await CustomValue.get()).value == "x"
    assert (await record.read(home, person.id)).tags == []


async def test_tags_are_made_once_renamed_and_removed_by_their_chapter_only(
    database: Settings,
) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    await factories.member(home)
    await factories.member(home)
    made = await asyncio.gather(*(labelling.make(home, name) for name in ("Été", "ete", " ÉTÉ ")))
    assert len(set(made)) == 1 == await Tag.all().count()
    assert await labelling.tag_found(home, Sieve(home.id), "ete", actor=SYSTEM) == 2
    assert await labelling.tag_found(home, Sieve(home.id), "ETE", actor=SYSTEM) == 0
    second = await labelling.make(home, "Winter")
    with pytest.raises(Conflict):
        await labelling.rename(home, second, "eté")
    await labelling.rename(home, made[0], "Ete")
    for refused in (
        labelling.rename(other, second, "x"),
        labelling.remove(other, second, actor=SYSTEM),
    ):
        with pytest.raises(NotFound):
            await refused
    with pytest.raises(Invalid):
        await labelling.tag_found(other, Sieve(home.id), "x", actor=SYSTEM)
    with pytest.raises(Invalid):
        await labelling.tag_found(home, Sieve(None), "x", actor=SYSTEM)
    assert await labelling.untag_found(home, Sieve(home.id), "ete", actor=SYSTEM) == 2
    await labelling.tag_found(home, Sieve(home.id), "ete", actor=SYSTEM)
    assert await labelling.remove(home, made[0], actor=SYSTEM) == 2
    assert await Tagging.all().count() == 0


async def test_a_field_is_its_chapters_own(database: Settings) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    field = await defining.add(home, "City", "text", actor=SYSTEM)
    with pytest.raises(Conflict):
        await defining.add(home, "CITY", "number", actor=SYSTEM)
    for refused in (
        defining.change(other, field.id, "x", actor=SYSTEM),
        defining.remove(other, field.id, actor=SYSTEM),
    ):
        with pytest.raises(NotFound):
            await refused
    for label, kind, choices in (
        ("", "text", ""), ("x" * 61, "text", ""), ("a", "poem", ""), ("a", "choice", "one"),
        ("a", "choice", "\n".join(map(str, range(51)))), ("a", "choice", f"b\n{'x' * 201}"),
    ):  # fmt: skip
        with pytest.raises(DomainError):
            await defining.add(home, label, kind, choices, actor=SYSTEM)
    assert await CustomField.all().count() == 1
    assert await db.value("SELECT count(*) FROM advocacy_audit_entry") == 1
