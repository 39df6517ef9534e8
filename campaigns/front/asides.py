"""What campaigns show on pages of the organisation: beside a chapter, and on a member's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from starlette.requests import Request

from advocacy.chapters.models import Chapter
from advocacy.members.belonging import chapters_of
from advocacy.members.models import Person
from advocacy.render import i18n
from advocacy.render.templates import render
from advocacy.web.pages import link
from campaigns.actions.listing import public_list
from campaigns.actions.looking import best_text
from campaigns.actions.models import Action
from campaigns.editions.models import EditionText
from campaigns.mailings.models import Delivery

MOST = 5


@dataclass(frozen=True)
class Deed:
    """One thing a member did, as their own page lists it."""

    slug: str
    kind: str
    title: str
    language: str
    at: datetime

    @property
    def dir(self) -> str:
        """The direction of the title."""
        return i18n.direction(self.language)


async def beside_chapter(request: Request, chapter: Chapter) -> Markup:
    """The chapter's campaigns that people can act on, and what came of those that ended."""
    listed = await public_list(chapter=chapter.slug, limit=MOST)
    return _drawn(request, "front/chapter_campaigns.html", listed=listed)


async def beside_member(request: Request, person: Person) -> Markup:
    """What a member can do next, with one press while they are signed in, and what they did.

    The links carry no token: a member may pass them on without lending out their name.
    """
    mine = Action.filter(person_id=person.id)
    done = {str(slug) for slug in await mine.values_list("campaign__slug", flat=True)}
    offered: dict[str, Any] = {}
    for home in await chapters_of(person.id):
        for each in await public_list(chapter=home.slug, limit=MOST):
            if each.state == "live" and each.mark not in done:
                offered.setdefault(each.mark, each)
    return _drawn(
        request,
        "front/member_next.html",
        offered=list(offered.values())[:MOST],
        acted=await _deeds(person),
        signed=await mine.filter(state="confirmed").count(),
        letters=await Delivery.filter(person_id=person.id, sent_at__isnull=False).count(),
    )


async def _deeds(person: Person) -> list[Deed]:
    """The newest confirmed actions of a person."""
    found = await (
        Action.filter(person_id=person.id, state="confirmed")
        .select_related("page")
        .order_by("-confirmed_at", "-id")
        .limit(MOST)
    )
    said: dict[int, list[EditionText]] = {}
    for text in await EditionText.filter(edition_id__in=[each.page.edition_id for each in found]):
        said.setdefault(text.edition_id, []).append(text)
    return [
        _deed(each, said[each.page.edition_id]) for each in found if each.page.edition_id in said
    ]


def _deed(action: Action, texts: list[EditionText]) -> Deed:
    text = best_text(texts, i18n.current(), action.language)
    at = action.confirmed_at or action.created_at
    return Deed(action.page.slug, action.page.kind, text.title, text.language, at)


def _drawn(request: Request, template: str, **context: Any) -> Markup:
    values = {"url": lambda path: link(request, path), **context}
    return Markup(render(template, values))  # noqa: S704
