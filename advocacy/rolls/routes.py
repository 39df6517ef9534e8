"""The wizard that brings a chapter's file of members in: send, name columns, check, import."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from wtforms import RadioField, StringField
from wtforms.validators import Length, Optional

from advocacy import settings
from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Forbidden, Invalid, NotFound
from advocacy.members import columns, refusals
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.rolls import bases, keeping, moving, showing
from advocacy.rolls.models import RollUpload
from advocacy.web import pages, uploads
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from advocacy.web.numbers import number

BASE = "/console/{chapter}/rolls"
ONE = BASE + "/{roll:int}"
# What the body of any request may be; the file's own limit is a setting.
HARD_LIMIT = 1 << 31
CSV = "text/csv; charset=utf-8"


class SendForm(Form):
    """The file; it is read apart from the form."""

    file = StringField(lazy_gettext("File"))


class BasisForm(Form):
    """On what ground these people may be written to."""

    basis = RadioField(
        lazy_gettext("What did these people agree to?"),
        choices=[(key, each.label) for key, each in bases.BASES.items()],
        validate_choice=False,
    )
    words = StringField(
        lazy_gettext("Where and when did they agree?"),
        [Optional(), Length(max=250)],
    )


def _chapter(request: Request) -> Chapter:
    """The chapter of the path. Only who imports for all chapters imports at headquarters."""
    chapter: Chapter = request.state.chapter
    if chapter.is_headquarters and not request.state.user.may_everywhere("members.import"):
        raise Forbidden(_("Your role does not allow this in this chapter."))
    return chapter


def _page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    chapter = request.state.chapter
    return desk.page(
        request,
        template,
        status=status,
        current="members",
        base=f"/console/{chapter.slug}/rolls",
        state_label=showing.state_label,
        state_mark=showing.state_mark,
        listing=i18n.listing,
        examples=showing.examples,
        most=settings.current().roll_limit_mb,
        **context,
    )


async def _held(request: Request) -> RollUpload:
    return await moving.held(_chapter(request), request.path_params["roll"])


def _back(request: Request, upload_id: int, say: str = "", kind: str = "success") -> Response:
    path = f"/console/{request.state.chapter.slug}/rolls/{upload_id}"
    return pages.redirect(request, path, say=say, kind=kind)


@requires("members.import")
async def listed(request: Request) -> Response:
    """The chapter's files of members, newest first."""
    shown = await showing.of_chapter(_chapter(request).id)
    return _page(
        request, "rolls/list.html", shown=shown, fields=showing.explained(request.state.chapter)
    )


@requires("members.import")
async def new(request: Request) -> Response:
    """Where a file is sent; POST takes it as it comes in and never into memory."""
    chapter, form = _chapter(request), SendForm()
    if request.method == "POST":
        most, file = settings.current().roll_limit_mb, keeping.new_name()
        try:
            received = await uploads.receive(
                request, keeping.path_of(file), name="file", most=most << 20
            )
            upload_id = await moving.keep(
                chapter,
                actor_of(request),
                file=file,
                filename=received.filename,
                size=received.size,
            )
        except uploads.TooLarge:
            form.refuse(showing.too_large(most))
        except Invalid as wrong:
            form.refuse(wrong)
        else:
            return _back(request, upload_id)
    status = 422 if request.method == "POST" else 200
    return _page(
        request,
        "rolls/new.html",
        status=status,
        form=form,
        fields=showing.explained(request.state.chapter),
    )


@requires("members.import")
async def sample(request: Request) -> Response:
    """A small file with every column, to fill in."""
    text = showing.sample(_chapter(request))
    return Response(text.encode("utf-8-sig"), media_type=CSV, headers=_named("members"))


@requires("members.import")
async def show(request: Request) -> Response:
    """An upload where it is: its columns, its dry run, its progress or what came of it."""
    return await _shown(request, await _held(request))


async def _shown(
    request: Request,
    upload: RollUpload,
    *,
    status: int = 200,
    error: Invalid | None = None,
    chosen: dict[str, int] | None = None,
    form: BasisForm | None = None,
) -> Response:
    return _page(
        request,
        "rolls/show.html",
        status=status,
        upload=upload,
        shown=showing.of(upload),
        first=await showing.first_rows(upload),
        chosen=(upload.mapping or {}).get("places", {}) if chosen is None else chosen,
        fields=showing.explained(request.state.chapter),
        error=error,
        form=form or BasisForm(),
        is_live=upload.state in ("checking", "importing"),
    )


@requires("members.import")
async def progress(request: Request) -> Response:
    """The part of the page that changes while a worker is at it."""
    upload = await _held(request)
    is_live = upload.state in ("checking", "importing")
    response = _page(
        request, "rolls/progress.html", upload=upload, shown=showing.of(upload), is_live=is_live
    )
    if not is_live or request.query_params.get("was", "") != upload.state:
        response.headers["hx-refresh"] = "true"
    return response


@requires("members.import")
async def check(request: Request) -> Response:
    """Takes what the columns are, or another sheet, and begins the dry run."""
    upload, data = await _held(request), await posted(request)
    sheet = str(data.get("sheet", ""))
    places = {
        name: at
        for name in columns.FIELDS
        if (at := number(data.get(name, ""), most=1000)) is not None
    }
    try:
        if sheet and sheet != upload.mapping.get("sheet"):
            await moving.choose_sheet(upload, sheet)
        else:
            await moving.check(upload, places, chapter=request.state.chapter)
    except Invalid as wrong:
        return await _shown(request, upload, status=422, error=wrong, chosen=places)
    return _back(request, upload.id)


@requires("members.import")
async def begin(request: Request) -> Response:
    """Takes on what ground the people are in the file and begins the import."""
    upload, form = await _held(request), BasisForm(await posted(request))
    if form.validate():
        try:
            await moving.begin(
                upload,
                actor_of(request),
                chapter=request.state.chapter,
                basis=form.basis.data or "",
                words=form.words.data or "",
            )
        except Invalid as wrong:
            form.refuse(wrong)
        else:
            return _back(request, upload.id)
    return await _shown(request, upload, status=422, form=form)


@requires("members.import")
async def cancel(request: Request) -> Response:
    """Stops the upload where it is."""
    upload = await _held(request)
    try:
        await moving.cancel(upload, actor_of(request), chapter=request.state.chapter)
    except Conflict as late:
        return _back(request, upload.id, late.message, "warning")
    return _back(request, upload.id, _("Cancelled. What was taken before stays."), "info")


@requires("members.import")
async def report(request: Request) -> Response:
    """The rows that were not taken, each with its reason and how to mend it."""
    upload = await _held(request)
    path = keeping.report_of(upload.file)
    if not path.exists():
        raise NotFound()
    lines = refusals.in_words(path)
    return StreamingResponse(lines, media_type=CSV, headers=_named(f"refused-{upload.id}"))


def _named(name: str) -> dict[str, str]:
    return {
        "content-disposition": f'attachment; filename="{name}.csv"',
        "cache-control": "private, no-store",
    }


routes = [
    Route(BASE, listed, methods=["GET"]),
    Route(f"{BASE}/new", new, methods=["GET", "POST"], max_body_size=HARD_LIMIT),
    Route(f"{BASE}/sample", sample, methods=["GET"]),
    Route(ONE, show, methods=["GET"]),
    Route(f"{ONE}/progress", progress, methods=["GET"]),
    Route(f"{ONE}/check", check, methods=["POST"]),
    Route(f"{ONE}/import", begin, methods=["POST"]),
    Route(f"{ONE}/cancel", cancel, methods=["POST"]),
    Route(f"{ONE}/report", report, methods=["GET"]),
]
