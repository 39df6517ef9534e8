"""Signing over HTTP with the real queue: members by one press, visitors by a confirmed letter."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment, tokens
from advocacy.members.models import Consent, Person
from campaigns import lifecycle
from campaigns.actions import recognising, tallying
from campaigns.actions.models import Action, SourceCode, Tally
from tests import factories
from tests.conftest import Site
from tests.postbox import links_in

VISITOR = {
    "given_name": "Rosa",
    "family_name": "Diaz",
    "email": "rosa@example.org",
    "country": "MX",
    "letters": "y",
}


def _path(link: str) -> str:
    return link.removeprefix("http://testserver")


async def _confirming_path(site: Site, address: str = "rosa@example.org") -> str:
    await site.idle()
    letter = site.post.to(address)[-1]
    return next(_path(link) for link in links_in(letter) if "/act/" in link)


async def test_a_visitor_signs_confirms_and_shares(site: Site) -> None:
    petition = await factories.campaign_with_page(languages=("en",))
    page = await site.http.get(petition.path)
    assert page.status_code == 200
    assert "Keep the Internet on" in page.text
    assert f"Yes, {petition.chapter.name} may write to me" in page.text

    asked = await site.http.post(petition.path, data=factories.stamped(**VISITOR))
    assert asked.url.path == f"{petition.path}/thanks"
    assert "look in your inbox" in asked.text and "rosa@example.org" in asked.text
    assert await tallying.count(petition.page.id) == 0

    path = await _confirming_path(site)
    scanner = site.browser()
    for _visit in range(3):
        seen = await scanner.get(path)
        assert seen.status_code == 200 and "Yes, count my signature" in seen.text
    assert await Action.filter(state="confirmed").count() == 0

    done = await site.http.post(path)
    assert done.url.path == f"{petition.path}/thanks"
    assert "Thank you" in done.text and "wa.me" in done.text
    await site.idle()
    assert (await Tally.get()).count == 1
    entry = await Consent.get()
    assert entry.granted and entry.wording_id is not None
    subjects = [str(each["subject"]) for each in site.post.to("rosa@example.org")]
    assert subjects[-1].startswith("Thank you for signing")

    again = await site.http.get(path)
    assert "confirmed this already" in again.text
    await site.http.post(path)
    await site.idle()
    assert len(site.post.to("rosa@example.org")) == 2
    assert await tallying.count(petition.page.id) == 1


async def test_the_answer_is_the_same_whoever_we_know(site: Site) -> None:
    petition = await factories.campaign_with_page()
    member = await factories.member(petition.chapter, "member@example.org")
    link = f"{petition.path}?p={recognising.token_for(member.id)}"
    await _press(site, link)
    answers = []
    for email in ("member@example.org", "stranger@example.org"):
        answer = await site.browser().post(
            petition.path, data=factories.stamped(**{**VISITOR, "email": email})
        )
        answers.append((answer.status_code, answer.url.path, answer.text.replace(email, "X")))
    assert answers[0] == answers[1]
    await site.idle()
    with moment.shifted(timedelta(hours=2)):
        await site.browser().post(
            petition.path, data=factories.stamped(**{**VISITOR, "email": "member@example.org"})
        )
        await site.idle()
    subjects = [str(each["subject"]) for each in site.post.to("member@example.org")]
    assert subjects[-1].startswith("You have signed already")
    assert not [each for each in subjects if each.startswith("Confirm")]


async def _press(site: Site, link: str, **more: str) -> Any:
    """Opens the page behind a link and presses its button, as a browser without script does."""
    browser = site.browser()
    page = await browser.get(link)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return await browser.post(page.url.path, data={**hidden, **more})


async def test_a_member_by_a_signed_link_signs_with_one_press(site: Site) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.member(petition.chapter)
    link = f"{petition.path}?p={recognising.token_for(amina.id)}"
    page = await site.http.get(link)
    assert "You sign as Amina Okello." in page.text
    assert 'name="email"' not in page.text and "may write to me" not in page.text
    done = await _press(site, link)
    assert "your signature counts" in done.text
    again = await site.http.post(petition.path, data={"p": recognising.token_for(amina.id)})
    assert again.text == done.text
    assert "You have signed this." in (await site.http.get(link)).text
    await site.idle()
    assert (await Tally.get()).count == 1
    assert await Consent.all().count() == 1


async def test_a_signed_in_person_needs_no_letter(site: Site) -> None:
    petition = await factories.campaign_with_page()
    await factories.person("leila@example.org")
    await factories.user("leila@example.org", of=petition.chapter)
    browser = site.browser()
    await browser.post("/sign-in", data={"email": "leila@example.org"})
    await site.idle()
    link = _path(links_in(site.post.to("leila@example.org")[-1])[0])
    await browser.post(link)
    done = await browser.post(petition.path, data={"letters": "y"})
    assert "your signature counts" in done.text
    assert (await Consent.get()).basis == "signed_in"


async def test_a_forged_link_makes_nobody_known(site: Site) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person()
    token = tokens.sign("unsubscribe", amina.id)
    page = await site.http.get(f"{petition.path}?p={token}")
    assert 'name="email"' in page.text
    await site.http.post(petition.path, data={"p": token})
    assert await Action.all().count() == 0


async def test_pressing_twice_at_once_makes_one_signature(site: Site) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person()
    token = recognising.token_for(amina.id)
    await asyncio.gather(
        *(site.browser().post(petition.path, data={"p": token}) for _ in range(6)),
        *(site.browser().post(petition.path, data=factories.stamped(**VISITOR)) for _ in range(6)),
    )
    await site.idle()
    assert await Action.all().count() == 2
    assert await tallying.count(petition.page.id) == 1
    assert len(site.post.to("rosa@example.org")) == 1


async def test_a_share_link_names_who_brought_people(site: Site) -> None:
    petition = await factories.campaign_with_page()
    amina = await factories.person()
    done = await _press(site, f"{petition.path}?p={recognising.token_for(amina.id)}")
    shared = re.search(r'value="(http://testserver/a/[^"]+\?s=[^"]+)"', done.text)
    assert shared is not None
    ben = await factories.person()
    link = f"{_path(shared[1])}&p={recognising.token_for(ben.id)}"
    await _press(site, link)
    source = await SourceCode.get()
    assert (source.kind, source.person_id) == ("share", amina.id)
    assert (await Action.get(person_id=ben.id)).source_id == source.id


async def test_mistakes_are_shown_beside_their_fields_and_nothing_is_lost(site: Site) -> None:
    petition = await factories.campaign_with_page()
    wrong = {
        "given_name": "www.example.org",
        "family_name": "Diaz-Ordóñez",
        "email": "rosa@",
        "country": "ZZ",
    }
    answer = await site.http.post(petition.path, data=wrong)
    assert answer.status_code == 422
    mended = ("without a web address", "Choose your country", "like name@example.org")
    for text in (*mended, "Diaz-Ordóñez"):
        assert text in answer.text
    assert await Person.all().count() == 0


async def test_a_robot_that_fills_the_bait_is_thanked_and_forgotten(site: Site) -> None:
    petition = await factories.campaign_with_page()
    answer = await site.http.post(petition.path, data={**VISITOR, "website": "http://x.test"})
    assert answer.status_code == 200 and "look in your inbox" in answer.text
    assert await Person.all().count() == 0


async def test_one_place_cannot_flood_a_page(site: Site) -> None:
    petition = await factories.campaign_with_page()
    codes = []
    for number in range(12):
        data = factories.stamped(**{**VISITOR, "email": f"v{number}@example.org"})
        codes.append((await site.http.post(petition.path, data=data)).status_code)
    assert codes == [200] * 10 + [429] * 2
    assert await Action.all().count() == 10


@pytest.mark.parametrize("state", ["paused", "ended"])
async def test_a_closed_campaign_says_so_and_takes_nothing(site: Site, state: str) -> None:
    petition = await factories.campaign_with_page(state=state, outcome="The regulator **agreed**.")
    page = await site.http.get(petition.path)
    assert page.status_code == 200 and "<strong>agreed</strong>" in page.text
    assert 'name="email"' not in page.text
    answer = await site.http.post(petition.path, data=factories.stamped(**VISITOR))
    assert answer.status_code == 409
    assert ("taking a break" if state == "paused" else "has ended") in answer.text
    assert await Action.all().count() == 0


async def test_a_campaign_that_has_not_begun_shows_its_day_and_no_text(site: Site) -> None:
    starts = moment.now() + timedelta(days=9)
    petition = await factories.campaign_with_page(state="scheduled", starts_at=starts)
    page = await site.http.get(petition.path)
    assert "has not begun" in page.text and "Keep the Internet on" not in page.text
    assert (
        await site.http.post(petition.path, data=factories.stamped(**VISITOR))
    ).status_code == 409


async def test_drafts_and_unknown_pages_are_not_found(site: Site) -> None:
    petition = await factories.campaign_with_page(state="draft")
    for path in (petition.path, "/a/nothing", "/act/forged", f"{petition.path}/thanks"):
        assert (await site.http.get(path)).status_code == 404
    assert (await site.http.post("/act/forged")).status_code == 404


async def test_an_old_link_confirms_nothing(site: Site) -> None:
    petition = await factories.campaign_with_page()
    await site.http.post(petition.path, data=factories.stamped(**VISITOR))
    path = await _confirming_path(site)
    values = tokens.read("act", path.rpartition("/")[2], max_age=60)
    assert values is not None
    old = tokens.sign("act", values[0])
    assert (await site.http.post(f"/act/{old}")).status_code == 404
    campaign = petition.campaign
    await lifecycle.end(petition.chapter, campaign.slug, version=campaign.version)
    with moment.shifted(timedelta(days=2)):
        assert (await site.http.post(path)).status_code == 409
    assert await Action.filter(state="confirmed").count() == 0
