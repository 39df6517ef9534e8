"""What campaigns show on pages of the organisation: beside a chapter, and on a member's page."""

from typing import Any

from markupsafe import Markup
from starlette.requests import Request

from advocacy.chapters.models import Chapter
from advocacy.members.belonging import chapters_of
from advocacy.members.models import Person
from advocacy.render.templates import render
from advocacy.web.pages import link
from campaigns.actions.listing import public_list
from campaigns.actions.models import Action

MOST = 5


async def beside_chapter(request: Request, chapter: Chapter) -> Markup:
    """The chapter's campaigns that people can act on, and what came of those that ended."""
    listed = await public_list(chapter=chapter.slug, limit=MOST)
    return _drawn(request, "front/chapter_campaigns.html", listed=listed)


async def beside_member(request: Request, person: Person) -> Markup:
    """What a member can do next, with one press while they are signed in, and what they did.

    The links carry no token: a member may pass them on without lending out their name.
    """
    signed = await Action.filter(person_id=person.id, state="confirmed").count()
    acted = await Action.filter(person_id=person.id).values_list("page__slug", flat=True)
    done = {str(slug) for slug in acted}
    offered: dict[str, Any] = {}
    for home in await chapters_of(person.id):
        for each in await public_list(chapter=home.slug, limit=MOST):
            if each.state == "live" and each.slug not in done:
                offered.setdefault(each.slug, each)
    return _drawn(
        request,
        "front/member_next.html",
        offered=list(offered.values())[:MOST],
        signed=signed,
    )


def _drawn(request: Request, template: str, **context: Any) -> Markup:
    values = {"url": lambda path: link(request, path), **context}
    return Markup(render(template, values))  # noqa: S704
