"""The roll of a chapter: searched while one types, filtered, sorted, and taken out as a file."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.chapters.models import Chapter
from advocacy.members import belonging
from advocacy.render import i18n
from advocacy.roster import labelling, listing
from advocacy.roster.asking import fields_of, query_of, sieve_of, sort_of
from advocacy.roster.listing import Roll
from advocacy.roster.sifting import Sieve
from advocacy.web import pages
from advocacy.web.access import requires

BASE = "/console/{chapter}/members"


@requires("members.see")
async def roll(request: Request) -> Response:
    """The members who fit; while one types only the list itself."""
    sieve = sieve_of(request, request.query_params)
    sort = sort_of(sieve, request.query_params)
    found = await _found(request, sieve, sort)
    shown = await _shown(request, sieve, sort, found)
    if request.headers.get("hx-request") == "true":
        return pages.page(request, "roster/found.html", **shown)
    chapter: Chapter = request.state.chapter
    figures: dict[str, Any] = {}
    if sieve.chapter_id is not None:
        figures = {
            "total": await belonging.member_count(chapter.id),
            "reachable": await belonging.reachable_count(chapter.id),
        }
    return pages.page(
        request,
        "roster/roll.html",
        side=request.app.state.side(request, "members"),
        figures=figures,
        languages_known=_languages(chapter, sieve),
        **shown,
    )


async def _found(request: Request, sieve: Sieve, sort: str) -> Roll:
    if sieve.chapter_id is None and not sieve.words:
        return Roll([], 0, None)
    return await listing.read(sieve, sort=sort, after=request.query_params.get("after", "")[:200])


async def _shown(request: Request, sieve: Sieve, sort: str, found: Roll) -> dict[str, Any]:
    chapter: Chapter = request.state.chapter
    is_wide = sieve.chapter_id is None
    is_narrowed = bool(sieve.words) or sieve.has_filters
    count = found.count
    if count is None and is_narrowed:
        count = await listing.count(sieve)
    return {
        "chapter": chapter,
        "base": f"/console/{chapter.slug}/members",
        "sieve": sieve,
        "fields": fields_of(sieve),
        "sort": sort,
        "roll": found,
        "count": count,
        "is_wide": is_wide,
        "is_narrowed": is_narrowed or sieve.is_hopeless,
        "homes": await listing.homes(found.rows) if is_wide else {},
        "tags": [] if is_wide else await labelling.tags_of(chapter.id),
        "query": lambda **more: query_of(sieve, **more),
        "may": lambda verb: request.state.user.may(verb, chapter),
    }


def _languages(chapter: Chapter, sieve: Sieve) -> list[tuple[str, str]]:
    tags = [*chapter.language_codes, *i18n.LOCALES, sieve.language]
    return [(tag, i18n.language(tag)) for tag in dict.fromkeys(tags) if tag]


routes = [
    Route(BASE, roll, methods=["GET"]),
]
