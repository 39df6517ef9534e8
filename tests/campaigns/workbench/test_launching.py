"""A whole campaign from a starter, revised as one, in more languages."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from campaigns import lifecycle
from campaigns.actions.models import ActionPage
from campaigns.editions import writing
from campaigns.editions.models import Edition, EditionText
from campaigns.editions.writing import Words
from campaigns.models import Campaign
from campaigns.workbench import launching
from campaigns.workbench.launching import Plan
from tests import factories

pytestmark = pytest.mark.usefixtures("database")
WORDS = Words(title="Mine", case="Because.", ask="We ask.")
PLAN = Plan(name="Ours", goal=300)


async def _launched(language: str = "en", **changes: Any) -> tuple[Chapter, Campaign]:
    chapter = await factories.chapter(**changes)
    return chapter, await launching.launch(chapter, "no-shutdowns", language=language, goal=200)


async def test_a_launch_makes_campaign_edition_text_and_page() -> None:
    chapter, campaign = await _launched()
    edition = await Edition.get(campaign_id=campaign.id)
    page = await ActionPage.get(edition_id=edition.id)
    text = await EditionText.get(edition_id=edition.id)
    assert (campaign.state, campaign.topic, campaign.name) == ("draft", "no-shutdowns", text.title)
    assert (edition.chapter_id, edition.language, text.language) == (chapter.id, "en", "en")
    assert (page.kind, page.goal, page.slug) == ("signature", 200, campaign.slug)
    assert "Communications Authority of Kenya" in text.ask


async def test_an_arabic_campaign_has_an_address_in_latin_letters() -> None:
    chapter, campaign = await _launched("ar", languages="ar", slug="egypt")
    assert campaign.slug == f"{chapter.slug}-no-shutdowns"
    assert (await EditionText.get(language="ar")).title == campaign.name


async def test_a_launch_that_fails_leaves_nothing_behind() -> None:
    chapter = await factories.chapter()
    with pytest.raises(Invalid):
        await launching.launch(chapter, "no-shutdowns", language="nonsense-language")
    with pytest.raises(NotFound):
        await launching.launch(chapter, "no-such-starter", language="en")
    assert await Campaign.all().count() == 0


async def test_plan_texts_and_goal_are_revised_together() -> None:
    chapter, campaign = await _launched()
    plan = replace(PLAN, starts_on=date(2999, 1, 1), ends_on=date(2999, 2, 1))
    await launching.revise(chapter, campaign.slug, version=1, plan=plan, texts={"en": WORDS})
    revised = await Campaign.get(id=campaign.id)
    assert (revised.name, revised.goal, revised.version) == ("Ours", 300, 2)
    assert revised.starts_at == lifecycle.first_moment(plan.starts_on, "Africa/Nairobi")
    assert revised.ends_at == lifecycle.last_moment(plan.ends_on, "Africa/Nairobi")
    assert (await EditionText.get(language="en")).title == "Mine"
    assert (await ActionPage.get(slug=campaign.slug)).goal == 300


async def test_a_wrong_text_undoes_the_whole_revision_and_names_its_language() -> None:
    chapter, campaign = await _launched()
    with pytest.raises(Invalid) as refused:
        await launching.revise(
            chapter, campaign.slug, version=1, plan=PLAN, texts={"en": replace(WORDS, ask=" ")}
        )
    assert refused.value.field == "en:ask"
    assert (await Campaign.get(id=campaign.id)).version == 1


async def test_the_second_of_two_editors_is_told_and_changes_nothing() -> None:
    chapter, campaign = await _launched()
    await launching.revise(chapter, campaign.slug, version=1, plan=PLAN, texts={"en": WORDS})
    late = replace(WORDS, title="Too late")
    with pytest.raises(Conflict):
        await launching.revise(chapter, campaign.slug, version=1, plan=PLAN, texts={"en": late})
    assert (await EditionText.get(language="en")).title == "Mine"


async def test_revising_a_live_campaign_keeps_its_start() -> None:
    chapter, campaign = await _launched()
    live = await lifecycle.publish(chapter, campaign.slug, version=1)
    revised = await launching.revise(
        chapter, campaign.slug, version=live.version, plan=PLAN, texts={}
    )
    assert revised.starts_at == live.starts_at


async def test_another_language_comes_from_the_starter_or_as_a_copy() -> None:
    chapter, campaign = await _launched()
    campaign = await launching.add_language(chapter, campaign.slug, version=1, language="fr")
    campaign = await launching.add_language(chapter, campaign.slug, version=2, language="sw")
    texts = {
        each.language: each.title
        for each in await writing.texts(await launching.own_edition(campaign))
    }
    assert texts["fr"] == "Gardez Internet allumé"
    assert texts["sw"] == texts["en"]
    with pytest.raises(Conflict):
        await launching.add_language(chapter, campaign.slug, version=3, language="fr")


async def test_no_chapter_touches_the_campaign_of_another() -> None:
    _chapter, campaign = await _launched()
    stranger = await factories.chapter()
    with pytest.raises(NotFound):
        await launching.revise(stranger, campaign.slug, version=1, plan=PLAN, texts={"en": WORDS})
    with pytest.raises(NotFound):
        await launching.add_language(stranger, campaign.slug, version=1, language="fr")
    with pytest.raises(NotFound):
        await launching.drop_language(stranger, campaign.slug, version=1, language="en")
    with pytest.raises(NotFound):
        await launching.held(stranger, campaign.slug)
