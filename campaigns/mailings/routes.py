"""Mailings in the console: the list, the audience of one, a test of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import DateField, IntegerField, SelectField
from wtforms.fields import SelectMultipleField
from wtforms.validators import InputRequired, NumberRange, Optional

from advocacy.chapters import safety
from advocacy.errors import Invalid
from advocacy.mail import discretion
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import limits, pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from advocacy.web.numbers import MAX_INT, number_or_error
from campaigns import console
from campaigns.mailings import aiming, audience, composing, showing, testing
from campaigns.mailings.composing import Segment
from campaigns.mailings.models import Mailing

BASE = "/console/{chapter}/mailings"
ONE = BASE + "/{mailing:int}"


class SegmentForm(Form):
    """Whom it is for."""

    segment = SelectField(lazy_gettext("Segment"), coerce=number_or_error, validate_choice=False)
    languages = SelectMultipleField(lazy_gettext("Languages"), validate_choice=False)
    joined_since = DateField(lazy_gettext("Joined since"), [Optional()])
    acted = SelectField(
        lazy_gettext("Action"),
        choices=[
            ("", lazy_gettext("Whether they acted or not")),
            ("yes", lazy_gettext("Only those who acted on the page")),
            ("no", lazy_gettext("Only those who have not acted on the page")),
        ],
    )
    acted_page = SelectField(lazy_gettext("Page"), coerce=number_or_error, validate_choice=False)
    version = IntegerField(validators=[InputRequired(), NumberRange(1, MAX_INT)])


def console_page(
    request: Request, template: str, *, mailing: Mailing | None = None, **context: Any
) -> Response:
    """A console page under "Mailings"; times are shown on the chapter's clocks."""
    chapter = request.state.chapter
    is_discreet = safety.of(chapter).neutral_subjects
    discreet = discretion.subject(i18n.current()) if is_discreet else ""
    with i18n.use(i18n.current(), chapter.zone):
        return pages.page(
            request,
            template,
            side=console.side(request, "mailings"),
            chapter=chapter,
            mailing=mailing,
            base=f"/console/{chapter.slug}/mailings",
            discreet=discreet,
            may=lambda verb: request.state.user.may(verb, chapter),
            state_label=showing.state_label,
            reason_label=showing.reason_label,
            **context,
        )


async def held(request: Request) -> Mailing:
    """The mailing of the path, as one of the chapter's."""
    return await composing.held(request.state.chapter, request.path_params["mailing"])


@requires("mailings.see")
async def listed(request: Request) -> Response:
    """The chapter's mailings."""
    return console_page(
        request, "mailings/list.html", shown=await showing.of_chapter(request.state.chapter)
    )


@requires("mailings.write")
async def audience_page(request: Request) -> Response:
    """Whom it is for: the segment, how many, a sample, who not and why; POST sets the segment."""
    chapter, mailing = request.state.chapter, await held(request)
    data = await posted(request) if request.method == "POST" else None
    form = SegmentForm(
        data,
        segment=mailing.segment_id or 0,
        languages=mailing.languages.split(),
        joined_since=mailing.joined_since,
        acted=mailing.acted,
        acted_page=mailing.acted_page_id or mailing.page_id or 0,
    )
    if data is not None and form.validate():
        try:
            await composing.set_segment(
                chapter, mailing.id, _segment(form), version=form.version.data
            )
        except Invalid as wrong:
            form.refuse(wrong)
        else:
            path = f"/console/{chapter.slug}/mailings/{mailing.id}/audience"
            return pages.redirect(request, path, say=_("The audience is set."))
    return await _audience(request, mailing, form, status=422 if data is not None else 200)


def _segment(form: SegmentForm) -> Segment:
    return Segment(
        languages=tuple(form.languages.data or ()),
        joined_since=form.joined_since.data,
        acted=form.acted.data or "",
        acted_page_id=form.acted_page.data or None,
        stored_id=form.segment.data or None,
    )


async def _audience(
    request: Request, mailing: Mailing, form: SegmentForm, *, status: int
) -> Response:
    chapter = request.state.chapter
    form.acted_page.choices = await composing.pages_for(chapter)
    form.segment.choices = await aiming.choices(mailing, chapter)
    spoken = await audience.languages_spoken(chapter)
    form.languages.choices = [(tag, f"{i18n.language(tag)} ({n})") for tag, n in spoken]
    sees_names = request.state.user.may("members.see", chapter)
    asked = request.query_params.get("person", "").strip() if sees_names else ""
    return console_page(
        request,
        "mailings/audience.html",
        status=status,
        mailing=mailing,
        form=form,
        chosen=await aiming.chosen(mailing, chapter),
        answer=await audience.answer(mailing),
        sample=await audience.sample(mailing) if sees_names else None,
        asked=asked,
        verdict=await audience.would_get(mailing, asked) if "@" in asked else None,
    )


@requires("mailings.write")
async def send_test(request: Request) -> Response:
    """Sends the reader a test in one language."""
    chapter, mailing = request.state.chapter, await held(request)
    await limits.limit("mailing-test", "20/hour", str(request.state.user.user_id))
    data = await posted(request)
    language = str(data.get("language", ""))
    await testing.ask_for_test(chapter, mailing.id, request.state.user.user_id, language)
    return pages.redirect(
        request,
        f"/console/{chapter.slug}/mailings/{mailing.id}",
        say=_("A test is on its way to %(email)s.", email=request.state.user.email),
    )


routes = [
    Route(BASE, listed, methods=["GET"]),
    Route(f"{ONE}/audience", audience_page, methods=["GET", "POST"]),
    Route(f"{ONE}/test", send_test, methods=["POST"]),
]
