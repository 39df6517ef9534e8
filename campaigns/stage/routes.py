"""One campaign in the console: its page, its preview, and a confirmation for each step."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from advocacy import settings
from advocacy.audit.recording import actor_of
from advocacy.errors import Conflict, Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from campaigns import lifecycle
from campaigns.actions import kinds, looking
from campaigns.actions.routes import present
from campaigns.editions import writing
from campaigns.stage import moving
from campaigns.workbench import launching, showing
from campaigns.workbench.routes import console_page

BASE = "/console/{chapter}/campaigns/{campaign}"


class StepForm(Form):
    """The version that the reader saw and, for an ending, what came of the campaign."""

    version = IntegerField(validators=[InputRequired(), NumberRange(1, 2**31 - 2)])
    outcome = TextAreaField(
        lazy_gettext("What came of it"), [Optional(), Length(max=20_000)], render_kw={"rows": 8}
    )


@requires("campaigns.see")
async def show(request: Request) -> Response:
    """One campaign: its state, its counts, what can be done with it."""
    found = await showing.one(request.state.chapter, request.path_params["campaign"])
    edition = await launching.own_edition(found.campaign)
    return console_page(
        request,
        "campaigns/show.html",
        campaign=found.campaign,
        shown=found,
        texts=await writing.texts(edition),
        waiting=await showing.waiting(found.campaign),
        public_url=settings.current().base_url + found.public_path,
        can={move: lifecycle.may(found.campaign, move) for move in lifecycle.MOVES},
    )


@requires("campaigns.publish")
async def ask(request: Request) -> Response:
    """Says what a step will do, with a button that does it."""
    return await _confirmation(request, StepForm())


@requires("campaigns.publish")
async def move(request: Request) -> Response:
    """Takes a step."""
    chapter, slug = request.state.chapter, request.path_params["campaign"]
    name = request.path_params["step"]
    step = moving.find(name)
    form = StepForm(await posted(request))
    if not form.validate():
        return await _confirmation(request, form, status=422)
    try:
        await moving.move(
            chapter,
            slug,
            name,
            version=form.version.data,
            outcome=form.outcome.data or "",
            actor=actor_of(request),
        )
    except Invalid as wrong:
        form.form_errors.append(wrong.message)
        return await _confirmation(request, form, status=422)
    except Conflict as stale:
        form.form_errors.append(stale.message)
        return await _confirmation(request, form, status=409)
    return pages.redirect(request, f"/console/{chapter.slug}/campaigns/{slug}", say=str(step.done))


async def _confirmation(request: Request, form: StepForm, *, status: int = 200) -> Response:
    name = request.path_params["step"]
    step = moving.find(name)
    found = await showing.one(request.state.chapter, request.path_params["campaign"])
    if status == 200 and not lifecycle.may(found.campaign, name):
        raise Conflict(_("The campaign's state does not allow this any more."))
    if step.tells and form.outcome.raw_data is None:
        form.outcome.data = found.campaign.outcome
    return console_page(
        request,
        "campaigns/step.html",
        status=status,
        campaign=found.campaign,
        shown=found,
        step=step,
        name=name,
        form=form,
        sentences=lambda: moving.consequences(name, found),
        waiting=await showing.waiting(found.campaign),
    )


@requires("campaigns.see")
async def preview(request: Request) -> Response:
    """The public page in a frame as wide as a phone, in each language."""
    campaign = await launching.held(request.state.chapter, request.path_params["campaign"])
    texts = await writing.texts(await launching.own_edition(campaign))
    wanted = request.query_params.get("language", "")
    language = next((each.language for each in texts if each.language == wanted), "")
    return console_page(
        request,
        "campaigns/preview.html",
        campaign=campaign,
        texts=texts,
        language=language or texts[0].language,
        can_publish=lifecycle.may(campaign, "publish"),
    )


@requires("campaigns.see")
async def preview_page(request: Request) -> Response:
    """The public page itself, drafts included, as a visitor who speaks its language sees it."""
    campaign = await launching.held(request.state.chapter, request.path_params["campaign"])
    edition = await launching.own_edition(campaign)
    page = await looking.of_edition(edition.id)
    if not campaign.is_public:
        page = replace(page, state="live")
    language = request.query_params.get("language", "") or edition.language
    request.state.user = None
    with i18n.use(language):
        form = kinds.of(page.kind).filled(country=page.country_code)
        response = await present(request, page, form, language=language)
    response.headers["cache-control"] = "private, no-store"
    response.headers["x-robots-tag"] = "noindex"
    return response


@requires("campaigns.edit")
async def ask_drop(request: Request) -> Response:
    """Asks before a language is taken away."""
    campaign = await launching.held(request.state.chapter, request.path_params["campaign"])
    language = request.path_params["language"]
    return console_page(
        request,
        "campaigns/drop.html",
        campaign=campaign,
        language=language,
        language_named=i18n.language(language),
    )


@requires("campaigns.edit")
async def drop(request: Request) -> Response:
    """Takes a language away."""
    chapter, slug = request.state.chapter, request.path_params["campaign"]
    form = StepForm(await posted(request))
    if not form.validate():
        raise Invalid(_("Go back to the campaign and try again."))
    language = request.path_params["language"]
    await launching.drop_language(chapter, slug, version=form.version.data, language=language)
    path = f"/console/{chapter.slug}/campaigns/{slug}/edit"
    return pages.redirect(request, path, say=_("The language is removed."))


routes = [
    Route(BASE, show, methods=["GET"]),
    Route(f"{BASE}/preview", preview, methods=["GET"]),
    Route(f"{BASE}/preview/page", preview_page, methods=["GET"]),
    Route(f"{BASE}/languages/{{language}}/remove", ask_drop, methods=["GET"]),
    Route(f"{BASE}/languages/{{language}}/remove", drop, methods=["POST"]),
    Route(f"{BASE}/steps/{{step}}", ask, methods=["GET"]),
    Route(f"{BASE}/steps/{{step}}", move, methods=["POST"]),
]
