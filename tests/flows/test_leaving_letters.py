"""From the foot of a letter: to one's preferences, out of a topic, out of a sender, out of all."""

from typing import Any

import pytest

from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.members import consent, links
from advocacy.members.models import Consent, Person
from campaigns.actions import looking
from campaigns.actions.taking import Deed, take
from campaigns.mailings import sending, tracking
from campaigns.mailings.models import Delivery
from campaigns.models import Campaign
from tests import factories, story
from tests.conftest import Site
from tests.postbox import links_in, text_of

BASE = "http://testserver"


async def _sent(site: Site) -> tuple[story.World, Person]:
    """Kenya's letter about encryption has gone out to Amina."""
    world = await story.tell()
    await Campaign.filter(id=world.petition.campaign.id).update(topic="encryption")
    await sending.schedule(world.kenya, world.mailing.id, version=world.mailing.version)
    await site.idle()
    return world, world.members[0]


def _path(letter: Any, part: str) -> str:
    (found,) = {each for each in links_in(letter) if part in each}
    return str(found).removeprefix(BASE)


async def _gets(person: Person, chapter: Chapter, *, topic: str = "") -> bool:
    return bool(await consent.still_mailable(chapter.id, [person.id], topic=topic))


async def test_every_letter_to_many_leads_to_the_reader_s_own_preferences(site: Site) -> None:
    world, amina = await _sent(site)
    (letter,) = site.post.to(amina.email)
    path = _path(letter, "/preferences/")
    assert path in text_of(letter), "also in the text part"
    page = (await site.http.get(path)).text
    assert "am…@example.org" in page and world.kenya.name in page
    assert str((await links.holder_of(path.removeprefix("/preferences/"))).person.id) == str(
        amina.id
    )


async def test_thanks_lead_there_too_but_only_for_whom_we_know(site: Site) -> None:
    petition = await factories.campaign_with_page()
    page = await looking.by_slug(petition.page.slug)
    await take(page, Deed(email="rosa@example.org", given_name="Rosa", language="en"))
    await site.idle()
    (asked,) = site.post.to("rosa@example.org")
    assert not [each for each in links_in(asked) if "/preferences/" in each], "nobody's yet"
    await site.http.post(_path(asked, "/act/"))
    await site.idle()
    thanks = site.post.to("rosa@example.org")[-1]
    path = _path(thanks, "/preferences/")
    assert path in text_of(thanks)
    assert "ro…@example.org" in (await site.http.get(path)).text


async def test_a_topic_is_left_with_one_press_and_everything_else_still_comes(site: Site) -> None:
    world, amina = await _sent(site)
    (letter,) = site.post.to(amina.email)
    path = _path(letter, "/u/")
    before = await Consent.all().count()
    page = (await site.http.get(f"/en{path}")).text
    assert "No more about “Encryption and private messages”" in page
    assert "/preferences/" in page
    assert await Consent.all().count() == before, "opening it changes nothing"
    for _press in range(2):
        done = await site.http.post(f"/en{path}", data={"from": "topic"})
        assert "It holds for every chapter." in done.text
    assert not await _gets(amina, world.kenya, topic="encryption")
    assert await _gets(amina, world.kenya) and await _gets(amina, world.kenya, topic="spectrum")
    line = await Consent.filter(person=amina).order_by("-id").first()
    headquarters = await Chapter.get(slug=HEADQUARTERS)
    assert line is not None
    assert (line.purpose, line.granted, line.basis) == ("topic:encryption", False, "page")
    assert (line.chapter_id, line.page, line.origin) == (headquarters.id, "/u", "127.0.0.0")
    assert await Consent.all().count() == before + 1


@pytest.mark.parametrize(
    ("data", "said", "alone"),
    [
        ({"from": "sender"}, "No more letters from Kenya Chapter", True),
        ({"from": "everybody"}, "No more letters from any of us", False),
        ({"from": "nonsense"}, "No more letters from Kenya Chapter", True),
        ({}, "No more letters from Kenya Chapter", True),
        ({"List-Unsubscribe": "One-Click"}, "", True),
    ],
)
async def test_one_press_leaves_the_sender_or_all(
    site: Site, data: dict[str, str], said: str, alone: bool
) -> None:
    world, amina = await _sent(site)
    await consent.record(amina.id, world.senegal.id, granted=True, basis="confirmed")
    delivery = await Delivery.get(person_id=amina.id)
    answer = await site.http.post(f"/en{tracking.unsubscribe_path(delivery.id)}", data=data)
    assert answer.status_code == 200
    assert said in answer.text
    assert (not answer.text) == ("List-Unsubscribe" in data)
    assert not await _gets(amina, world.kenya)
    assert await _gets(amina, world.senegal) is alone
    assert await consent.rebuilt_subscriptions() == 0


async def test_a_letter_without_a_topic_offers_none_and_refuses_none(site: Site) -> None:
    world, amina = await _sent(site)
    await Campaign.filter(id=world.petition.campaign.id).update(topic="")
    delivery = await Delivery.get(person_id=amina.id)
    path = f"/en{tracking.unsubscribe_path(delivery.id)}"
    assert 'value="topic"' not in (await site.http.get(path)).text
    done = await site.http.post(path, data={"from": "topic"})
    assert "No more letters from Kenya Chapter" in done.text
    assert not await _gets(amina, world.kenya), "who presses something gets no more letters"


async def test_the_way_on_from_an_old_letter_is_as_old_as_the_letter(site: Site) -> None:
    _world, amina = await _sent(site)
    delivery = await Delivery.get(person_id=amina.id)
    assert delivery.sent_at is not None
    old = delivery.sent_at.replace(year=delivery.sent_at.year - 2)
    await Delivery.filter(id=delivery.id).update(sent_at=old)
    who = await tracking.leaving(tracking.unsubscribe_path(delivery.id).removeprefix("/u/"))
    assert (await site.http.get(who.preferences)).status_code == 410
    assert (await site.http.post(tracking.unsubscribe_path(delivery.id))).status_code == 200
