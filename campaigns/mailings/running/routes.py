"""One mailing in the console: its page, its schedule, its progress, and holding or ending it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import DateTimeLocalField, IntegerField, RadioField
from wtforms.validators import InputRequired, NumberRange, Optional

from advocacy.audit.recording import Actor, actor_of
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from advocacy.web.numbers import MAX_INT, number
from campaigns.mailings import aiming, audience, composing, sending, showing
from campaigns.mailings.models import Mailing
from campaigns.mailings.routes import ONE, console_page, held

LIVE = ("calculating", "sending")


class ScheduleForm(Form):
    """When it goes out."""

    when = RadioField(
        lazy_gettext("When"),
        choices=[("now", lazy_gettext("Now")), ("at", lazy_gettext("At a time you choose"))],
        default="now",
    )
    send_at = DateTimeLocalField(
        lazy_gettext("Date and time"), [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )
    version = IntegerField(validators=[InputRequired(), NumberRange(1, MAX_INT)])


@dataclass(frozen=True)
class Step:
    """Something that can be done with a mailing under way: its verb and its words."""

    verb: Callable[..., Awaitable[Any]]
    done: Any


STEPS = {
    "unschedule": Step(sending.unschedule, lazy_gettext("The mailing is a draft again.")),
    "pause": Step(sending.pause, lazy_gettext("The mailing is paused. Nobody gets it now.")),
    "resume": Step(sending.resume, lazy_gettext("The mailing goes on.")),
    "stop": Step(sending.stop, lazy_gettext("The mailing is stopped.")),
    "send-unclear": Step(
        sending.send_unknown_again, lazy_gettext("The unclear letters are sent again.")
    ),
}


@requires("mailings.see")
async def show(request: Request) -> Response:
    """A draft with what is left to do, a scheduled one, one under way, or a report."""
    mailing = await held(request)
    if mailing.state in ("draft", "scheduled"):
        return console_page(
            request,
            "mailings/draft.html",
            mailing=mailing,
            texts=await composing.texts_of(mailing),
            leads_to=dict(await composing.pages_for(request.state.chapter)).get(
                mailing.page_id or 0
            ),
            answer=await audience.answer(mailing),
            chosen=await aiming.chosen(mailing, request.state.chapter),
        )
    return await _progress(request, mailing, "mailings/show.html")


@requires("mailings.see")
async def progress(request: Request) -> Response:
    """The part of the page that changes while it is sent; says when the rest has to change too."""
    mailing = await held(request)
    response = await _progress(request, mailing, "mailings/progress.html")
    was = request.query_params.get("was", "")
    if was and was != (await showing.one(mailing)).state:
        response.headers["hx-refresh"] = "true"
    return response


async def _progress(request: Request, mailing: Mailing, template: str) -> Response:
    return console_page(
        request,
        template,
        mailing=mailing,
        shown=await showing.one(mailing),
        report=await showing.report(mailing),
        status_labels=showing.STATUS_LABELS,
        is_live=mailing.state in LIVE,
        chosen=await aiming.chosen(mailing, request.state.chapter),
    )


@requires("mailings.approve")
async def schedule(request: Request) -> Response:
    """When to send, with the number of people on the button; POST schedules it or sends it."""
    chapter, mailing = request.state.chapter, await held(request)
    data = await posted(request) if request.method == "POST" else None
    form = ScheduleForm(data, version=mailing.version)
    if data is not None and form.validate():
        try:
            await _schedule(chapter, mailing, form, actor_of(request))
        except (Invalid, Conflict) as wrong:
            form.refuse(Invalid(wrong.message, field=wrong.field))
        else:
            said = _("The mailing is scheduled.")
            if form.when.data == "now":
                said = _("The mailing is on its way.")
            return pages.redirect(
                request, f"/console/{chapter.slug}/mailings/{mailing.id}", say=said
            )
    if mailing.state != "draft" and data is None:
        raise Conflict(_("This mailing is scheduled or sent already."))
    return console_page(
        request,
        "mailings/schedule.html",
        status=422 if data is not None else 200,
        mailing=mailing,
        form=form,
        count=await audience.count(mailing),
    )


async def _schedule(chapter: Chapter, mailing: Mailing, form: ScheduleForm, actor: Actor) -> None:
    at = None
    if form.when.data == "now" and form.send_at.data is not None:
        raise Invalid(
            _("You chose “Now” and a date too. Empty the date, or choose to send at it."),
            field="send_at",
        )
    if form.when.data == "at":
        if form.send_at.data is None:
            raise Invalid(_("Choose a date and a time."), field="send_at")
        at = form.send_at.data.replace(tzinfo=chapter.zone).astimezone(UTC)
    await sending.schedule(chapter, mailing.id, version=form.version.data, at=at, actor=actor)


@requires("mailings.send")
async def ask(request: Request) -> Response:
    """Says what a step will do and to whom, with a button that does it."""
    mailing = await held(request)
    name = request.path_params["step"]
    if name not in STEPS:
        raise NotFound()
    return console_page(
        request,
        "mailings/step.html",
        mailing=mailing,
        step=name,
        figures=(await showing.one(mailing)).figures,
    )


@requires("mailings.send")
async def take(request: Request) -> Response:
    """Takes a step. A press that comes too late changes nothing and says so."""
    chapter, mailing = request.state.chapter, await held(request)
    step = STEPS.get(request.path_params["step"])
    if step is None:
        raise NotFound()
    path = f"/console/{chapter.slug}/mailings/{mailing.id}"
    try:
        await step.verb(chapter, mailing.id, actor=actor_of(request))
    except Conflict as late:
        return pages.redirect(request, path, say=late.message, kind="warning")
    return pages.redirect(request, path, say=str(step.done))


@requires("mailings.write")
async def discard(request: Request) -> Response:
    """Deletes a draft."""
    chapter, mailing = request.state.chapter, await held(request)
    data = await posted(request)
    version = number(data.get("version"), most=MAX_INT)
    await composing.discard(
        chapter, mailing.id, version=mailing.version if version is None else version
    )
    return pages.redirect(
        request, f"/console/{chapter.slug}/mailings", say=_("The draft is deleted.")
    )


routes = [
    Route(ONE, show, methods=["GET"]),
    Route(f"{ONE}/progress", progress, methods=["GET"]),
    Route(f"{ONE}/schedule", schedule, methods=["GET", "POST"]),
    Route(f"{ONE}/discard", discard, methods=["POST"]),
    Route(f"{ONE}/steps/{{step}}", ask, methods=["GET"]),
    Route(f"{ONE}/steps/{{step}}", take, methods=["POST"]),
]
