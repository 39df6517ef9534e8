"""Searching and listing: the right members, all of them, in order, and of no other chapter."""

import random

import pytest

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM
from advocacy.chapters.models import Chapter
from advocacy.members.models import Membership
from advocacy.roster import finding, indexing, labelling, listing
from advocacy.roster.sifting import ADDRESSES, LETTERS, Sieve
from advocacy.roster.spelling import SORTED, asked, tokens_of
from advocacy.settings import Settings
from tests import factories

GIVEN = ("Amina", "Zoë", "Ana María", "李娜", "민수", "أحمد", "प्रिया", "Дмитро", "", "Jean-Luc")
FAMILY = ("Okello", "O’Neil", "García", "王", "김", "الحدّاد", "शर्मा", "Шевченко", "", "Amin")
ASKED = (
    "a", "am", "amina", "ana gar", "zoe o", "王", "李", "김민", "احمد", "حداد", "प्र", "шев",
    "ok am", "example.org", "amina okello", "person1", "zz", "jean", "garcia ana",
)  # fmt: skip


async def crowd(size: int, chapters: list[Chapter], seed: int) -> int:
    """Members with names from every script, spread over chapters; indexed."""
    dice, now = random.Random(seed), moment.now()
    rows = []
    for number in range(size):
        names = dice.choice(GIVEN), dice.choice(FAMILY)
        email = f"person{number}.{seed}@example.org"
        state = "bounced" if number % 7 == 0 else "ok"
        confirmed = now if dice.random() < 0.8 else None
        rows.append((email, *names, dice.choice(("en", "fr")), state, now, confirmed))
    await db.execute_many(
        "INSERT INTO advocacy_person (email, canonical, address_hash, given_name, family_name,"
        " language, deliverability, created_at, confirmed_at)"
        " VALUES ($1, $1, $1, $2, $3, $4, $5, $6, $7)",
        rows,
    )
    homes, letters = [], []
    for each in await db.rows("SELECT id FROM advocacy_person ORDER BY id"):
        home = dice.choice(chapters).id
        homes.append((each["id"], home, now.date(), now))
        letters.append((each["id"], home, dice.random() < 0.7, now))
    await db.execute_many(
        "INSERT INTO advocacy_membership (person_id, chapter_id, state, joined_on, created_at)"
        " VALUES ($1, $2, 'current', $3, $4)",
        homes,
    )
    await db.execute_many(
        "INSERT INTO advocacy_subscription (person_id, chapter_id, granted, changed_at)"
        " VALUES ($1, $2, $3, $4)",
        letters,
    )
    await indexing.catch_up()
    return size


async def matching(chapter: Chapter, typed: str) -> set[int]:
    """Who should be found, reckoned without the index."""
    found = set()
    for each in await Membership.filter(chapter=chapter, state="current").select_related("person"):
        person = each.person
        tokens = tokens_of(person.given_name, person.family_name, person.email)
        tokens = [token for token in tokens if not token.startswith(SORTED)]
        if all(any(token.startswith(word) for token in tokens) for word in asked(typed)):
            found.add(person.id)
    return found


async def test_a_search_finds_exactly_those_who_match(database: Settings) -> None:
    chapters = [await factories.chapter(), await factories.chapter()]
    await crowd(80, chapters, 1)
    for typed in ASKED:
        wanted = [await matching(each, typed) for each in chapters]
        for chapter, expected in zip(chapters, wanted, strict=True):
            sieve = Sieve(chapter.id, typed)
            best = await finding.search(sieve, limit=100)
            assert {row["person_id"] for row in best.rows} == expected, typed
            assert {row["chapter_id"] for row in best.rows} <= {chapter.id}
            assert await listing.count(sieve) == len(expected) == best.count
        everywhere = await finding.search(Sieve(None, typed), limit=100)
        assert {row["person_id"] for row in everywhere.rows} == wanted[0] | wanted[1]


async def test_common_words_that_hardly_anybody_has_together_are_found(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "RARE", 3)
    monkeypatch.setattr(finding, "FIRST_WALK", 2)
    home, other = await factories.chapter(), await factories.chapter()
    for number in range(5):
        await factories.member(home, given_name="Fatou", family_name=f"Sow{number}")
        await factories.member(home, given_name="John", family_name=f"Smith{number}")
    both = await factories.member(home, given_name="Zainab Fatou", family_name="Smith")
    await factories.member(other, given_name="Fatou", family_name="Smith")
    await indexing.catch_up()
    found = await finding.search(Sieve(home.id, "fatou smith"))
    assert [row["person_id"] for row in found.rows] == [both.id]
    assert not found.has_more
    assert (await finding.search(Sieve(None, "fatou smith"))).count == 2
    vague = await finding.search(Sieve(None, "fa sm"))
    assert vague.has_more, "it must say that it has not looked everywhere"


async def test_whole_words_come_first_then_names_in_order(database: Settings) -> None:
    home = await factories.chapter()
    for given_name, family_name in (
        ("Anabel", "Aa"),
        ("Ana", "Zorro"),
        ("Ána", "Abel"),
        ("X", "Ana"),
    ):
        await factories.member(home, given_name=given_name, family_name=family_name)
    await indexing.catch_up()
    found = await finding.search(Sieve(home.id, "ana"))
    names = [f"{row['given_name']} {row['family_name']}" for row in found.rows]
    assert names == ["Ána Abel", "X Ana", "Ana Zorro", "Anabel Aa"]


async def _all_pages(sieve: Sieve, sort: str) -> list[int]:
    seen: list[int] = []
    after = ""
    while True:
        page = await listing.read(sieve, sort=sort, after=after)
        seen += [row["id"] for row in page.rows]
        if page.next_key is None:
            return seen
        after = page.next_key


async def test_pages_show_everybody_once_in_every_order(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 7)
    home, other = await factories.chapter(), await factories.chapter()
    await crowd(40, [home, other], 5)
    await db.execute("UPDATE advocacy_membership SET joined_on = NULL WHERE id % 5 = 0")
    mine = set(await Membership.filter(chapter=home).values_list("id", flat=True))
    for sort in ("name", "-name", "joined", "-joined"):
        seen = await _all_pages(Sieve(home.id), sort)
        assert len(seen) == len(set(seen)) and set(seen) == mine, sort
        assert len(mine) > 14
    by_name = await _all_pages(Sieve(home.id), "name")
    assert by_name == (await _all_pages(Sieve(home.id), "-name"))[::-1]
    narrowed = Sieve(home.id, "a", letters="yes")
    assert len(await _all_pages(narrowed, "name")) == await listing.count(narrowed)


async def test_a_key_that_is_none_shows_the_first_page(database: Settings) -> None:
    home = await factories.chapter()
    await factories.member(home)
    await indexing.catch_up()
    for key in ("x", "..", "9" * 30, "1.", ".1", "2026-01-01.x", "²", "-1.a", "1.\x00", "\x00"):
        for sort in ("name", "-joined"):
            assert len((await listing.read(Sieve(home.id), sort=sort, after=key)).rows) <= 1


async def test_filters_part_the_roll_without_loss(database: Settings) -> None:
    home = await factories.chapter()
    all_of_them = await crowd(40, [home], 9)
    letters = [await listing.count(Sieve(home.id, letters=each)) for each in LETTERS]
    assert sum(letters) == all_of_them and min(letters) > 0
    fr, en = [await listing.count(Sieve(home.id, language=each)) for each in ("fr", "en")]
    assert fr + en == all_of_them
    for address in ADDRESSES:
        sieve = Sieve(home.id, "a", address=address)
        found = await finding.search(sieve, limit=100)
        assert len(found.rows) == await listing.count(sieve)
    put = await labelling.tag_found(home, Sieve(home.id, "amina"), "Speaker", actor=SYSTEM)
    tag = (await labelling.tags_of(home.id))[0]["id"]
    assert put == await listing.count(Sieve(home.id, tag_id=tag)) > 0


async def test_another_chapters_tag_filters_to_nobody(database: Settings) -> None:
    home, other = await factories.chapter(), await factories.chapter()
    person = await factories.member(other)
    await Membership.create(
        person=person, chapter=home, state="current", created_at=person.created_at
    )
    await labelling.tag_found(other, Sieve(other.id), "Secret", actor=SYSTEM)
    tag = (await labelling.tags_of(other.id))[0]["id"]
    assert await listing.count(Sieve(other.id, tag_id=tag)) == 1
    assert await listing.count(Sieve(home.id, tag_id=tag)) == 0


async def test_words_in_no_script_find_nobody(database: Settings) -> None:
    home = await factories.chapter()
    await factories.member(home)
    await indexing.catch_up()
    for typed in ("%", "'; --", "  \u200b "):
        assert (await listing.read(Sieve(home.id, typed), sort="name")).rows == []
        assert await listing.count(Sieve(home.id, typed)) == 0


async def test_it_is_said_when_more_match_than_were_compared(
    database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "COMPARED", 4)
    monkeypatch.setattr(finding, "COMPARED_FILTERED", 3)
    home = await factories.chapter()
    for number in range(6):
        name = f"Ada Alba Anna{number}"
        await factories.member(home, f"a.ada.ana{number}@example.org", given_name=name)
    await indexing.catch_up()
    for sieve in (Sieve(home.id, "a"), Sieve(home.id, "a", letters="yes"), Sieve(None, "a")):
        found = await finding.search(sieve, limit=2)
        assert len(found.rows) == 2 and found.has_more
    assert not (await finding.search(Sieve(home.id, "anna5"), limit=2)).has_more
