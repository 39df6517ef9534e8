"""A lead writes to her members: count, test, schedule, progress, unsubscribing, report."""

import re
from datetime import timedelta

import httpx2

from advocacy import clock, moment
from advocacy.chapters.models import Chapter
from advocacy.identity import signing_in
from advocacy.identity.models import User
from advocacy.members import consent
from advocacy.members.models import Consent, Suppression
from campaigns.actions.models import Action
from campaigns.mailings import dispatching, sending, showing, tracking
from campaigns.mailings.models import Click, Delivery, Mailing
from tests import factories
from tests.conftest import Site
from tests.postbox import links_in, text_of

BODY = (
    "Dear {first_name|friend},\n\nthe regulator decides **on Friday**.\n\n[Read and sign]({link})"
)
LETTER = {
    "name": "Before the vote",
    "languages": ["en", "fr"],
    "en-subject": "{first_name}, one minute before the vote",
    "en-body": BODY,
    "fr-subject": "Une minute avant le vote",
    "fr-body": "Bonjour {name},\n\n[Lire et signer]({link})",
}


async def enter(browser: httpx2.AsyncClient, user: User) -> None:
    link = await signing_in.issue(user)
    answer = await browser.post(signing_in.path_of(link))
    assert answer.status_code == 200


async def lead(site: Site, of: Chapter) -> User:
    user = await factories.user("lead@example.org", of=of)
    await enter(site.http, user)
    return user


async def written(site: Site, members: int = 6) -> tuple[factories.Petition, Mailing]:
    """A draft of a lead whose chapter has members: two of three get it in English."""
    petition = await factories.campaign_with_page(languages=("en", "fr"))
    for number in range(members):
        language = "fr-CA" if number % 3 == 2 else "en"
        await factories.member(petition.chapter, f"m{number}@example.org", language=language)
    await lead(site, petition.chapter)
    base = f"/console/{petition.chapter.slug}/mailings"
    form = await site.http.get(f"{base}/new?page={petition.page.id}")
    assert form.status_code == 200
    made = await site.http.post(f"{base}/new", data={**LETTER, "page": str(petition.page.id)})
    assert made.status_code == 200, made.text
    return petition, await Mailing.get()


async def test_from_the_first_word_to_the_report(site: Site) -> None:
    petition, mailing = await written(site)
    silent = await factories.member(petition.chapter, "silent@example.org", letters=False)
    base = f"/console/{petition.chapter.slug}/mailings"
    here = f"{base}/{mailing.id}"

    audience = (await site.http.get(f"{here}/audience")).text
    assert re.search(r"<dd>6</dd>", audience)
    assert "Never agreed to letters" in audience
    assert "m0@example.org" not in audience, "addresses are masked"
    asked = (await site.http.get(f"{here}/audience?person={silent.email}")).text
    assert "No: Never agreed to letters." in asked
    assert "Yes, in French." in (await site.http.get(f"{here}/audience?person=m2@example.org")).text

    letter = await site.http.get(f"{here}/preview/letter?language=en")
    assert "Leila, one minute before the vote" in letter.text
    assert "style-src 'unsafe-inline'" in letter.headers["content-security-policy"]
    await site.http.post(f"{here}/test", data={"language": "en"})
    await site.idle()
    (test,) = site.post.to("lead@example.org")
    assert test["subject"] == "Test: Leila, one minute before the vote"
    assert await Delivery.all().count() == 0, "a test is not counted"

    at = (moment.now() + timedelta(hours=2)).astimezone(petition.chapter.zone)
    form = await site.http.get(f"{here}/schedule")
    assert "Send to 6 members" in form.text
    plan = {"version": str(mailing.version), "when": "at", "send_at": f"{at:%Y-%m-%dT%H:%M}"}
    scheduled = await site.http.post(f"{here}/schedule", data=plan)
    assert "The mailing is scheduled." in scheduled.text
    await sending.start_due()
    await site.idle()
    assert await Delivery.all().count() == 0, "not before its time"
    with moment.shifted(timedelta(hours=3)):
        assert "mailings.start_due" in await clock.tick()
        await site.idle()
    assert (await Mailing.get(id=mailing.id)).state == "sent"
    page = (await site.http.get(here)).text
    assert "Adds up: the audience is 6 people." in page
    assert len([each for each in site.post.letters() if "list-unsubscribe" in each]) == 6
    assert "Before the vote" in (await site.http.get(base)).text


async def test_each_letter_says_who_writes_and_how_to_leave(site: Site) -> None:
    petition, mailing = await written(site)
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await site.idle()
    (french,) = site.post.to("m2@example.org")
    (english,) = site.post.to("m0@example.org")
    assert english["subject"] == "Amina, one minute before the vote"
    assert french["subject"] == "Une minute avant le vote"
    for letter, language in ((french, "fr"), (english, "en")):
        assert letter["message-id"]
        assert letter["date"]
        assert letter["content-language"] == language
        assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert re.fullmatch(r"<http://testserver/u/[\w.~-]+>", str(letter["list-unsubscribe"]))
        assert petition.chapter.name in str(letter["from"])
        html = letter.get_body(("html",))
        assert html is not None
        assert f'lang="{language}"' in html.get_content()
        assert "qx9merge" not in html.get_content() + text_of(letter)
        assert any("/k/" in link for link in links_in(letter))
    assert "**" not in text_of(english)


async def test_a_link_leads_to_our_page_with_the_source_and_the_person(site: Site) -> None:
    petition, mailing = await written(site, members=1)
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await site.idle()
    (letter,) = site.post.to("m0@example.org")
    link = next(each for each in links_in(letter) if "/k/" in each)
    async with site.browser() as reader:
        reader.headers["user-agent"] = "Mozilla/5.0 (X11; Linux)"
        answer = await reader.get(link, follow_redirects=False)
        assert answer.status_code == 303
        assert re.match(
            rf"http://testserver{petition.path}\?p=[\w.~-]+&s=m{mailing.id}$",
            answer.headers["location"],
        )
        assert (await reader.get(link[:-3] + "abc", follow_redirects=False)).status_code == 404
        await reader.head(link, follow_redirects=False)
    clicks = await Click.all().order_by("id")
    assert [each.is_robot for each in clicks] == [False, True], "a HEAD is a robot's"
    page = (await site.http.get(f"/console/{petition.chapter.slug}/mailings/{mailing.id}")).text
    assert "Followed a link" in page


async def test_a_member_acts_with_one_press_and_the_report_counts_it(site: Site) -> None:
    petition, mailing = await written(site, members=2)
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await site.idle()
    link = next(each for each in links_in(site.post.to("m0@example.org")[0]) if "/k/" in each)
    async with site.browser() as reader:
        reader.headers["user-agent"] = "Mozilla/5.0 (X11; Linux)"
        page = (await reader.get(link)).text
        fields = dict(re.findall(r'<input type="hidden" name="([ps])" value="([^"]+)">', page))
        assert set(fields) == {"p", "s"}
        assert (await reader.post(petition.path, data=fields)).status_code == 200
    action = await Action.get(person__email="m0@example.org").select_related("source")
    assert action.state == "confirmed", "who comes by a signed link needs no other confirmation"
    assert action.source is not None
    assert action.source.id == mailing.source_id
    report = await showing.report(await Mailing.get(id=mailing.id))
    assert (report.clicked, report.robots, report.acted) == (1, 0, 1)


async def test_unsubscribing_takes_effect_on_what_is_queued(site: Site) -> None:
    petition, first = await written(site)
    chapter = petition.chapter
    await sending.schedule(chapter, first.id, version=first.version)
    await site.idle()
    token = str(site.post.to("m1@example.org")[0]["list-unsubscribe"]).strip("<>")
    await site.http.post(f"/console/{chapter.slug}/mailings/new", data={**LETTER, "page": "0"})
    second = await Mailing.get(state="draft")
    await Mailing.filter(id=second.id).update(state="calculating", is_paused=True)
    await sending.start(second.id)
    await site.idle()
    assert await Delivery.filter(mailing_id=second.id, status="queued").count() == 6
    async with site.browser() as reader:
        await reader.post(token, data={"List-Unsubscribe": "One-Click"})
    (skipped,) = await Delivery.filter(mailing_id=second.id, status="skipped")
    assert skipped.reason == "unsubscribed"
    here = f"/console/{chapter.slug}/mailings/{second.id}"
    assert "Paused: 5 people wait for the letter." in (await site.http.get(here)).text
    await site.http.post(f"{here}/steps/resume")
    await site.idle()
    assert len(site.post.to("m1@example.org")) == 1
    assert len(site.post.to("m0@example.org")) == 2
    assert "Adds up: the audience is 6 people." in (await site.http.get(here)).text


async def test_one_click_and_the_page_unsubscribe_and_a_get_does_not(site: Site) -> None:
    petition, mailing = await written(site)
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await site.idle()
    links = {
        name: str(site.post.to(f"{name}@example.org")[0]["list-unsubscribe"]).strip("<>")
        for name in ("m0", "m1", "m3")
    }
    async with site.browser() as reader:
        for link in links.values():
            assert (await reader.get(link)).status_code == 200
        assert await Consent.filter(granted=False).count() == 0, "a scanner's GET withdraws nothing"
    async with httpx2.AsyncClient(transport=reader._transport, base_url="http://testserver") as mua:
        answer = await mua.post(links["m0"], data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    async with site.browser() as reader:
        left = await reader.post(links["m1"], data={"from": "sender"})
        assert "No more letters from" in left.text
        await reader.post(links["m3"], data={"from": "everybody"})
    bases = await Consent.filter(granted=False).order_by("id").values_list("basis", flat=True)
    assert bases == ["one_click", "page", "page"]
    assert await Suppression.filter(reason="unsubscribed_all").count() == 1
    assert await consent.rebuilt_subscriptions() == 0
    page = (await site.http.get(f"/console/{petition.chapter.slug}/mailings/{mailing.id}")).text
    assert "Unsubscribed" in page


async def test_a_draft_is_not_saved_over_another_and_wrong_fields_are_named(site: Site) -> None:
    petition, mailing = await written(site, members=1)
    edit = f"/console/{petition.chapter.slug}/mailings/{mailing.id}/edit"
    wrong = {**LETTER, "version": str(mailing.version), "page": "0", "en-body": "Hi\n{frist_name}"}
    answer = await site.http.post(edit, data=wrong)
    assert answer.status_code == 422
    assert "{frist_name} on line 2" in answer.text
    assert "Hi\n{frist_name}" in answer.text, "what was typed is kept"
    right = {**LETTER, "version": str(mailing.version), "page": "0"}
    assert (await site.http.post(edit, data=right)).status_code == 200
    stale = await site.http.post(edit, data=right)
    assert stale.status_code == 409
    assert "Somebody else has saved this mailing" in stale.text


async def test_a_regional_manager_sees_numbers_and_no_names(site: Site) -> None:
    petition, mailing = await written(site)
    region = petition.chapter.region
    manager = await factories.user("region@example.org", role="regional_manager", region=region)
    async with site.browser() as other:
        await enter(other, manager)
        here = f"/console/{petition.chapter.slug}/mailings/{mailing.id}"
        seen = await other.get(here)
        assert seen.status_code == 200
        assert "Okello" not in seen.text
        assert (await other.get(f"{here}/audience")).status_code == 403
        assert (await other.post(f"{here}/schedule", data={"when": "now"})).status_code == 403


async def test_pausing_stopping_and_going_on_by_buttons(site: Site) -> None:
    petition, mailing = await written(site)
    here = f"/console/{petition.chapter.slug}/mailings/{mailing.id}"
    await Mailing.filter(id=mailing.id).update(state="calculating")
    await sending.start(mailing.id)
    held = await site.http.post(f"{here}/steps/pause")
    assert "The mailing is" in held.text
    await site.idle()
    asked = await site.http.get(f"{here}/steps/stop")
    assert "no letter can be called back" in asked.text
    for step in ("stop", "resume"):
        assert (await site.http.post(f"{here}/steps/{step}")).status_code == 200
    await site.idle()
    await sending.sweep()
    assert (await Mailing.get(id=mailing.id)).state == "sent"
    late = await site.http.post(f"{here}/steps/pause")
    assert "no longer in a state" in late.text


async def test_a_hard_bounce_ends_writing_to_the_address(site: Site) -> None:
    petition, mailing = await written(site, members=2)
    await sending.schedule(petition.chapter, mailing.id, version=mailing.version)
    await site.idle()
    delivery = await Delivery.filter(mailing_id=mailing.id).first().select_related("person")
    assert delivery is not None
    assert await tracking.take_bounce(delivery.id, "hard", response="5.1.1")
    assert not await tracking.take_bounce(delivery.id, "hard"), "a second report changes nothing"
    assert await consent.still_mailable(petition.chapter.id, [delivery.person_id]) == set()
    page = (await site.http.get(f"/console/{petition.chapter.slug}/mailings/{mailing.id}")).text
    assert "The address does not exist" in page
    assert "Adds up" in page
    await dispatching.send_batch(mailing.id)
