"""Erasing: nothing of the person is left anywhere, and nothing that was counted changes."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from advocacy import db, moment, queue
from advocacy.audit.recording import Actor
from advocacy.errors import Conflict
from advocacy.mail import posting
from advocacy.members.models import Membership, Person, Suppression
from advocacy.rights import asking, erasing, working
from advocacy.rights.models import RightsRequest
from campaigns import wiring
from campaigns.actions import tallying
from campaigns.models import Campaign
from campaigns.reach import reports
from tests import factories, story
from tests.advocacy.rights.traces import everything, fill, settled, traces_of
from tests.conftest import Site

MEMBER = Actor(None, "member")
A_DAY = timedelta(hours=25)


async def ask(person: Person) -> RightsRequest:
    """An erasure that nobody takes back."""
    return await asking.ask_erasure(person.id, language="en", actor=MEMBER)


async def figures() -> dict[str, Any]:
    """Every count we publish or report."""
    found = {}
    for campaign in await Campaign.all():
        report = (await reports.of(campaign)).as_dict()
        report.pop("cut_off", None)
        found[campaign.slug] = report
    pages = [each["id"] for each in await db.rows("SELECT id FROM campaigns_action_page")]
    found["tally"] = [await tallying.count(page) for page in pages]
    return json.loads(json.dumps(found, default=str))


async def test_no_trace_of_the_address_is_left_and_no_count_changes(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    words = await fill(world, amina)
    await tallying.fold_all()
    assert await traces_of(words), "the test would find nothing anyway"
    before = await figures()
    request = await ask(amina)
    await settled(site)
    with moment.shifted(A_DAY):
        assert await working.work(request.id)
        await settled(site)
    assert await traces_of(words) == []
    assert await figures() == before
    gone = await Person.get(id=amina.id)
    assert gone.erased_at is not None and gone.confirmed_at is None
    assert await Suppression.exists(address_hash=amina.address_hash, reason="erased")
    assert {each.state for each in await Membership.filter(person_id=amina.id)} == {"left"}
    done = await RightsRequest.get(id=request.id)
    assert done.state == "done" and done.receipt is not None
    assert done.receipt["counts"]["campaigns_action"] == 1
    letters = site.post.to("amina@example.org")
    assert len(letters) == 2, "what will happen, and that it did"


async def test_nothing_happens_in_the_first_day_and_it_can_be_taken_back(site: Site) -> None:
    world = await story.tell()
    request = await ask(world.members[0])
    await settled(site)
    assert not await working.work(request.id)
    before = await everything()
    with moment.shifted(timedelta(hours=23)):
        assert not await working.work(request.id)
        assert await working.sweep() == 0
    assert await everything() == before
    await asking.take_back(await RightsRequest.get(id=request.id), actor=MEMBER)
    with moment.shifted(A_DAY):
        assert not await working.work(request.id)
        with pytest.raises(Conflict):
            await asking.take_back(await RightsRequest.get(id=request.id), actor=MEMBER)
    assert (await Person.get(id=world.members[0].id)).erased_at is None


async def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_ends_it(
    worker: queue.EmbeddedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await story.tell()
    amina = world.members[0]
    words = await fill(world, amina)
    before = await figures()
    request = await ask(amina)
    await worker.idle()
    ends = 0
    real = erasing._blank
    for deaths in range(12):
        seen = 0

        async def die(*given: Any, at: int = deaths) -> None:
            nonlocal seen
            if seen == at:
                raise SystemExit
            seen += 1
            await real(*given)

        later = A_DAY + timedelta(minutes=3 * deaths)
        with moment.shifted(later), monkeypatch.context() as dying:
            dying.setattr(erasing, "_blank", die)
            try:
                assert await working.work(request.id)
                ends += 1
                break
            except SystemExit:
                assert not await working.work(request.id), "its claim still holds"
    assert ends == 1
    assert await traces_of(words) == []
    assert await figures() == before


async def test_of_two_workers_one_erases_and_the_other_does_nothing(
    worker: queue.EmbeddedWorker,
) -> None:
    world = await story.tell()
    request = await ask(world.members[0])
    await worker.idle()
    with moment.shifted(A_DAY):
        done = await asyncio.gather(*(working.work(request.id) for _each in range(4)))
        assert sorted(done) == [False, False, False, True]
        assert not await working.work(request.id), "and once more changes nothing"


async def test_of_two_who_ask_at_once_one_is_told(database: Any) -> None:
    wiring.load_tasks()
    world = await story.tell()
    asked = await asyncio.gather(
        *(ask(world.members[0]) for _each in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, RightsRequest) for each in asked) == 1
    assert sum(isinstance(each, Conflict) for each in asked) == 2


async def test_whoever_holds_a_role_has_to_hand_it_over_first(database: Any) -> None:
    wiring.load_tasks()
    world = await story.tell()
    lead = await factories.member(world.kenya, "lead@example.org")
    with pytest.raises(Conflict):
        await ask(lead)


async def test_a_lost_farewell_loses_nothing_but_the_letter(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await story.tell()
    request = await ask(world.members[0])
    await settled(site)

    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise posting.NotPosted("450 later")

    with moment.shifted(A_DAY), monkeypatch.context() as broken:
        broken.setattr(posting, "post_letter", refuse)
        assert await working.work(request.id)
    assert (await RightsRequest.get(id=request.id)).state == "done"
