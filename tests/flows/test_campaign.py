"""A lead makes a campaign from a starter, looks at it, publishes it, and closes it."""

import re
from datetime import timedelta

from advocacy import clock, moment
from advocacy.chapters import importing
from advocacy.chapters.models import Chapter
from advocacy.identity import granting
from campaigns.models import Campaign
from tests.conftest import Site
from tests.postbox import links_in

BASE = "/console/senegal/campaigns"


async def _signed_in(site: Site) -> None:
    await importing.import_chapters()
    user = await granting.enrol("lead@example.org", "lead@example.org", name="Fatou", language="en")
    await granting.grant(user, "chapter_lead", chapter=await Chapter.get(slug="senegal"))
    await site.http.post("/sign-in", data={"email": "lead@example.org", "next": "/console"})
    await site.idle()
    letter = site.post.to("lead@example.org")[-1]
    (link,) = [each for each in links_in(letter) if "/sign-in/" in each]
    entered = await site.http.post(link.removeprefix("http://testserver"))
    assert entered.url.path == "/console/senegal", "the console opens at her one chapter"


def _form(page: str) -> dict[str, str]:
    """What a browser would send back unchanged."""
    fields = dict(re.findall(r'<input[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', page))
    fields |= {
        name: value
        for value, name in re.findall(r'<input[^>]*\bvalue="([^"]*)"[^>]*\bname="([^"]+)"', page)
    }
    texts = re.findall(r'<textarea[^>]*\bname="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    return fields | {name: text.strip() for name, text in texts}


async def _step(site: Site, slug: str, name: str, **more: str) -> str:
    asked = await site.http.get(f"{BASE}/{slug}/steps/{name}")
    assert asked.status_code == 200
    done = await site.http.post(f"{BASE}/{slug}/steps/{name}", data={**_form(asked.text), **more})
    assert done.status_code == 200
    return done.text


async def test_from_a_starter_to_a_public_petition_and_its_outcome(site: Site) -> None:
    await _signed_in(site)
    for other in ("/console/kenya", "/console/kenya/campaigns", "/console/hq"):
        assert (await site.http.get(other)).status_code == 403

    cards = await site.http.get(f"{BASE}/new")
    assert f"{BASE}/new/internet-exchange" in cards.text
    made = await site.http.post(
        f"{BASE}/new/internet-exchange", data={"language": "fr", "goal": "750"}
    )
    slug = (await Campaign.get(chapter__slug="senegal")).slug
    assert made.url.path == f"{BASE}/{slug}/edit"
    assert "Autorité de Régulation des Télécommunications et des Postes" in made.text

    form = {**_form(made.text), "fr:title": "Un point d’échange à Dakar"}
    saved = await site.http.post(f"{BASE}/{slug}/edit", data={**form, "ends_on": "2999-12-31"})
    assert saved.url.path == f"{BASE}/{slug}"
    preview = await site.http.get(f"{BASE}/{slug}/preview/page")
    assert "Un point d’échange à Dakar" in preview.text
    async with site.browser() as visitor:
        assert (await visitor.get(f"/a/{slug}")).status_code == 404

        asked = await site.http.get(f"{BASE}/{slug}/steps/publish")
        assert "The page is public at once" in asked.text
        assert "December 31, 2999" in asked.text
        live = await _step(site, slug, "publish")
        assert f'value="http://testserver/a/{slug}"' in live
        page = await visitor.get(f"/a/{slug}")
        assert page.status_code == 200
        assert "Un point d’échange à Dakar" in page.text

        await _step(site, slug, "pause")
        assert (await Campaign.get(slug=slug)).state == "paused"
        await _step(site, slug, "resume")
        await _step(site, slug, "end", outcome="Le régulateur **nous reçoit**.")
        over = await visitor.get(f"/a/{slug}")
        assert "<strong>nous reçoit</strong>" in over.text

        await _step(site, slug, "archive")
        assert (await visitor.get(f"/a/{slug}")).status_code == 404
    hidden = await site.http.get(BASE)
    assert f"{BASE}/{slug}" not in hidden.text
    shown = await site.http.get(f"{BASE}?archived")
    assert f"{BASE}/{slug}" in shown.text


async def test_the_clock_opens_and_closes_a_scheduled_campaign(site: Site) -> None:
    await _signed_in(site)
    await site.http.post(f"{BASE}/new/encryption", data={"language": "en", "goal": "10"})
    slug = (await Campaign.get(chapter__slug="senegal")).slug
    start = (moment.now() + timedelta(days=2)).date()
    edit = await site.http.get(f"{BASE}/{slug}/edit")
    form = {**_form(edit.text), "starts_on": start.isoformat(), "ends_on": start.isoformat()}
    await site.http.post(f"{BASE}/{slug}/edit", data=form)
    await _step(site, slug, "publish")
    states = [(await Campaign.get(slug=slug)).state]
    for days in (1, 2, 3):
        with moment.shifted(timedelta(days=days, hours=1)):
            await clock.tick()
        states.append((await Campaign.get(slug=slug)).state)
    assert states[0] == states[1] == "scheduled"
    assert states[-1] == "ended"


async def test_an_empty_petition_is_not_published(site: Site) -> None:
    await _signed_in(site)
    await site.http.post(f"{BASE}/new/blank", data={"language": "en", "goal": "10"})
    slug = (await Campaign.get(chapter__slug="senegal")).slug
    asked = await site.http.get(f"{BASE}/{slug}/steps/publish")
    answer = await site.http.post(f"{BASE}/{slug}/steps/publish", data=_form(asked.text))
    assert answer.status_code == 422
    assert "still the empty one" in answer.text
    assert (await Campaign.get(slug=slug)).state == "draft"
