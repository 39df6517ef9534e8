"""Writing an edition: a chapter's own version of a campaign, and what it says in each language."""

import re
from dataclasses import dataclass

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from campaigns.editions.models import Edition, EditionText
from campaigns.models import Campaign

TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")
LIMITS = {"title": 160, "summary": 300, "case": 20_000, "ask": 4_000, "thanks": 4_000}


@dataclass(frozen=True)
class Words:
    """What an edition says in one language; `case` and `thanks` are Markdown."""

    title: str
    case: str
    ask: str
    summary: str = ""
    thanks: str = ""


async def open_edition(chapter: Chapter, campaign: Campaign, language: str) -> Edition:
    """This chapter's edition of a campaign, still without texts. Raises Conflict if it has one."""
    async with db.transaction():
        if await Edition.exists(campaign_id=campaign.id, chapter_id=chapter.id):
            raise Conflict(_("This chapter has an edition of the campaign already."))
        return await Edition.create(
            campaign=campaign,
            chapter=chapter,
            language=_known(language),
            created_at=moment.now(),
        )


async def write(chapter: Chapter, edition_id: int, language: str, words: Words) -> None:
    """Sets what the edition says in a language, new or not.

    Raises NotFound for another chapter's edition, Invalid with the field that is wrong.
    """
    _check(words)
    async with db.transaction():
        await _held(chapter, edition_id)
        await EditionText.update_or_create(
            edition_id=edition_id,
            language=_known(language),
            defaults={
                "title": words.title.strip(),
                "summary": words.summary.strip(),
                "case": words.case.strip(),
                "ask": words.ask.strip(),
                "thanks": words.thanks.strip(),
            },
        )


async def drop(chapter: Chapter, edition_id: int, language: str) -> None:
    """Takes a language away. Raises Conflict for the edition's main language."""
    async with db.transaction():
        edition = await _held(chapter, edition_id)
        if edition.language == language:
            raise Conflict(_("An edition keeps its main language."))
        await EditionText.filter(edition_id=edition_id, language=language).delete()


async def texts(edition: Edition) -> list[EditionText]:
    """All texts of an edition, its main language first."""
    found = await EditionText.filter(edition_id=edition.id).order_by("language")
    return sorted(found, key=lambda each: each.language != edition.language)


async def _held(chapter: Chapter, edition_id: int) -> Edition:
    edition = await Edition.get_or_none(id=edition_id, chapter_id=chapter.id)
    if edition is None:
        raise NotFound()
    return edition


def _known(language: str) -> str:
    names = i18n.babel_locale("en").languages
    if not TAG.fullmatch(language) or language.split("-")[0] not in names:
        raise Invalid(_("We do not know this language."), field="language")
    return language


def _check(words: Words) -> None:
    if not words.title.strip():
        raise Invalid(_("Give the page a title."), field="title")
    if not words.case.strip():
        raise Invalid(_("Say why this matters."), field="case")
    if not words.ask.strip():
        raise Invalid(_("Say what you ask, and of whom."), field="ask")
    for name, limit in LIMITS.items():
        if len(getattr(words, name)) > limit:
            raise Invalid(_("Keep this under %(limit)s characters.", limit=limit), field=name)
