"""The ledger of consents: append-only in the database itself, and the subscriptions follow it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy import db
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.errors import DomainError
from advocacy.members import consent, enrolling, receipts, topics, wordings
from advocacy.members.models import Consent, Person, Subscription, Suppression
from advocacy.preferences import choosing
from advocacy.preferences.choosing import Means
from campaigns.starters.choosing import starters
from tests import factories

MEANS = Means(True, "/preferences", "192.0.2.0")
KEPT = {
    "granted": "NOT granted",
    "basis": "'staff'",
    "purpose": "'other'",
    "channel": "'post'",
    "language": "'fr'",
    "wording_id": "NULL",
    "chapter_id": "(SELECT MIN(id) FROM advocacy_chapter)",
    "at": "'2001-01-01 00:00:00+00:00'",
    "id": "id + 1000",
    "page": "'/elsewhere'",
    "origin": "'198.51.100.0'",
}


async def _line(**changes: Any) -> Consent:
    home = await factories.chapter()
    person = await factories.person()
    wording = await wordings.current_wording(wordings.LETTERS, "en")
    row = {"granted": True, "basis": "confirmed", "wording_id": wording.id, "language": "en"}
    return await consent.record(
        person.id, home.id, page="/a", origin="192.0.2.0", **{**row, **changes}
    )


async def _refused(sql: str, *values: Any) -> bool:
    try:
        async with db.transaction():
            await db.execute(sql, *values)
    except Exception as refusal:
        assert "append-only" in str(refusal)
        return True
    return False


@pytest.mark.parametrize("column", sorted(KEPT))
async def test_the_database_changes_no_line_of_the_ledger(database: Any, column: str) -> None:
    line = await _line()
    before = await db.row("SELECT * FROM advocacy_consent WHERE id = $1", line.id)
    sql = f"UPDATE advocacy_consent SET {column} = {KEPT[column]} WHERE id = $1"
    assert await _refused(sql, line.id)
    assert await db.row("SELECT * FROM advocacy_consent WHERE id = $1", line.id) == before


async def test_the_database_removes_no_line_not_even_with_its_person(database: Any) -> None:
    line = await _line()
    assert await _refused("DELETE FROM advocacy_consent WHERE id = $1", line.id)
    assert await _refused("DELETE FROM advocacy_person WHERE id = $1", line.person_id)
    assert await _refused("DELETE FROM advocacy_chapter WHERE id = $1", line.chapter_id)
    if db.dialect() == "postgres":
        assert await _refused("TRUNCATE advocacy_consent CASCADE")
    assert await Consent.all().count() == 1
    nobody = await factories.person()
    assert await db.execute("DELETE FROM advocacy_person WHERE id = $1", nobody.id) == 1


async def test_an_erasure_may_blank_where_it_came_from_and_a_merge_may_move_it(
    database: Any,
) -> None:
    line = await _line()
    blank = "UPDATE advocacy_consent SET page = '', origin = '' WHERE id = $1"
    assert await db.execute(blank, line.id) == 1
    other = await factories.person()
    move = "UPDATE advocacy_consent SET person_id = $1 WHERE id = $2"
    assert await _refused(move, other.id, line.id)
    await Person.filter(id=line.person_id).update(merged_into_id=other.id)
    assert await db.execute(move, other.id, line.id) == 1
    assert await db.execute(move, line.person_id, line.id) == 1, "a merge can be undone"


def test_every_topic_of_a_starter_can_be_refused_and_fits_its_column() -> None:
    assert {each.topic for each in starters().values()} - {""} == set(topics.NAMES)
    assert set(topics.NAMES) == set(topics.PURPOSES)
    assert len(set(topics.PURPOSES.values())) == len(topics.PURPOSES)
    assert max(len(each) for each in topics.PURPOSES.values()) <= 20
    assert [topics.topic_of(topics.purpose_of(each)) for each in topics.NAMES] == list(topics.NAMES)


@dataclass
class Town:
    """What random steps happen to, and what the subscriptions should come to."""

    people: list[Person]
    homes: list[Chapter]
    stands: dict[tuple[int, int, str], bool] = field(default_factory=dict)


KINDS = ("record", "withdraw", "withdraw_all", "leave", "letters", "topics", "all")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["record", "withdraw", "withdraw_all", "leave", "letters", "topics", "all"]
        ),
        st.integers(0, 1),
        st.integers(0, 2),
        st.booleans(),
        st.sets(st.sampled_from(sorted(topics.PURPOSES))),
    ),
    max_size=12,
)


async def test_the_subscriptions_equal_the_ledger_after_any_sequence(database: Any) -> None:
    homes = [await Chapter.get(slug=HEADQUARTERS), await factories.chapter("a")]
    homes.append(await factories.chapter("b"))
    town = Town([await factories.member(homes[1]) for _each in range(2)], homes)
    loop = asyncio.get_running_loop()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def explore(steps: Sequence[Any]) -> None:
        asyncio.run_coroutine_threadsafe(_walk(town, steps), loop).result(60)

    await asyncio.to_thread(explore)


async def _walk(town: Town, steps: Sequence[Any]) -> None:
    for what, who, where, granted, wanted in steps:
        before = await Consent.all().count()
        await _step(what, town.people[who], town.homes[where], granted, wanted)
        assert await Consent.all().count() >= before
    assert await consent.rebuilt_subscriptions() == 0
    ledger = {
        (each.person_id, each.chapter_id, each.purpose): each.granted
        for each in await Consent.all().order_by("id")
    }
    stands = {
        (each.person_id, each.chapter_id, each.purpose): each.granted
        for each in await Subscription.all()
    }
    assert stands == ledger
    suppressed = {each.address_hash for each in await Suppression.all()}
    for home in town.homes:
        allowed = {
            p
            for (p, c, purpose), on in ledger.items()
            if on and c == home.id and purpose == "mailings"
        }
        free = {each.id for each in town.people if each.address_hash not in suppressed}
        found = await consent.still_mailable(home.id, [each.id for each in town.people])
        assert found == allowed & free


async def _step(what: str, person: Person, home: Chapter, granted: bool, wanted: set[str]) -> None:
    if what == "record":
        await consent.record(person.id, home.id, granted=granted, basis="confirmed")
    elif what == "withdraw":
        await consent.withdraw(person.id, home.id, basis="page")
        assert not await consent.withdraw(person.id, home.id, basis="page")
    elif what == "withdraw_all":
        await consent.withdraw_all(person.id, basis="page")
    elif what == "leave":
        await enrolling.leave(person.id, home.id)
    else:
        fields = {
            "chapter": [home.slug],
            "wanted": ["on" if granted else "off"] if what == "letters" else sorted(wanted),
        }
        name = {"all": "everything"}.get(what, what)
        try:
            await choosing.change(person, name, fields, MEANS)
        except DomainError as refusal:
            assert refusal.status == 404, "only a chapter that is not theirs is refused"


async def test_a_receipt_holds_the_words_as_they_stood_and_where_they_stood(database: Any) -> None:
    line = await _line()
    home = await Chapter.get(id=line.chapter_id)
    await consent.record(
        line.person_id, home.id, granted=False, basis="one_click", purpose="topic:exchange"
    )
    topic, letters = await receipts.receipts_of(line.person_id)
    assert letters.text.startswith(f"Yes, {home.name} may write to me")
    assert (letters.wording, letters.version, letters.language) == ("letters", 1, "en")
    assert (letters.page, letters.origin, letters.at) == ("/a", "192.0.2.0", line.at)
    assert topic.what == f"You refused letters about “Internet exchange points” from {home.name}."
    assert topic.text == "" and topic.version is None
