"""The audit log in the console: its entries with filters, as a file, and the check of its chain."""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from advocacy import moment
from advocacy.audit import checking, reading, words
from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.directory import short_name
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from advocacy.web.numbers import number


class FilterForm(Form):
    """What to look for; every field may stay empty."""

    who = StringField(lazy_gettext("Who"), [Length(max=254)])
    act = SelectField(lazy_gettext("What"), choices=[], validate_choice=False)
    record = StringField(lazy_gettext("Record"), [Length(max=120)])
    of = SelectField(lazy_gettext("Chapter"), choices=[], validate_choice=False)
    since = DateField(lazy_gettext("First day"), [Optional()])
    until = DateField(lazy_gettext("Last day"), [Optional()])


def _wanted(chapter: Chapter, form: FilterForm) -> reading.Wanted:
    """The filter as a question; a chapter's page never looks beyond the chapter."""
    since, until = form.since.data, form.until.data
    try:
        first = datetime.combine(since, time.min, chapter.zone) if since else None
        last = (
            datetime.combine(until + timedelta(days=1), time.min, chapter.zone) if until else None
        )
    except OverflowError:
        first = last = None
    return reading.Wanted(
        who=(form.who.data or "").strip()[:254],
        act=(form.act.data or "")[:60],
        record=(form.record.data or "").strip()[:120],
        chapter=(form.of.data or "")[:64] if chapter.is_headquarters else chapter.slug,
        since=first,
        until=last,
    )


async def _form(chapter: Chapter, data: QueryParams | FormData) -> FilterForm:
    form = FilterForm(FormData(dict(data)))
    known = await reading.acts("" if chapter.is_headquarters else chapter.slug)
    names = sorted((words.name_of(act), act) for act in known)
    form.act.choices = [("", _("Anything")), *((act, name) for name, act in names)]
    if chapter.is_headquarters:
        every = await Chapter.all().order_by("-is_headquarters", "name").values_list("slug", "name")
        form.of.choices = [("", _("All")), *((slug, short_name(name)) for slug, name in every)]
    else:
        del form.of
    return form


@requires("audit.see")
async def log(request: Request) -> Response:
    """The entries of a chapter, or of all at headquarters, the newest first."""
    chapter: Chapter = request.state.chapter
    with i18n.use(i18n.current(), chapter.zone):
        form = await _form(chapter, request.query_params)
        is_right = form.validate()
        before = number(request.query_params.get("before", ""))
        wanted = _wanted(chapter, form) if is_right else reading.Wanted(chapter="-")
        return desk.page(
            request,
            "audit/log.html",
            status=200 if is_right else 422,
            current="audit",
            form=form,
            page=await reading.read(wanted, before=before),
            is_filtered=any(field.data for field in form),
            is_later=before is not None,
            base=f"/console/{chapter.slug}/audit",
            more=_query(form),
            name_of=words.name_of,
            details_of=words.details_of,
            **await _state(chapter),
        )


def _query(form: FilterForm) -> Any:
    """Makes the query of a link: the filter as it is, with some of it changed."""
    kept = {field.name: field.data for field in form if field.data}

    def query(**changed: Any) -> str:
        return "?" + urlencode({k: v for k, v in {**kept, **changed}.items() if v})

    return query


async def _state(chapter: Chapter) -> dict[str, Any]:
    """How the chain stands; only headquarters sees it, for it is one over all chapters."""
    if not chapter.is_headquarters:
        return {"running": None, "checked": None, "verdict": None}
    checked = await checking.latest()
    return {
        "running": await checking.under_way(),
        "checked": checked,
        "verdict": checking.verdict_of(checked) if checked else None,
    }


@requires("audit.see")
async def state(request: Request) -> Response:
    """The part of the page that says how the chain stands, while a check is under way."""
    chapter: Chapter = request.state.chapter
    if not chapter.is_headquarters:
        raise NotFound()
    base = f"/console/{chapter.slug}/audit"
    return pages.page(request, "audit/state.html", base=base, **await _state(chapter))


@requires("audit.see")
async def check(request: Request) -> Response:
    """Has the whole chain checked."""
    chapter: Chapter = request.state.chapter
    if not chapter.is_headquarters:
        raise NotFound()
    await checking.ask(actor_of(request))
    return pages.redirect(request, f"/console/{chapter.slug}/audit")


@requires("audit.export")
async def export(request: Request) -> Response:
    """The filtered entries as CSV, streamed."""
    chapter: Chapter = request.state.chapter
    form = await _form(chapter, await posted(request))
    if not form.validate():
        return pages.redirect(
            request,
            f"/console/{chapter.slug}/audit",
            say=_("Mend the filter, then take the file."),
            kind="warning",
        )
    lines = await reading.export(
        _wanted(chapter, form), actor=actor_of(request), chapter=chapter.slug
    )
    name = f"audit-{chapter.slug}-{moment.now().date().isoformat()}.csv"
    return StreamingResponse(
        lines,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "private, no-store",
        },
    )


routes = [
    Route("/console/{chapter}/audit", log, methods=["GET"]),
    Route("/console/{chapter}/audit/export", export, methods=["POST"]),
    Route("/console/{chapter}/audit/state", state, methods=["GET"]),
    Route("/console/{chapter}/audit/check", check, methods=["POST"]),
]
