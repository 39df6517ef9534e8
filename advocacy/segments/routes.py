"""Segments in the console: the list, the builder with its live count, copying and removing."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.chapters import desk
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.render.i18n import gettext as _
from advocacy.segments import asking, drafting, keeping, phrasing, showing, uses, vocabulary
from advocacy.segments.drafting import Box
from advocacy.segments.models import Segment
from advocacy.segments.vocabulary import Vocabulary
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import posted
from advocacy.web.numbers import MAX_INT, number

BASE = "/console/{chapter}/segments"
ONE = BASE + "/{segment:int}"


def _page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    chapter: Chapter = request.state.chapter
    return desk.page(
        request,
        template,
        status=status,
        current="segments",
        base=f"/console/{chapter.slug}/segments",
        writes=request.state.user.may("segments.write", chapter),
        **context,
    )


@requires("members.see")
async def listed(request: Request) -> Response:
    """The chapter's segments, and some to start from."""
    chapter: Chapter = request.state.chapter
    known = await vocabulary.of(chapter)
    total, shown = await showing.total_and_list(chapter, known)
    return _page(
        request,
        "segments/list.html",
        total=total,
        shown=shown,
        starters=showing.STARTERS,
        removed=await showing.removed_lately(chapter),
    )


@requires("segments.write")
async def new(request: Request) -> Response:
    """The builder with nothing in it, or with a ready-made question; POST changes or saves it."""
    known = await vocabulary.of(request.state.chapter)
    if request.method == "POST":
        return await _take(request, known, None)
    wanted = request.query_params.get("start", "")
    starter = next((each for each in showing.STARTERS if each.key == wanted), None)
    if starter is not None:
        draft = drafting.from_json(starter.question, known)
        return await _builder(request, known, draft, name=str(starter.name))
    draft = drafting.change(Box(), "add:0", known)
    return await _builder(request, known, draft)


@requires("members.see")
async def show(request: Request) -> Response:
    """One segment: the builder for those who may change it, its words for the others."""
    segment = await _held(request)
    known = await vocabulary.of(request.state.chapter)
    draft = drafting.from_json(segment.question, known)
    return await _builder(request, known, draft, segment=segment, name=segment.name)


@requires("segments.write")
async def change(request: Request) -> Response:
    """Changes the form, or saves it over the segment."""
    segment = await _held(request)
    return await _take(request, await vocabulary.of(request.state.chapter), segment)


async def _held(request: Request) -> Segment:
    return await keeping.held(request.state.chapter, request.path_params["segment"])


async def _take(request: Request, known: Vocabulary, segment: Segment | None) -> Response:
    data = await posted(request)
    draft = drafting.from_form(data, known)
    name, act = str(data.get("name", ""))[:500], str(data.get("do", ""))
    if act != "save":
        draft = drafting.change(draft, act, known)
        return await _builder(request, known, draft, segment=segment, name=name, data=data)
    lacking = drafting.lacking(draft)
    errors = [(f"line-{line.place}", line.error) for line in lacking]
    more: dict[str, Any] = {"segment": segment, "name": name, "data": data}
    if errors:
        return await _builder(request, known, draft, errors=errors, status=422, **more)
    try:
        saved = await _save(request, known, draft, segment, data)
    except Invalid as wrong:
        errors = [(wrong.field or "name", wrong.message)]
        return await _builder(request, known, draft, errors=errors, status=422, **more)
    except Conflict as stale:
        theirs = await _held(request)
        more |= {"stale": stale.message, "theirs": theirs, "segment": theirs}
        return await _builder(request, known, draft, status=409, **more)
    path = f"/console/{request.state.chapter.slug}/segments/{saved.id}"
    return pages.redirect(request, path, say=_("The segment is saved."))


async def _save(
    request: Request, known: Vocabulary, draft: Box, segment: Segment | None, data: FormData
) -> Segment:
    chapter: Chapter = request.state.chapter
    # Read once more from what will be kept, so that nothing is kept that cannot be read.
    question = asking.read(asking.as_json(drafting.question(draft)), known)
    wish = keeping.Wish(str(data.get("name", "")), question)
    if segment is None:
        return await keeping.keep(chapter, wish, by=request.state.user.user_id)
    version = number(data.get("version"), most=MAX_INT) or 0
    return await keeping.revise(chapter, segment.id, wish, version=version)


async def _builder(
    request: Request,
    known: Vocabulary,
    draft: Box,
    *,
    segment: Segment | None = None,
    name: str = "",
    data: FormData | None = None,
    errors: list[tuple[str, str]] | None = None,
    stale: str = "",
    theirs: Segment | None = None,
    status: int = 200,
) -> Response:
    chapter: Chapter = request.state.chapter
    question = drafting.question(draft)
    part = request.headers.get("hx-target", "")
    full = part not in ("builder", "answer")
    version = segment.version if segment else 0
    if data is not None and theirs is None:
        version = number(data.get("version"), most=MAX_INT) or version
    return _page(
        request,
        "segments/show.html" if full else f"segments/{part}.html",
        status=status,
        draft=draft,
        known=known,
        most=asking.MOST,
        size=drafting.size(draft),
        segment=segment,
        name=name,
        version=version,
        errors=errors or [],
        words=phrasing.sentence(question, known, chapter),
        answer=await asking.answer(chapter, question, known),
        unfinished=len(drafting.lacking(draft)),
        sample=await asking.sample(chapter, question, known) if full else None,
        stale=stale,
        theirs=theirs,
        their_words=phrasing.stored(theirs.question, known, chapter) if theirs else "",
        uses=await uses.of_one(chapter, segment.id) if segment and full else [],
    )


@requires("segments.write")
async def duplicate(request: Request) -> Response:
    """A second segment that asks the same, open for changing."""
    chapter, reader = request.state.chapter, request.state.user
    copied = await keeping.copy(chapter, request.path_params["segment"], by=reader.user_id)
    path = f"/console/{chapter.slug}/segments/{copied.id}"
    return pages.redirect(request, path, say=_("This is the copy."))


@requires("segments.write")
async def remove(request: Request) -> Response:
    """Takes a segment off the list."""
    chapter, data = request.state.chapter, await posted(request)
    segment_id = request.path_params["segment"]
    version = number(data.get("version"), most=MAX_INT) or 0
    path = f"/console/{chapter.slug}/segments"
    try:
        removed = await keeping.remove(chapter, segment_id, version=version)
    except Conflict as held:
        return pages.redirect(request, f"{path}/{segment_id}", say=held.message, kind="warning")
    said = _("“%(name)s” is removed. You can put it back below.", name=removed.name)
    return pages.redirect(request, path, say=said)


@requires("segments.write")
async def restore(request: Request) -> Response:
    """Puts a removed segment back."""
    chapter = request.state.chapter
    segment = await keeping.restore(chapter, request.path_params["segment"])
    path = f"/console/{chapter.slug}/segments"
    return pages.redirect(request, path, say=_("“%(name)s” is back.", name=segment.name))


routes = [
    Route(BASE, listed, methods=["GET"]),
    Route(f"{BASE}/new", new, methods=["GET", "POST"]),
    Route(ONE, show, methods=["GET"]),
    Route(ONE, change, methods=["POST"]),
    Route(f"{ONE}/duplicate", duplicate, methods=["POST"]),
    Route(f"{ONE}/remove", remove, methods=["POST"]),
    Route(f"{ONE}/restore", restore, methods=["POST"]),
]
