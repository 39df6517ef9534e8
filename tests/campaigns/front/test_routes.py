"""First pages: the public one, the way into the console, the desk, headquarters."""

from datetime import timedelta
from typing import Any

import brotli
import pytest

from advocacy import moment
from advocacy.identity import signing_in
from campaigns.actions.models import Tally
from campaigns.models import Campaign
from tests import factories, story
from tests.campaigns.visitors import visitor


async def test_the_first_page_shows_what_is_open_and_nothing_else(site: Any) -> None:
    live = await factories.campaign_with_page()
    hidden = [
        await factories.campaign_with_page(state=state, slug=f"hidden-{state}")
        for state in ("draft", "scheduled", "paused", "ended", "archived")
    ]
    page = await site.http.get("/")
    assert page.status_code == 200
    assert live.path in page.text
    assert not [each for each in hidden if each.path in page.text]
    assert 'action="/chapters"' in page.text


async def test_the_first_page_and_its_stylesheet_fit_into_fourteen_kilobytes(site: Any) -> None:
    for _n in range(6):
        await factories.campaign_with_page(languages=("ar", "en"))
    page = await site.http.get("/ar/")
    style = next(part for part in page.text.split('"') if part.endswith("site.css"))
    sheet = await site.http.get(style)
    weights = [len(brotli.compress(each.content, quality=5)) for each in (page, sheet)]
    assert sum(weights) <= 14 * 1024
    assert "<script" not in page.text


async def test_the_console_opens_at_the_one_chapter(site: Any) -> None:
    chapter = await factories.chapter()
    browser = await visitor(site, "chapter_lead", of=chapter)
    answer = await browser.get("/console")
    assert answer.url.path == f"/console/{chapter.slug}"


async def test_a_regional_manager_chooses_among_the_chapters_of_the_region(site: Any) -> None:
    here, there = await factories.chapter(), await factories.chapter(region="Europe")
    also = await factories.chapter()
    browser = await visitor(site, "regional_manager", region="Africa")
    page = await browser.get("/console")
    assert f"/console/{here.slug}" in page.text
    assert f"/console/{also.slug}" in page.text
    assert f"/console/{there.slug}" not in page.text
    assert "/console/hq" not in page.text


@pytest.mark.parametrize("role", ["hq_director", "hq_analyst", "data_protection_officer"])
async def test_headquarters_starts_with_everything_at_a_glance(site: Any, role: str) -> None:
    petition = await factories.campaign_with_page()
    await Tally.create(page=petition.page, day=moment.now().date(), count=41)
    await factories.campaign_with_page(petition.chapter, state="draft", slug="not-yet")
    await factories.member(petition.chapter, "somebody@example.org", given_name="Zawadi")
    browser = await visitor(site, role)
    page = await browser.get("/console")
    assert page.url.path == "/console/hq"
    assert petition.campaign.name in page.text
    assert "Not yet" in page.text
    assert ">41<" in page.text
    assert "Zawadi" not in page.text and "somebody@" not in page.text


@pytest.mark.parametrize("role", ["chapter_lead", "regional_manager"])
async def test_headquarters_is_closed_to_others(site: Any, role: str) -> None:
    chapter = await factories.chapter()
    where = {"of": chapter} if role == "chapter_lead" else {"region": "Africa"}
    browser = await visitor(site, role, **where)
    assert (await browser.get("/console/hq")).status_code == 403


async def test_nobody_enters_without_a_grant(site: Any) -> None:
    chapter = await factories.chapter()
    member = await visitor(site)
    assert (await member.get("/console")).status_code == 403
    assert (await member.get(f"/console/{chapter.slug}")).status_code == 403
    answer = await site.browser().get("/console", follow_redirects=False)
    assert "/sign-in" in answer.headers["location"]


async def test_an_empty_desk_offers_the_first_steps(site: Any) -> None:
    chapter = await factories.chapter()
    browser = await visitor(site, "chapter_lead", of=chapter)
    page = await browser.get(f"/console/{chapter.slug}")
    assert f"/console/{chapter.slug}/campaigns/new" in page.text
    assert f"/chapters/{chapter.slug}" in page.text


async def test_a_desk_says_what_needs_attention(site: Any) -> None:
    chapter = await factories.chapter()
    soon = await factories.campaign_with_page(chapter, slug="closing-soon")
    ends = moment.now() + timedelta(days=3)
    await Campaign.filter(id=soon.campaign.id).update(ends_at=ends)
    near = await factories.campaign_with_page(chapter, slug="nearly-there")
    await Tally.create(page=near.page, day=moment.now().date(), count=95)
    await factories.campaign_with_page(chapter, slug="not-yet", state="draft")
    await factories.campaign_with_page(chapter, slug="silent-end", state="ended")
    browser = await visitor(site, "chapter_lead", of=chapter)
    text = (await browser.get(f"/console/{chapter.slug}")).text
    assert "“Closing soon” closes on" in text
    assert "“Nearly there” is 5 signatures short of its goal." in text
    assert "“Not yet” is a draft that nobody sees yet." in text
    assert "“Silent end” has ended." in text


async def test_those_who_only_look_are_not_told_to_work(site: Any) -> None:
    chapter = await factories.chapter()
    await factories.campaign_with_page(chapter, slug="not-yet", state="draft")
    browser = await visitor(site, "hq_analyst")
    text = (await browser.get(f"/console/{chapter.slug}")).text
    assert "nobody sees yet" not in text
    assert "campaigns/new" not in text


async def test_a_desk_counts_its_own_members_only(site: Any) -> None:
    chapter, other = await factories.chapter(), await factories.chapter()
    for home in (chapter, chapter, other):
        await factories.member(home)
    browser = await visitor(site, "chapter_lead", of=chapter)
    text = (await browser.get(f"/console/{chapter.slug}")).text
    assert "<dt>Members</dt><dd>2</dd>" in text
    assert "<dt>Joined in the last 30 days</dt><dd>2</dd>" in text


async def test_a_member_s_own_links_lend_out_no_name(site: Any) -> None:
    world = await story.tell()
    user = await signing_in.user_of("otieno@example.org")
    assert user is not None
    await site.http.post(signing_in.path_of(await signing_in.issue(user)))
    home = (await site.http.get("/me")).text
    assert f'href="{world.petition.path}"' in home
    assert "You sign as" in (await site.http.get(world.petition.path)).text
