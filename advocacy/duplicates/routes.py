"""Reviewing pairs that look like one person, merging them, and undoing a merge."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.models import Chapter
from advocacy.duplicates import finding, merging, past
from advocacy.errors import NotFound
from advocacy.render.i18n import gettext as _
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import posted
from advocacy.web.numbers import number


def reason_label(reason: str) -> str:
    """What makes two persons look alike, in words."""
    words: dict[str, Callable[[], str]] = {
        "number": lambda: _("Same member number"),
        "address": lambda: _("Same name before the @"),
        "alike": lambda: _("Very similar addresses"),
        "bounced": lambda: _("One address no longer works"),
        "name": lambda: _("Same name"),
    }
    return words[reason]()


@requires("members.merge")
async def review(request: Request) -> Response:
    """The pairs to look at, the likeliest first."""
    chapter: Chapter = request.state.chapter
    return desk.page(
        request,
        "duplicates/review.html",
        found=await finding.pairs(chapter),
        merged=await past.recent(chapter),
        **_shared(request),
    )


@requires("members.merge")
async def compare(request: Request) -> Response:
    """Two persons side by side, with the choice of whom to keep."""
    pair = await _pair(request, request.query_params)
    return desk.page(request, "duplicates/compare.html", pair=pair, **_shared(request))


@requires("members.merge")
async def merge(request: Request) -> Response:
    """Makes one person of the two."""
    data = await posted(request)
    pair = await _pair(request, data)
    kept, lost = (
        (pair.other, pair.one)
        if number(str(data.get("keep", ""))) == pair.other.id
        else (pair.one, pair.other)
    )
    await merging.merge(kept.id, lost.id, chapter=request.state.chapter, actor=actor_of(request))
    return pages.redirect(
        request,
        _home(request),
        say=_("%(name)s is one person now. You can undo this for 30 days.", name=kept.name),
    )


@requires("members.merge")
async def tell_apart(request: Request) -> Response:
    """The two are different people; the pair is not offered again."""
    pair = await _pair(request, await posted(request))
    await merging.tell_apart(
        pair.one.id, pair.other.id, chapter=request.state.chapter, actor=actor_of(request)
    )
    return pages.redirect(
        request, _home(request), say=_("They stay two people, and are not shown again.")
    )


@requires("members.merge")
async def undo(request: Request) -> Response:
    """Makes two persons again of a merged one."""
    await merging.undo(
        request.path_params["merge"], chapter=request.state.chapter, actor=actor_of(request)
    )
    return pages.redirect(request, _home(request), say=_("They are two people again."))


async def _pair(request: Request, given: Any) -> finding.Pair:
    one, other = (number(str(given.get(name, ""))) for name in ("one", "other"))
    pair = await finding.pair(request.state.chapter, one, other) if one and other else None
    if pair is None:
        raise NotFound(_("These two are not there to be compared any more."))
    return pair


def _home(request: Request) -> str:
    return f"/console/{request.state.chapter.slug}/duplicates"


def _shared(request: Request) -> dict[str, Any]:
    return {
        "current": "members",
        "base": _home(request),
        "reason_label": reason_label,
    }


routes = [
    Route("/console/{chapter}/duplicates", review, methods=["GET"]),
    Route("/console/{chapter}/duplicates/compare", compare, methods=["GET"]),
    Route("/console/{chapter}/duplicates/merge", merge, methods=["POST"]),
    Route("/console/{chapter}/duplicates/apart", tell_apart, methods=["POST"]),
    Route("/console/{chapter}/merges/{merge:int}/undo", undo, methods=["POST"]),
]
