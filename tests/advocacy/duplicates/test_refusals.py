"""What somebody refused, and what cannot be delivered, keeps to the right one of two merged."""

from datetime import timedelta

import pytest

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM
from advocacy.duplicates import merging
from advocacy.members import consent
from advocacy.members.models import Person, Suppression
from advocacy.settings import Settings
from campaigns import wiring
from campaigns.actions import confirming, tallying
from campaigns.actions.models import Action
from campaigns.mailings import tracking
from campaigns.mailings.models import Delivery, Mailing
from tests import factories
from tests.advocacy.duplicates.test_merging import sign


@pytest.fixture(autouse=True)
def _ties() -> None:
    wiring.load_tasks()


@pytest.mark.parametrize("reason", ["complaint", "unsubscribed_all", "request"])
async def test_whoever_wants_no_letters_at_all_gets_none_at_their_other_address(
    database: Settings, reason: str
) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    await consent.suppress(two.address_hash, reason)
    made = await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    assert await consent.still_mailable(kenya.id, [one.id, two.id]) == set()
    await merging.undo(made.id, chapter=kenya, actor=SYSTEM)
    assert await consent.still_mailable(kenya.id, [one.id, two.id]) == {one.id}


async def test_an_address_that_died_says_nothing_about_the_other(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    await consent.suppress(two.address_hash, "hard_bounce")
    await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    assert await consent.still_mailable(kenya.id, [one.id]) == {one.id}


async def _letter(person: Person, chapter_id: int) -> Delivery:
    now = moment.now()
    mailing = await Mailing.create(
        chapter_id=chapter_id, name="News", state="sent", created_at=now, updated_at=now
    )
    return await Delivery.create(
        mailing=mailing, person=person, text_language="en", status="sent", sent_at=now
    )


async def test_a_letter_that_comes_back_after_a_merge_closes_the_address_it_went_to(
    database: Settings,
) -> None:
    kenya = await factories.chapter("kenya")
    one, two, three = [
        await factories.member(kenya, f"amina@example.{end}") for end in ("org", "net", "com")
    ]
    before = await _letter(three, kenya.id)
    with moment.shifted(timedelta(minutes=1)):
        await merging.merge(two.id, three.id, chapter=kenya, actor=SYSTEM)
        await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    assert (await Delivery.get(id=before.id)).person_id == one.id
    assert await tracking.take_bounce(before.id, "hard")
    assert await consent.still_mailable(kenya.id, [one.id]) == {one.id}
    closed = await Suppression.all()
    assert [each.address_hash for each in closed] == [three.address_hash]
    with moment.shifted(timedelta(minutes=2)):
        after = await _letter(one, kenya.id)
        assert await tracking.take_bounce(after.id, "hard")
    assert await consent.still_mailable(kenya.id, [one.id]) == set()


async def test_a_complaint_about_an_earlier_letter_is_the_merged_persons(
    database: Settings,
) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    before = await _letter(two, kenya.id)
    with moment.shifted(timedelta(minutes=1)):
        await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    await tracking.take_complaint(before.id)
    assert await consent.still_mailable(kenya.id, [one.id]) == set()


async def test_a_letter_to_the_erased_comes_back_and_names_nobody(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    sent = await _letter(one, kenya.id)
    await db.execute(
        "UPDATE advocacy_person SET erased_at = $1 WHERE id = $2", moment.now(), one.id
    )
    assert await tracking.take_bounce(sent.id, "hard", response="5.1.1 <amina@example.org> gone")
    back = await Delivery.get(id=sent.id)
    assert (back.status, back.response) == ("bounced", "")
    assert (await Person.get(id=one.id)).deliverability == "ok"
    assert not await Suppression.exists()


@pytest.mark.parametrize("kept, lost", [("waiting", "confirmed"), ("waiting", "waiting")])
async def test_an_action_that_waited_is_not_counted_beside_its_double(
    database: Settings, kept: str, lost: str
) -> None:
    kenya = await factories.chapter("kenya")
    one = await factories.member(kenya, "amina@example.org")
    two = await factories.member(kenya, "amina@example.net")
    petition = await factories.campaign_with_page(kenya)
    ours, theirs = await sign(petition, one, kept), await sign(petition, two, lost)
    await tallying.fold(petition.page.id, thanking=False)
    made = await merging.merge(one.id, two.id, chapter=kenya, actor=SYSTEM)
    for each in (ours, theirs):
        await confirming.settle(each.id, basis="confirmed")
    await tallying.fold(petition.page.id, thanking=False)
    assert await tallying.count(petition.page.id) == 1
    await merging.undo(made.id, chapter=kenya, actor=SYSTEM)
    assert not await Action.filter(state="invalidated").exists()
