"""A chapter's pulse: every figure equals the rows behind it; none is of another chapter."""

from datetime import timedelta

from advocacy import moment
from advocacy.members import enrolling
from advocacy.members.models import Membership, SignUp
from advocacy.settings import Settings
from campaigns.front import pulse
from tests import factories, story
from tests.conftest import Site
from tests.flows.test_access import sign_in


async def test_growth_counts_who_was_a_member_on_each_day(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    today = moment.now().date()
    ages = [500, 200, 10]
    people = [await factories.member(kenya) for _each in ages]
    for age, person in zip(ages, people, strict=True):
        joined = today - timedelta(days=age)
        await Membership.filter(person_id=person.id).update(joined_on=joined)
    grown = await pulse.growth(kenya)
    assert grown is not None
    assert grown.curve[0][1] == 1
    assert grown.curve[-1] == (today, 3)
    assert len(grown.curve) == 13
    assert grown.title == "2 more members than a year ago"
    await enrolling.leave(people[0].id, kenya.id)
    grown = await pulse.growth(kenya)
    assert grown is not None
    assert (grown.curve[0][1], grown.curve[-1][1]) == (1, 2)


async def test_a_chapter_without_members_has_no_curve(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    assert await pulse.growth(kenya) is None
    assert await pulse.languages(kenya) == []
    assert await pulse.engagement(kenya) == []


async def test_languages_and_engagement_are_of_this_chapter_alone(database: Settings) -> None:
    world = await story.tell()
    kenya = {each.label: each.count for each in await pulse.engagement(world.kenya)}
    assert kenya == {
        "Allow your letters": 1,
        "Got a letter in the last 90 days": 0,
        "Followed a link in one": 0,
        "Acted in the last 90 days": 1,
    }
    senegal = [each.count for each in await pulse.engagement(world.senegal)]
    assert senegal == [1, 0, 0, 0]
    assert [(each.label, each.count) for each in await pulse.languages(world.senegal)] == [
        ("French", 1)
    ]


async def test_languages_beyond_five_count_together(database: Settings) -> None:
    kenya = await factories.chapter("kenya")
    for tag in ("en", "en-GB", "sw", "fr", "es", "ar", "pt", "de"):
        await factories.member(kenya, language=tag)
    shares = await pulse.languages(kenya)
    assert [each.count for each in shares] == [2, 1, 1, 1, 1, 2]
    assert sum(each.count for each in shares) == shares[0].whole == 8


async def test_the_lead_is_told_what_waits_and_a_helper_is_not(site: Site) -> None:
    world = await story.tell()
    wish = {"given_name": "Zuri", "email": "zuri@example.org", "language": "en"}
    await site.http.post("/chapters/kenya/join", data=factories.stamped(**wish))
    await SignUp.filter(canonical="zuri@example.org").update(
        created_at=moment.now() - timedelta(days=3)
    )
    async with site.browser() as browser:
        await sign_in(browser, world, "lead")
        shown = await browser.get("/console/kenya")
        assert "1 person signed up this week and has not confirmed yet." in shown.text
    async with site.browser() as browser:
        await sign_in(browser, world, "helper")
        assert "has not confirmed yet" not in (await browser.get("/console/kenya")).text
