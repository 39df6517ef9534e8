"""The workbench and the stage over HTTP: who may, what they see, what stays when it is wrong."""

from typing import Any

import pytest

from advocacy.chapters.models import Chapter
from campaigns import lifecycle
from campaigns.actions.models import ActionPage
from campaigns.editions.models import EditionText
from campaigns.models import Campaign
from campaigns.workbench import launching
from tests import factories
from tests.campaigns.visitors import visitor

LOOKING = ["", "/{slug}", "/{slug}/preview", "/{slug}/preview/page"]
WORKING = ["/new", "/new/encryption", "/{slug}/edit", "/{slug}/languages/fr/remove"]
LEADING = ["/{slug}/steps/publish", "/{slug}/steps/archive"]
MAY = {
    "chapter_lead": LOOKING + WORKING + LEADING,
    "chapter_organiser": LOOKING + WORKING,
    "campaign_helper": LOOKING + WORKING,
    "regional_manager": LOOKING,
    "hq_director": LOOKING + WORKING + LEADING,
    "hq_analyst": LOOKING,
    "data_protection_officer": LOOKING,
}
HOME = {"chapter_lead", "chapter_organiser", "campaign_helper"}


async def _draft(chapter: Chapter) -> Campaign:
    campaign = await launching.launch(chapter, "no-shutdowns", language="en")
    return await launching.add_language(chapter, campaign.slug, version=1, language="fr")


def _fields(campaign: Campaign, **changes: Any) -> dict[str, Any]:
    return {
        "version": campaign.version,
        "name": "Our campaign",
        "goal": "500",
        "starts_on": "",
        "ends_on": "",
        "en:title": "Keep it on",
        "en:summary": "",
        "en:case": "Because **we** live here.",
        "en:ask": "We ask the regulator.",
        "en:thanks": "",
        "fr:title": "Gardez-le allumé",
        "fr:case": "Parce que nous vivons ici.",
        "fr:ask": "Nous demandons.",
        **changes,
    }


@pytest.mark.parametrize("role", MAY)
async def test_a_role_opens_what_its_table_says_and_nothing_else(site: Any, role: str) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    of = chapter if role in HOME else None
    region = chapter.region if role == "regional_manager" else ""
    browser = await visitor(site, role, of=of, region=region)
    for path in LOOKING + WORKING + LEADING:
        where = f"/console/{chapter.slug}/campaigns{path}".format(slug=campaign.slug)
        answer = await browser.get(where)
        assert answer.status_code == (200 if path in MAY[role] else 403), where


async def test_nobody_opens_anything_with_a_grant_elsewhere_or_none(site: Any) -> None:
    chapter, other = await factories.chapter(), await factories.chapter(region="Europe")
    campaign = await _draft(chapter)
    outsiders = [
        await visitor(site, "chapter_lead", of=other),
        await visitor(site, "regional_manager", region="Europe"),
        await visitor(site),
    ]
    for browser in outsiders:
        for path in LOOKING + WORKING + LEADING:
            where = f"/console/{chapter.slug}/campaigns{path}".format(slug=campaign.slug)
            assert (await browser.get(where)).status_code == 403, where
    stranger = site.browser()
    answer = await stranger.get(f"/console/{chapter.slug}/campaigns", follow_redirects=False)
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["location"]


async def test_a_campaign_is_not_found_through_another_chapter(site: Any) -> None:
    chapter, other = await factories.chapter(), await factories.chapter()
    campaign = await _draft(chapter)
    director = await visitor(site, "hq_director")
    base = f"/console/{other.slug}/campaigns/{campaign.slug}"
    for path in ("", "/edit", "/preview", "/preview/page", "/steps/publish"):
        assert (await director.get(base + path)).status_code == 404, path
    for path, data in (
        ("/edit", _fields(campaign)),
        ("/steps/publish", {"version": campaign.version}),
        ("/languages/fr/remove", {"version": campaign.version}),
    ):
        assert (await director.post(base + path, data=data)).status_code == 404, path
    untouched = await Campaign.get(id=campaign.id)
    assert (untouched.state, untouched.version) == ("draft", campaign.version)


@pytest.mark.parametrize("role", ["chapter_organiser", "campaign_helper"])
async def test_those_who_only_edit_cannot_publish_by_posting(site: Any, role: str) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, role, of=chapter)
    answer = await browser.post(
        f"/console/{chapter.slug}/campaigns/{campaign.slug}/steps/publish",
        data={"version": campaign.version},
    )
    assert answer.status_code == 403
    assert (await Campaign.get(id=campaign.id)).state == "draft"


async def test_wrong_input_is_kept_and_said_beside_its_field(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    path = f"/console/{chapter.slug}/campaigns/{campaign.slug}/edit"
    wrong = _fields(campaign, goal="many", **{"fr:ask": " ", "en:title": "Kept as typed"})
    answer = await browser.post(path, data=wrong)
    assert answer.status_code == 422
    assert 'id="goal-error"' in answer.text
    assert 'id="fr:ask-error"' in answer.text
    assert 'value="Kept as typed"' in answer.text
    assert 'value="many"' in answer.text
    assert (await Campaign.get(id=campaign.id)).version == campaign.version


async def test_a_deadline_before_the_start_is_said_beside_the_deadline(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    answer = await browser.post(
        f"/console/{chapter.slug}/campaigns/{campaign.slug}/edit",
        data=_fields(campaign, starts_on="2999-05-02", ends_on="2999-05-01"),
    )
    assert answer.status_code == 422
    assert 'id="ends_on-error"' in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_on": "9999-12-31"},
        {"starts_on": "0001-01-01"},
        {"version": "99999999999999"},
        {"version": ""},
        {"goal": "99999999999999999999"},
        {"en:title": "x" * 5000},
    ],
)
async def test_input_beyond_all_bounds_is_refused_in_words(
    site: Any, changes: dict[str, str]
) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    path = f"/console/{chapter.slug}/campaigns/{campaign.slug}/edit"
    answer = await browser.post(path, data=_fields(campaign, **changes))
    assert answer.status_code == 422


async def test_the_late_editor_keeps_the_words_and_may_put_them_in_place(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    path = f"/console/{chapter.slug}/campaigns/{campaign.slug}/edit"
    first = await visitor(site, "chapter_lead", of=chapter)
    second = await visitor(site, "chapter_organiser", of=chapter)
    assert (await first.post(path, data=_fields(campaign))).status_code == 200
    late = _fields(campaign, **{"en:title": "Written late"})
    answer = await second.post(path, data=late)
    assert answer.status_code == 409
    assert 'value="Written late"' in answer.text
    now = campaign.version + 1
    assert f'name="version" value="{now}"' in answer.text
    again = await second.post(path, data={**late, "version": now})
    assert again.status_code == 200
    assert (await EditionText.get(language="en")).title == "Written late"


async def test_a_language_is_added_with_what_was_typed_and_taken_away(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    base = f"/console/{chapter.slug}/campaigns/{campaign.slug}"
    added = await browser.post(f"{base}/edit", data=_fields(campaign, add="1", language="ar"))
    assert added.status_code == 200
    assert 'dir="rtl"' in added.text
    assert (await EditionText.get(language="en")).title == "Keep it on"
    assert "الإنترنت" in (await EditionText.get(language="ar")).title
    version = (await Campaign.get(id=campaign.id)).version
    gone = await browser.post(f"{base}/languages/ar/remove", data={"version": version})
    assert gone.status_code == 200
    assert not await EditionText.exists(language="ar")


async def test_an_ended_campaign_is_not_edited(site: Any) -> None:
    petition = await factories.campaign_with_page(state="ended")
    browser = await visitor(site, "chapter_lead", of=petition.chapter)
    base = f"/console/{petition.chapter.slug}/campaigns/{petition.campaign.slug}"
    assert (await browser.get(f"{base}/edit")).status_code == 409
    answer = await browser.post(
        f"{base}/edit", data=_fields(petition.campaign, **{"en:title": "Rewritten"})
    )
    assert answer.status_code == 409
    assert not await EditionText.exists(title="Rewritten")


async def test_a_step_pressed_twice_is_taken_once(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    path = f"/console/{chapter.slug}/campaigns/{campaign.slug}/steps/publish"
    data = {"version": campaign.version}
    assert (await browser.post(path, data=data)).status_code == 200
    assert (await browser.post(path, data=data)).status_code == 409
    assert (await Campaign.get(id=campaign.id)).version == campaign.version + 1


async def test_a_campaign_past_its_deadline_says_so_instead_of_publishing(site: Any) -> None:
    petition = await factories.campaign_with_page(state="draft")
    await Campaign.filter(id=petition.campaign.id).update(ends_at=petition.campaign.created_at)
    browser = await visitor(site, "chapter_lead", of=petition.chapter)
    path = f"/console/{petition.chapter.slug}/campaigns/{petition.campaign.slug}/steps/publish"
    answer = await browser.post(path, data={"version": petition.campaign.version})
    assert answer.status_code == 422
    assert "The deadline has passed" in answer.text


async def test_the_preview_shows_a_draft_to_staff_and_the_public_sees_nothing(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    base = f"/console/{chapter.slug}/campaigns/{campaign.slug}"
    frame = await browser.get(f"{base}/preview?language=fr")
    assert "preview/page?language=fr" in frame.text
    page = await browser.get(f"{base}/preview/page?language=fr")
    assert "Gardez Internet allumé" in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    slug = (await ActionPage.get(edition__campaign_id=campaign.id)).slug
    assert (await site.browser().get(f"/a/{slug}")).status_code == 404


async def test_a_scheduled_campaign_says_when_it_opens(site: Any) -> None:
    chapter = await factories.chapter()
    campaign = await _draft(chapter)
    browser = await visitor(site, "chapter_lead", of=chapter)
    base = f"/console/{chapter.slug}/campaigns/{campaign.slug}"
    await browser.post(f"{base}/edit", data=_fields(campaign, starts_on="2999-05-02"))
    asked = await browser.get(f"{base}/steps/publish")
    assert "opens by itself on May 2, 2999" in asked.text
    version = (await Campaign.get(id=campaign.id)).version
    done = await browser.post(f"{base}/steps/publish", data={"version": version})
    assert "Opens on May 2, 2999" in done.text
    assert lifecycle.may(await Campaign.get(id=campaign.id), "withdraw")
