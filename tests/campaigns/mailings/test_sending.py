"""The engine: each recipient once, whatever is pressed, paused, stopped or withdrawn meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from advocacy import db, moment, queue
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict
from advocacy.mail import posting
from advocacy.members.models import Person
from advocacy.settings import Settings
from campaigns.mailings import claiming, composing, dispatching, sending, tracking
from campaigns.mailings.composing import Text
from campaigns.mailings.models import Delivery, Mailing
from tests import factories
from tests.conftest import Ground
from tests.postbox import Postbox

TEXTS = {
    "en": Text(subject="News for {first_name|you}", body="Dear {first_name},\n\n[Read]({link})"),
    "fr": Text(subject="Nouvelles", body="Bonjour {name},\n\nvoici [notre page]({link})."),
}


@pytest.fixture
def post(config: Settings, ground: Ground) -> Postbox:
    return Postbox(config, ground.smtp)


@pytest.fixture
async def mail(database: Settings) -> AsyncIterator[Settings]:
    """The database and the way out, without a queue: rings are heard by nobody."""
    await posting.open_posting(database)
    yield database
    await posting.close_posting()


async def crowd(of: Chapter, size: int) -> None:
    for number in range(size):
        language = "fr" if number % 3 == 0 else "en"
        await factories.member(of, f"m{number}@example.org", language=language)


async def drafted(size: int) -> tuple[Chapter, Mailing]:
    petition = await factories.campaign_with_page()
    await crowd(petition.chapter, size)
    mailing = await composing.draft(
        petition.chapter, "First letter", TEXTS, page_id=petition.page.id
    )
    return petition.chapter, mailing


async def counts(mailing: Mailing) -> dict[str, int]:
    found = await db.rows(
        "SELECT status, COUNT(*) AS n FROM campaigns_delivery WHERE mailing_id = $1"
        " GROUP BY status",
        mailing.id,
    )
    return {each["status"]: int(each["n"]) for each in found}


async def frozen(size: int) -> tuple[Chapter, Mailing]:
    """A sending mailing whose rings nobody hears."""
    chapter, mailing = await drafted(size)
    await sending.schedule(chapter, mailing.id, version=mailing.version)
    await sending.start(mailing.id)
    return chapter, await Mailing.get(id=mailing.id)


async def test_everybody_gets_it_once_and_then_it_is_sent(
    worker: queue.EmbeddedWorker, post: Postbox
) -> None:
    chapter, mailing = await drafted(120)
    await sending.schedule(chapter, mailing.id, version=mailing.version)
    await worker.idle()
    done = await Mailing.get(id=mailing.id)
    assert (done.state, done.audience_size) == ("sent", 120)
    assert await counts(mailing) == {"sent": 120}
    letters = post.letters()
    assert len(letters) == 120
    assert len({str(each["to"]) for each in letters}) == 120
    assert {str(each["content-language"]) for each in letters} == {"en", "fr"}


async def test_started_twice_at_once_nobody_gets_it_twice(
    worker: queue.EmbeddedWorker, post: Postbox
) -> None:
    chapter, mailing = await drafted(60)
    await sending.schedule(chapter, mailing.id, version=mailing.version)
    await asyncio.gather(*(sending.start(mailing.id) for _each in range(4)))
    await asyncio.gather(*(dispatching.send_batch(mailing.id) for _each in range(6)))
    await worker.idle()
    assert await counts(mailing) == {"sent": 60}
    assert len(post.letters()) == 60
    with pytest.raises(Conflict):
        await sending.schedule(chapter, mailing.id, version=mailing.version)
    assert (await Mailing.get(id=mailing.id)).state == "sent"


async def test_a_pause_holds_and_a_resume_goes_on(
    worker: queue.EmbeddedWorker, post: Postbox
) -> None:
    chapter, mailing = await drafted(30)
    await sending.schedule(chapter, mailing.id, version=mailing.version)
    await sending.start(mailing.id)
    await sending.pause(chapter, mailing.id)
    await worker.idle()
    before = len(post.letters())
    state = await counts(mailing)
    assert sum(state.values()) == 30
    assert not state.get("claimed")
    await dispatching.send_batch(mailing.id)
    assert len(post.letters()) == before, "paused means that nothing goes"
    await sending.resume(chapter, mailing.id)
    await worker.idle()
    assert await counts(mailing) == {"sent": 30}


async def test_a_pause_counts_inside_a_batch(database: Any) -> None:
    chapter, mailing = await frozen(12)
    batch = await claiming.claim(mailing.id, chapter.id)
    assert len(await claiming.put_on_wire(batch, batch.ids[:4])) == 4
    await sending.pause(chapter, mailing.id)
    assert await claiming.put_on_wire(batch, batch.ids[:4]) == {}
    await claiming.release(batch)
    assert await counts(mailing) == {"claimed": 4, "queued": 8}


async def test_who_unsubscribes_while_it_is_sent_is_skipped(mail: Any, post: Postbox) -> None:
    chapter, mailing = await frozen(10)
    first, second, *_rest = await Delivery.filter(mailing_id=mailing.id).order_by("id")
    batch = await claiming.claim(mailing.id, chapter.id, limit=1)
    assert batch.ids == [first.id]
    for each in (first, second):
        token = tracking.unsubscribe_path(each.id).removeprefix("/u/")
        await tracking.unsubscribe(token, basis="one_click")
    assert (await Delivery.get(id=second.id)).status == "skipped", "at once, as it was queued"
    assert await claiming.put_on_wire(batch, batch.ids) == {}
    skipped = await Delivery.get(id=first.id)
    assert (skipped.status, skipped.reason) == ("skipped", "unsubscribed")
    await dispatching.send_batch(mailing.id)
    assert await counts(mailing) == {"skipped": 2, "sent": 8}
    assert len(post.letters()) == 8


async def test_after_a_dead_worker_what_was_held_goes_back_and_the_wire_is_unknown(
    database: Any,
) -> None:
    chapter, mailing = await frozen(20)
    batch = await claiming.claim(mailing.id, chapter.id)
    on_wire = await claiming.put_on_wire(batch, batch.ids[:6])
    assert await claiming.bury() == (0, 0), "a worker has two minutes"
    with moment.shifted(timedelta(minutes=3)):
        assert await claiming.bury() == (14, 6)
    assert await counts(mailing) == {"queued": 14, "unknown": 6}
    late = [claiming.Outcome(each, "sent", response="250 ok") for each in list(on_wire)[:2]]
    await claiming.settle(batch, late)
    assert await counts(mailing) == {"queued": 14, "unknown": 4, "sent": 2}
    assert await claiming.put_on_wire(batch, batch.ids) == {}, "the dead worker lost its claim"
    assert await claiming.release(batch) == 0


async def test_a_stopped_mailing_keeps_its_queue_and_can_go_on(
    worker: queue.EmbeddedWorker, post: Postbox
) -> None:
    chapter, mailing = await frozen(15)
    await sending.stop(chapter, mailing.id)
    await dispatching.send_batch(mailing.id)
    await worker.idle()
    assert (await Mailing.get(id=mailing.id)).state == "stopped"
    assert sum((await counts(mailing)).values()) == 15
    await sending.resume(chapter, mailing.id)
    await worker.idle()
    assert (await Mailing.get(id=mailing.id)).state == "sent"
    assert len(post.letters()) == 15


async def test_one_who_cannot_be_addressed_holds_up_nobody(mail: Any, post: Postbox) -> None:
    _chapter, mailing = await frozen(6)
    first = await Delivery.filter(mailing_id=mailing.id).order_by("id").first()
    assert first is not None
    await Person.filter(id=first.person_id).update(given_name="A\r\nBcc: all@example.org")
    await dispatching.send_batch(mailing.id)
    assert await counts(mailing) == {"failed": 1, "sent": 5}
    assert len(post.letters()) == 5
