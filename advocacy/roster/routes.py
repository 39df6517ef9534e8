"""The roll of a chapter: searched while one types, filtered, sorted, and taken out as a file."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from wtforms import RadioField

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk, directory
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.members import belonging
from advocacy.render import i18n
from advocacy.render.i18n import lazy_gettext
from advocacy.roster import defining, exporting, labelling, listing
from advocacy.roster.asking import fields_of, query_of, sieve_of, sort_of
from advocacy.roster.listing import Roll
from advocacy.roster.sifting import Sieve
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted

BASE = "/console/{chapter}/members"


@requires("members.see")
async def roll(request: Request) -> Response:
    """The members who fit; while one types only the list itself."""
    sieve = sieve_of(request, request.query_params)
    sort = sort_of(sieve, request.query_params)
    found = await _found(request, sieve, sort)
    shown = await _shown(request, sieve, sort, found)
    if request.headers.get("hx-request") == "true":
        answer = pages.page(request, "roster/found.html", **shown)
        # The address bar says what is shown, so that it can be kept or sent on.
        answer.headers["hx-replace-url"] = pages.link(request, shown["base"] + query_of(sieve))
        return answer
    chapter: Chapter = request.state.chapter
    figures: dict[str, Any] = {}
    if sieve.chapter_id is not None:
        figures = {
            "total": await belonging.member_count(chapter.id),
            "reachable": await belonging.reachable_count(chapter.id),
        }
    return desk.page(
        request,
        "roster/roll.html",
        current="members",
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
        "short_name": directory.short_name,
        "query": lambda **more: query_of(sieve, **more),
        "may": lambda verb: request.state.user.may(verb, chapter),
    }


class ExportForm(Form):
    """In which format, with whom: the filters stand beside it."""

    form = RadioField(
        lazy_gettext("Format"),
        choices=[
            ("csv", lazy_gettext("CSV, for every program; can be imported again")),
            ("xlsx", lazy_gettext("XLSX, for spreadsheets; can be imported again")),
        ],
        default="csv",
    )


@requires("members.export")
async def export(request: Request) -> Response:
    """What would be taken out: how many members, which columns, in which format."""
    return await _export_page(request, sieve_of(request, request.query_params), ExportForm())


@requires("members.export")
async def take_out(request: Request) -> Response:
    """Sends the file while it is made; the log says so before the first byte."""
    chapter: Chapter = request.state.chapter
    data = await posted(request)
    sieve, form = sieve_of(request, data), ExportForm(data)
    if not form.validate():
        return await _export_page(request, sieve, form, status=422)
    kind = form.form.data
    try:
        await exporting.begin(chapter, sieve, kind, actor=actor_of(request))
    except Invalid as error:
        form.refuse(error)
        return await _export_page(request, sieve, form, status=422)
    name = exporting.filename(chapter, kind)
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
    }
    return StreamingResponse(
        exporting.pieces(sieve, kind), media_type=exporting.MEDIA[kind], headers=headers
    )


async def _export_page(
    request: Request, sieve: Sieve, form: ExportForm, *, status: int = 200
) -> Response:
    chapter: Chapter = request.state.chapter
    own = [] if sieve.chapter_id is None else await defining.fields_of(chapter.id)
    return desk.page(
        request,
        "roster/export.html",
        status=status,
        current="members",
        base=f"/console/{chapter.slug}/members",
        form=form,
        sieve=sieve,
        fields=fields_of(sieve),
        count=await listing.count(sieve),
        own=own,
        query=lambda **more: query_of(sieve, **more),
    )


def _languages(chapter: Chapter, sieve: Sieve) -> list[tuple[str, str]]:
    tags = [*chapter.language_codes, *i18n.LOCALES, sieve.language]
    return [(tag, i18n.language(tag)) for tag in dict.fromkeys(tags) if tag]


routes = [
    Route(BASE, roll, methods=["GET"]),
    Route(f"{BASE}/export", export, methods=["GET"]),
    Route(f"{BASE}/export", take_out, methods=["POST"]),
]
