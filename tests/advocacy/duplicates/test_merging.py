"""Two persons become one and two again: nothing is lost, no refusal overridden, no count bent."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM
from advocacy.duplicates import finding, merging
from advocacy.duplicates.models import Merge
from advocacy.errors import Conflict, NotFound
from advocacy.members import belonging, consent, knowing, ties
from advocacy.members.models import Consent, Membership, Person, Subscription
from advocacy.roster.models import Tag, Tagging
from advocacy.settings import Settings
from campaigns import wiring
from campaigns.actions import tallying
from campaigns.actions.models import Action
from tests import factories

MOVED = ("advocacy_membership", "advocacy_subscription", "advocacy_tagging", "campaigns_action")


@pytest.fixture(autouse=True)
def _ties() -> None:
    wiring.load_tasks()


async def rows_of(*person_ids: int) -> dict[str, list[dict[str, Any]]]:
    """Everything that points to these persons, as the tables have it."""
    found = {}
    for each in ties.all_moves():
        found[f"{each.table}.{each.column}"] = await db.rows(
            f"SELECT * FROM {each.table} WHERE {each.column}"
            f" IN ({db.marks(len(person_ids))}) ORDER BY id",
            *person_ids,
        )
    return found


async def sign(petition: factories.Petition, person: Person, state: str = "confirmed") -> Action:
    """An action of a person on a page."""
    now = moment.now()
    return await Action.create(
        page=petition.page,
        campaign=petition.campaign,
        chapter=petition.chapter,
        person=person,
        kind="signature",
        state=state,
        created_at=now,
        confirmed_at=now if state == "confirmed" else None,
    )


async def test_what_both_did_counts_once_and_undoing_gives_each_their_own(
    database: Settings,
) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net", family_name="Okello-Njeri")
    both, other = [await factories.campaign_with_page(kenya) for _each in range(2)]
    for petition, person in ((both, one), (both, two), (other, two)):
        await sign(petition, person)
    for petition in (both, other):
        await tallying.fold(petition.page.id, thanking=False)
    tag = await Tag.create(chapter=kenya, name="volunteer")
    await Tagging.create(tag=tag, person=two, at=moment.now())
    before = await rows_of(one.id, two.id)

    made = await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    assert await tallying.count(both.page.id) == 1
    assert await tallying.count(other.page.id) == 1
    assert await tallying.recount(both.page.id) == 0
    assert await belonging.member_count(kenya.id) == 1
    assert await Tagging.filter(person_id=one.id).count() == 1
    assert await Action.filter(person_id=one.id, state="confirmed").count() == 2
    found = await knowing.find("amina@example.net")
    assert found is not None
    assert found.id == one.id
    known, is_new = await knowing.know("Amina@example.net")
    assert (known.id, is_new) == (one.id, False)
    assert await db.value(f"SELECT COUNT(*) {consent.mailable()}", kenya.id) == 1

    await merging.undo(made.id, chapter=kenya, actor=SYSTEM)
    for petition in (both, other):
        await tallying.fold(petition.page.id, thanking=False)
    assert await tallying.count(both.page.id) == 2
    after = await rows_of(one.id, two.id)
    for table in before:
        if not table.startswith("advocacy_merge"):
            assert after[table] == before[table], table
    assert await consent.rebuilt_subscriptions() == 0


async def test_a_refusal_of_either_holds_and_no_word_is_made_up(database: Settings) -> None:
    kenya, senegal = await factories.chapter("kenya"), await factories.chapter("senegal")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    await factories.member(senegal, "amina@example.net")
    await consent.withdraw(two.id, kenya.id, basis="one_click")
    made = await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    standing = {
        each.chapter_id: each.granted for each in await Subscription.filter(person_id=one.id)
    }
    assert standing == {kenya.id: False, senegal.id: True}
    assert await consent.rebuilt_subscriptions() == 0
    await merging.undo(made.id, chapter=kenya, actor=SYSTEM)
    assert await consent.rebuilt_subscriptions() == 0
    ours = await Subscription.get(person_id=one.id, chapter_id=kenya.id)
    theirs = await Subscription.get(person_id=two.id, chapter_id=kenya.id)
    assert (ours.granted, theirs.granted) == (True, False)
    assert not await Subscription.filter(person_id=one.id, chapter_id=senegal.id).count()


async def test_what_the_merged_person_said_since_is_not_undone(database: Settings) -> None:
    kenya, senegal = await factories.chapter("kenya"), await factories.chapter("senegal")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    await factories.member(senegal, "amina@example.net")
    made = await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    await consent.withdraw(one.id, senegal.id, basis="one_click")
    await merging.undo(made.id, chapter=kenya, actor=SYSTEM)
    ours = await Subscription.get(person_id=one.id, chapter_id=senegal.id)
    theirs = await Subscription.get(person_id=two.id, chapter_id=senegal.id)
    assert (ours.granted, theirs.granted) == (False, True)
    assert await consent.rebuilt_subscriptions() == 0


async def test_the_longer_pause_of_the_two_holds(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    later = moment.now() + timedelta(days=90)
    await Person.filter(id=two.id).update(paused_until=later)
    await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    assert (await Person.get(id=one.id)).paused_until == later
    assert await db.value(f"SELECT COUNT(*) {consent.mailable()}", kenya.id) == 0


async def test_of_two_who_merge_the_same_pair_one_wins(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    answers = await asyncio.gather(
        merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM),
        merging.merge(two.id, one.id, chapter=kenya, actor=SYSTEM),
        merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Merge) for each in answers) == 1
    assert sum(isinstance(each, Conflict) for each in answers) == 2
    made = await Merge.get()
    undone = await asyncio.gather(
        merging.undo(made.id, chapter=kenya, actor=SYSTEM),
        merging.undo(made.id, chapter=kenya, actor=SYSTEM),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Merge) for each in undone) == 1
    assert sum(isinstance(each, Conflict) for each in undone) == 1
    assert await Membership.filter(chapter_id=kenya.id, state="current").count() == 2


async def test_a_chain_of_merges_is_undone_from_its_end(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    a, b, c = [await factories.member(kenya, f"amina{n}@example.org") for n in range(3)]
    first = await merging.merge(b.id, c.id, chapter=kenya, actor=SYSTEM)
    second = await merging.merge(a.id, b.id, chapter=kenya, actor=SYSTEM)
    found = await knowing.find("amina2@example.org")
    assert found is not None
    assert found.id == a.id
    with pytest.raises(Conflict):
        await merging.undo(first.id, chapter=kenya, actor=SYSTEM)
    await merging.undo(second.id, chapter=kenya, actor=SYSTEM)
    await merging.undo(first.id, chapter=kenya, actor=SYSTEM)
    assert not await Person.filter(merged_into_id__isnull=False).count()
    assert await belonging.member_count(kenya.id) == 3
    with pytest.raises(NotFound):
        await merging.undo(first.id + 99, chapter=kenya, actor=SYSTEM)


async def test_the_ledger_refuses_to_go_to_a_stranger(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "otieno@example.org")
    with pytest.raises(Exception, match="append-only"):
        await Consent.filter(person_id=one.id).update(person_id=two.id)


async def test_a_chapter_is_shown_only_pairs_that_are_wholly_its_own(database: Settings) -> None:
    kenya, senegal = await factories.chapter("kenya"), await factories.chapter("senegal")
    one = await factories.member(kenya, "amina.okello@example.org")
    two = await factories.member(kenya, "amina.okello@example.net")
    zoe = await factories.member(kenya, "zoe.n@example.org", given_name="Zoé", family_name="Ngo")
    zoo = await factories.member(kenya, "zoe.n@example.net", given_name="NGO", family_name="zoe")
    found = await finding.pairs(kenya)
    assert [{each.one.id, each.other.id} for each in found.pairs] == [
        {one.id, two.id},
        {zoe.id, zoo.id},
    ]
    assert found.pairs[0].reasons == ("address", "name")
    # Alike but for a number in them: those are two people.
    await factories.member(kenya, "abena17@example.org", given_name="Abena")
    await factories.member(kenya, "abena18@example.org", given_name="Abena")
    assert (await finding.pairs(kenya)).total == 2
    await factories.member(kenya, "abena.17@example.com", given_name="Abena")
    assert (await finding.pairs(kenya)).total == 3
    await merging.tell_apart(
        *[each.one.id for each in (await finding.pairs(kenya)).pairs if "abena" in each.one.email],
        *[
            each.other.id
            for each in (await finding.pairs(kenya)).pairs
            if "abena" in each.one.email
        ],
        chapter=kenya,
        actor=SYSTEM,
    )
    await merging.tell_apart(zoo.id, zoe.id, chapter=kenya, actor=SYSTEM)
    assert (await finding.pairs(kenya)).total == 1
    # As soon as one of them belongs elsewhere too, it is headquarters' to decide.
    await factories.member(senegal, "amina.okello@example.net")
    assert (await finding.pairs(kenya)).total == 0
    assert await finding.pair(kenya, one.id, two.id) is None
    hq = await db.value("SELECT id FROM advocacy_chapter WHERE is_headquarters")
    across = await finding.pairs(await factories.Chapter.get(id=hq))
    assert [{each.one.id, each.other.id} for each in across.pairs] == [{one.id, two.id}]


async def test_a_name_borne_by_a_crowd_says_nothing(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    for number in range(finding.CROWD + 2):
        await factories.member(kenya, f"amina{number}@example.org")
    assert (await finding.pairs(kenya)).total == 0
