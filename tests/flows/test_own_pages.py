"""A member's own pages: joining and moving, every consent as a receipt, what they did."""

from typing import Any

from advocacy import moment
from advocacy.identity import signing_in
from advocacy.members import consent, links
from advocacy.members.models import Consent, Membership, Person, Subscription
from tests import factories, story
from tests.conftest import Site
from tests.postbox import links_in


async def _sign_in(browser: Any, email: str) -> None:
    user = await signing_in.user_of(email)
    assert user is not None
    await browser.post(signing_in.path_of(await signing_in.issue(user)))


async def _gets(person: Person, chapter: Any) -> bool:
    return bool(await consent.still_mailable(chapter.id, [person.id]))


async def test_a_link_joins_nobody_it_only_asks_the_address(site: Site) -> None:
    world = await story.tell()
    amina, senegal = world.members[0], world.senegal
    base = links.preferences_path(amina.id)
    chosen = (await site.http.get(f"/en{base}/join", params={"chapter": "senegal"})).text
    assert f"Yes, {senegal.name} may write to me" in chosen
    answer = await site.http.post(
        f"/en{base}/join", data={"chapter": "senegal", "letters": "y", "leaves": "kenya"}
    )
    assert "am…@example.org" in answer.text and amina.email not in answer.text
    assert await Membership.filter(person=amina, state="current").count() == 1
    await site.idle()
    (letter,) = site.post.to(amina.email)
    (link,) = [each for each in links_in(letter) if "/join/" in each]
    await site.http.post(link.removeprefix("http://testserver"))
    states = {each.chapter_id: each.state for each in await Membership.filter(person=amina)}
    assert states == {world.kenya.id: "left", senegal.id: "current"}
    assert await _gets(amina, senegal) and not await _gets(amina, world.kenya)


async def test_moving_asks_again_and_copies_nothing(site: Site) -> None:
    world = await story.tell()
    amina, kenya, senegal = world.members[0], world.kenya, world.senegal
    await _sign_in(site.http, amina.email)
    await site.http.post(
        "/me/preferences/topics", data={"chapter": "kenya", "wanted": ["spectrum"]}
    )
    page = (
        await site.http.post(
            "/en/me/preferences/join", data={"chapter": "senegal", "leaves": "kenya"}
        )
    ).text
    assert f"You are now a member of {senegal.name}." in page
    now = await Membership.get(person=amina, chapter=senegal)
    assert (now.state, now.joined_on) == ("current", moment.now().date())
    old = await Membership.get(person=amina, chapter=kenya)
    assert (old.state, old.left_on) == ("left", moment.now().date())
    assert await Consent.filter(person=amina, chapter=senegal).count() == 0
    assert await Subscription.filter(person=amina, chapter=senegal).count() == 0
    assert not await _gets(amina, senegal), "the old consent counts for the old chapter only"
    assert not await _gets(amina, kenya)
    await site.http.post("/me/preferences/join", data={"chapter": "kenya", "letters": "y"})
    line = await Consent.filter(person=amina, chapter=kenya).order_by("-id").first()
    assert line is not None and line.granted and line.basis == "signed_in"
    assert line.wording_id is not None


async def test_a_member_reads_prints_and_downloads_every_consent(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    assert "/sign-in" in str((await site.http.get("/me/consents")).url)
    await _sign_in(site.http, amina.email)
    await site.http.post("/me/preferences/letters", data={"chapter": "kenya", "wanted": "off"})
    await site.http.post("/me/preferences/topics", data={"chapter": "", "wanted": []})
    page = (await site.http.get("/en/me/consents")).text
    assert f"You allowed letters from {world.kenya.name}." in page
    assert f"You stopped the letters from {world.kenya.name}." in page
    assert "You refused letters about “Radio spectrum” from everybody." in page
    assert f"Yes, {world.kenya.name} may write to me" in page
    assert "Version 1, in English" in page
    assert "127.0.0.0" in page and "/me/preferences" in page
    file = await site.http.get("/me/consents.json")
    assert "attachment" in file.headers["content-disposition"]
    lines = file.json()["consents"]
    assert len(lines) == await Consent.filter(person=amina).count() == 8
    assert [each["granted"] for each in lines] == [False] * 7 + [True]
    assert lines[-1]["text"].startswith(f"Yes, {world.kenya.name} may write")
    other = site.browser()
    async with other:
        await _sign_in(other, "otieno@example.org")
        assert (await other.get("/me/consents.json")).json()["consents"] == []


async def test_the_member_s_page_shows_deeds_chapters_and_what_is_theirs(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    open_one = await factories.campaign_with_page(world.kenya, slug="second")
    await _sign_in(site.http, amina.email)
    page = (await site.http.get("/en/me")).text
    assert "<dt>My actions</dt><dd>1</dd>" in page
    assert "<dt>Letters I got</dt><dd>0</dd>" in page
    assert "Signed on" in page and f'href="/en{world.petition.path}"' in page
    assert f'href="/en{open_one.path}"' in page
    assert "Member since" in page
    for path in ("/me/preferences", "/me/consents", "/me/data", "/me/sessions"):
        assert f'href="/en{path}"' in page, path
