"""What people choose about letters holds for a mailing: a pause, a topic, a language they read."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.mail import posting
from advocacy.members import consent
from advocacy.members.models import Person
from advocacy.settings import Settings
from campaigns.mailings import audience, claiming, composing, dispatching, sending, tracking
from campaigns.mailings.composing import Text
from campaigns.mailings.models import Delivery, Mailing
from campaigns.models import Campaign
from tests import factories
from tests.conftest import Ground
from tests.postbox import Postbox

TEXTS = {"en": Text("Subject", "Body"), "fr": Text("Sujet", "Corps")}
REFUSED = {"granted": False, "basis": "page", "purpose": "topic:encryption"}


@pytest.fixture
async def post(database: Settings, ground: Ground) -> AsyncIterator[Postbox]:
    """The database and the way out, without a queue: rings are heard by nobody."""
    await posting.open_posting(database)
    yield Postbox(database, ground.smtp)
    await posting.close_posting()


async def about_encryption(size: int) -> tuple[Chapter, Mailing, list[Person]]:
    """A chapter of members and its mailing of a campaign with a topic, still a draft."""
    home = await factories.chapter("home", languages="en fr")
    petition = await factories.campaign_with_page(home)
    await Campaign.filter(id=petition.campaign.id).update(topic="encryption")
    people = [await factories.member(home, f"m{number}@example.org") for number in range(size)]
    mailing = await composing.draft(home, "Keep it locked", TEXTS, page_id=petition.page.id)
    return home, mailing, people


async def reason_of(mailing: Mailing, person: Person) -> str:
    """Why a person would not get a mailing; empty where they would."""
    verdict = await audience.would_get(mailing, person.email)
    assert verdict is not None
    return verdict.reason


async def test_who_paused_or_refused_the_topic_is_counted_with_that_reason(database: Any) -> None:
    home, mailing, people = await about_encryption(7)
    headquarters = await Chapter.get(slug=HEADQUARTERS)
    paused, past, here, everywhere, elsewhere, back, _plain = people
    now = moment.now()
    await Person.filter(id=paused.id).update(paused_until=now + timedelta(days=30))
    await Person.filter(id=past.id).update(paused_until=now - timedelta(minutes=2))
    await consent.record(here.id, home.id, **REFUSED)
    await consent.record(everywhere.id, headquarters.id, **REFUSED)
    other = await factories.chapter("other")
    await consent.record(elsewhere.id, other.id, **REFUSED)
    await consent.record(back.id, home.id, **REFUSED)
    await consent.record(back.id, home.id, **{**REFUSED, "granted": True})
    answer = await audience.answer(mailing)
    assert answer.excluded == {"paused": 1, "topic": 2}
    assert answer.count == 4 == await audience.count(mailing)
    found = [await reason_of(mailing, each) for each in people]
    assert found == ["paused", "", "topic", "topic", "", "", ""]
    await sending.schedule(home, mailing.id, version=mailing.version)
    await sending.start(mailing.id)
    frozen = await Delivery.filter(mailing_id=mailing.id).values_list("person_id", flat=True)
    assert set(frozen) == {past.id, elsewhere.id, back.id, _plain.id}


async def test_a_topic_is_refused_for_its_own_letters_only(database: Any) -> None:
    home, mailing, (person,) = await about_encryption(1)
    await consent.record(person.id, home.id, **REFUSED)
    assert await audience.count(mailing) == 0
    await Campaign.filter(id=mailing.campaign_id).update(topic="spectrum")
    assert await audience.count(mailing) == 1
    await Campaign.filter(id=mailing.campaign_id).update(topic="")
    assert await audience.count(mailing) == 1
    general = await composing.draft(home, "News", TEXTS)
    assert await audience.count(general) == 1


async def test_choices_made_while_it_is_sent_stop_the_letters_that_wait(
    post: Postbox,
) -> None:
    home, mailing, _people = await about_encryption(8)
    await sending.schedule(home, mailing.id, version=mailing.version)
    await sending.start(mailing.id)
    batch = await claiming.claim(mailing.id, home.id)
    assert len(await claiming.put_on_wire(batch, batch.ids[:2])) == 2
    waiting = await Delivery.filter(id__in=batch.ids).order_by("id")
    topic, paused, gone = waiting[:3]
    token = tracking.unsubscribe_path(topic.id).removeprefix("/u/")
    await tracking.unsubscribe(token, scope="topic", basis="page")
    await Person.filter(id=paused.person_id).update(paused_until=moment.now() + timedelta(days=1))
    await consent.withdraw(gone.person_id, home.id, basis="page")
    await claiming.release(batch)
    await dispatching.send_batch(mailing.id)
    left = {
        each.id: each.reason
        for each in await Delivery.filter(mailing_id=mailing.id, status="skipped")
    }
    assert left == {topic.id: "topic", paused.id: "paused", gone.id: "unsubscribed"}
    assert len(post.letters()) == 3
    kept = await consent.still_mailable(home.id, [topic.person_id])
    assert kept == {topic.person_id}, "letters about anything else still come"
    about = await consent.still_mailable(home.id, [topic.person_id], topic="encryption")
    assert about == set()


async def test_who_has_no_version_in_their_language_gets_one_they_read(database: Any) -> None:
    _home, mailing, (sw, pt, fr, none) = await about_encryption(4)
    await Person.filter(id=sw.id).update(language="sw", also_reads="ar fr")
    await Person.filter(id=pt.id).update(language="pt", also_reads="fr-CA")
    await Person.filter(id=fr.id).update(language="fr", also_reads="en")
    await Person.filter(id=none.id).update(language="sw", also_reads="ar")
    answer = await audience.answer(mailing)
    assert answer.by_language == {"fr": 3, "en": 1}
    verdicts = [await audience.would_get(mailing, each.email) for each in (sw, pt, fr, none)]
    assert [each.language for each in verdicts if each] == ["fr", "fr", "fr", "en"]
