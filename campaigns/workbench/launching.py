"""Making a campaign: from a starter to a draft with its edition, texts and petition page."""

from dataclasses import dataclass
from datetime import date

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from campaigns import lifecycle
from campaigns.actions import opening
from campaigns.editions import writing
from campaigns.editions.models import Edition
from campaigns.editions.writing import Words
from campaigns.models import Campaign
from campaigns.starters import choosing


@dataclass(frozen=True)
class Plan:
    """What a campaign is beside its texts. Days are those of the campaign's time zone."""

    name: str
    goal: int
    starts_on: date | None = None
    ends_on: date | None = None


async def launch(
    chapter: Chapter, starter_slug: str, *, language: str, by: int | None = None, goal: int = 100
) -> Campaign:
    """A draft of this chapter with a petition page, filled from a starter in one language.

    All of it or nothing. Raises NotFound for an unknown starter, Invalid for the language.
    """
    starter = choosing.find(starter_slug)
    text = choosing.fitted(starter, language, chapter)
    async with db.transaction():
        campaign = await lifecycle.create(
            chapter, text.title, topic=starter.topic, goal=goal, by=by
        )
        edition = await writing.open_edition(chapter, campaign, language)
        await writing.write(chapter, edition.id, language, _words(text))
        await opening.open_page(edition, "signature", slug=campaign.slug, goal=goal)
    return campaign


async def revise(
    chapter: Chapter, slug: str, *, version: int, plan: Plan, texts: dict[str, Words]
) -> Campaign:
    """Plan and texts together, all or nothing.

    Raises Conflict when somebody else saved first; Invalid with `field` named as in the plan, or
    as `fr:title` for a text.
    """
    async with db.transaction():
        before = await held(chapter, slug)
        zone = before.timezone
        starts_at = lifecycle.first_moment(plan.starts_on, zone)
        campaign = await lifecycle.edit(
            chapter,
            slug,
            version=version,
            name=plan.name,
            goal=plan.goal,
            starts_at=before.starts_at if before.launched_at else starts_at,
            ends_at=lifecycle.last_moment(plan.ends_on, zone),
        )
        edition = await own_edition(campaign)
        for language, words in texts.items():
            try:
                await writing.write(chapter, edition.id, language, words)
            except Invalid as wrong:
                raise Invalid(wrong.message, field=f"{language}:{wrong.field}") from wrong
        await opening.set_goal(edition, plan.goal)
    return campaign


async def add_language(chapter: Chapter, slug: str, *, version: int, language: str) -> Campaign:
    """One more language: the starter's text where it speaks it, else a copy of the main text."""
    async with db.transaction():
        campaign = await lifecycle.touch(chapter, slug, version=version)
        edition = await own_edition(campaign)
        present = await writing.texts(edition)
        if language in {each.language for each in present}:
            raise Conflict(_("The campaign speaks this language already."))
        words = _from_starter(campaign, language, chapter) or Words(
            present[0].title,
            present[0].case,
            present[0].ask,
            present[0].summary,
            present[0].thanks,
        )
        await writing.write(chapter, edition.id, language, words)
    return campaign


async def drop_language(chapter: Chapter, slug: str, *, version: int, language: str) -> Campaign:
    """One language less. Raises Conflict for the main one."""
    async with db.transaction():
        campaign = await lifecycle.touch(chapter, slug, version=version)
        edition = await own_edition(campaign)
        await writing.drop(chapter, edition.id, language)
    return campaign


async def held(chapter: Chapter, slug: str) -> Campaign:
    """A campaign of this chapter. Raises NotFound for any other."""
    campaign = await Campaign.get_or_none(chapter_id=chapter.id, slug=slug)
    if campaign is None:
        raise NotFound()
    return campaign


async def own_edition(campaign: Campaign) -> Edition:
    """The edition of the chapter that owns the campaign."""
    return await Edition.get(campaign_id=campaign.id, chapter_id=campaign.chapter_id)


def _from_starter(campaign: Campaign, language: str, chapter: Chapter) -> Words | None:
    for starter in choosing.starters().values():
        if starter.topic and starter.topic == campaign.topic and language in starter.texts:
            return _words(choosing.fitted(starter, language, chapter))
    return None


def _words(text: choosing.StarterText) -> Words:
    return Words(text.title, text.case, text.ask, text.summary, text.thanks)
