"""A chapter's campaigns: the list, a new one from a starter, the edit form."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from advocacy.errors import Conflict, Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import Form, posted
from campaigns import console, lifecycle
from campaigns.editions import writing
from campaigns.editions.writing import LIMITS, Words
from campaigns.models import Campaign
from campaigns.starters import choosing
from campaigns.workbench import launching, showing
from campaigns.workbench.launching import Plan

BASE = "/console/{chapter}/campaigns"
GOAL = lazy_gettext("Enter a whole number from 1 to 10,000,000.")


class NewForm(Form):
    """Language and goal of a new campaign."""

    language = SelectField(lazy_gettext("Language"))
    goal = IntegerField(
        lazy_gettext("Goal"), [InputRequired(GOAL), NumberRange(1, lifecycle.MAX_GOAL, GOAL)]
    )


class PlanForm(Form):
    """What a campaign is beside its texts."""

    name = StringField(
        lazy_gettext("Name in the console"),
        [DataRequired(lazy_gettext("Give the campaign a name.")), Length(max=160)],
    )
    goal = IntegerField(
        lazy_gettext("Goal"), [InputRequired(GOAL), NumberRange(1, lifecycle.MAX_GOAL, GOAL)]
    )
    starts_on = DateField(lazy_gettext("First day"), [Optional()])
    ends_on = DateField(lazy_gettext("Last day"), [Optional()])
    version = IntegerField(validators=[InputRequired(), NumberRange(1, 2**31 - 2)])


class TextForm(Form):
    """What the page says in one language."""

    title = StringField(
        lazy_gettext("Title"),
        [DataRequired(lazy_gettext("Give the page a title.")), Length(max=LIMITS["title"])],
    )
    summary = TextAreaField(
        lazy_gettext("Summary"), [Length(max=LIMITS["summary"])], render_kw={"rows": 2}
    )
    case = TextAreaField(
        lazy_gettext("Why it matters"),
        [DataRequired(lazy_gettext("Say why this matters.")), Length(max=LIMITS["case"])],
        render_kw={"rows": 14},
    )
    ask = TextAreaField(
        lazy_gettext("What you ask, and of whom"),
        [DataRequired(lazy_gettext("Say what you ask, and of whom.")), Length(max=LIMITS["ask"])],
        render_kw={"rows": 5},
    )
    thanks = TextAreaField(
        lazy_gettext("Thank-you"), [Length(max=LIMITS["thanks"])], render_kw={"rows": 4}
    )

    def __init__(self, data: FormData | None = None, *, language: str, obj: Any = None) -> None:
        super().__init__(data, prefix=f"{language}:", obj=obj)
        for field in self:
            written = {"lang": language, "dir": i18n.direction(language)}
            field.render_kw = {**(field.render_kw or {}), **written}

    @property
    def words(self) -> Words:
        """What was typed."""
        return Words(
            self.title.data or "",
            self.case.data or "",
            self.ask.data or "",
            self.summary.data or "",
            self.thanks.data or "",
        )


def console_page(
    request: Request, template: str, *, campaign: Campaign | None = None, **context: Any
) -> Response:
    """A console page under "Campaigns"; a campaign's times are shown in its zone."""
    chapter = request.state.chapter
    zone = ZoneInfo(campaign.timezone if campaign else chapter.timezone)
    with i18n.use(i18n.current(), zone):
        return pages.page(
            request,
            template,
            side=console.side(request, "campaigns"),
            chapter=chapter,
            campaign=campaign,
            base=f"/console/{chapter.slug}/campaigns",
            may=lambda verb: request.state.user.may(verb, chapter),
            state_label=lifecycle.state_label,
            **context,
        )


@requires("campaigns.see")
async def listed(request: Request) -> Response:
    """The chapter's campaigns by state."""
    archived = "archived" in request.query_params
    found = await showing.of_chapter(request.state.chapter, archived=archived)
    return console_page(request, "campaigns/list.html", shown=found, archived=archived)


@requires("campaigns.edit")
async def starters(request: Request) -> Response:
    """The starters as cards."""
    main = request.state.chapter.main_language
    offered = [(each, each.text(i18n.current())) for each in choosing.starters().values()]
    return console_page(request, "campaigns/starters.html", offered=offered, main=main)


@requires("campaigns.edit")
async def new(request: Request) -> Response:
    """One starter with its text, a language and a goal to choose; POST makes the draft."""
    chapter = request.state.chapter
    starter = choosing.find(request.path_params["starter"])
    data = await posted(request) if request.method == "POST" else None
    form = NewForm(data, language=_first_language(chapter.language_codes), goal=100)
    form.language.choices = _languages(choosing.languages_of(chapter.language_codes))
    if data is not None and form.validate():
        campaign = await launching.launch(
            chapter,
            starter.slug,
            language=form.language.data,
            by=request.state.user.user_id,
            goal=form.goal.data,
        )
        path = f"/console/{chapter.slug}/campaigns/{campaign.slug}/edit"
        return pages.redirect(request, path, say=_("The draft is made. Nobody else sees it yet."))
    return console_page(
        request,
        "campaigns/new.html",
        status=422 if data is not None else 200,
        starter=starter,
        text=choosing.fitted(starter, form.language.data or "en", chapter),
        shown_in=choosing.spoken(starter, form.language.data or "en"),
        form=form,
    )


@requires("campaigns.edit")
async def edit_page(request: Request) -> Response:
    """The edit form, filled."""
    campaign = await launching.held(request.state.chapter, request.path_params["campaign"])
    if not lifecycle.may(campaign, "edit"):
        raise Conflict(_("This campaign is over; its texts stay as people signed them."))
    texts = await writing.texts(await launching.own_edition(campaign))
    zone = ZoneInfo(campaign.timezone)
    plan = PlanForm(
        obj=campaign,
        starts_on=_day(campaign.starts_at, zone),
        ends_on=_day(campaign.ends_at, zone),
    )
    forms = {each.language: TextForm(language=each.language, obj=each) for each in texts}
    return _form_page(request, campaign, plan, forms)


@requires("campaigns.edit")
async def edit(request: Request) -> Response:
    """Saves plan and texts; with `add` it adds a language and stays on the form."""
    chapter, slug = request.state.chapter, request.path_params["campaign"]
    campaign = await launching.held(chapter, slug)
    texts = await writing.texts(await launching.own_edition(campaign))
    data = await posted(request)
    plan = PlanForm(data)
    forms = {each.language: TextForm(data, language=each.language) for each in texts}
    if not all([plan.validate(), *[form.validate() for form in forms.values()]]):
        return _form_page(request, campaign, plan, forms, status=422)
    try:
        campaign = await _save(chapter, slug, plan, forms, data)
    except Invalid as wrong:
        _refuse(wrong, plan, forms)
        return _form_page(request, campaign, plan, forms, status=422)
    except Conflict as stale:
        plan.form_errors.append(_stale(stale))
        campaign = await launching.held(chapter, slug)
        return _form_page(request, campaign, plan, forms, status=409)
    path = f"/console/{chapter.slug}/campaigns/{slug}"
    added = str(data.get("language", "")) if "add" in data else ""
    return pages.redirect(request, f"{path}/edit" if added else path, say=_("Saved."))


async def _save(
    chapter: Any, slug: str, plan: PlanForm, forms: dict[str, TextForm], data: FormData
) -> Campaign:
    campaign = await launching.revise(
        chapter,
        slug,
        version=plan.version.data,
        plan=Plan(plan.name.data, plan.goal.data, plan.starts_on.data, plan.ends_on.data),
        texts={language: form.words for language, form in forms.items()},
    )
    if "add" in data and data.get("language"):
        language = str(data["language"])
        campaign = await launching.add_language(
            chapter, slug, version=campaign.version, language=language
        )
    return campaign


def _stale(conflict: Conflict) -> str:
    rescue = _(
        "Your words are below and not saved. Open the campaign in another tab to read theirs;"
        " save again to put yours in their place."
    )
    return f"{conflict.message} {rescue}"


def _refuse(wrong: Invalid, plan: PlanForm, forms: dict[str, TextForm]) -> None:
    language, _colon, name = (wrong.field or "").rpartition(":")
    if language in forms:
        forms[language].refuse(Invalid(wrong.message, field=name))
    else:
        plan.refuse(wrong)


def _form_page(
    request: Request,
    campaign: Campaign,
    plan: PlanForm,
    forms: dict[str, TextForm],
    *,
    status: int = 200,
) -> Response:
    offered = choosing.languages_of(request.state.chapter.language_codes)
    return console_page(
        request,
        "campaigns/edit.html",
        status=status,
        campaign=campaign,
        plan=plan,
        forms=forms,
        clocks=_clocks(campaign.timezone),
        addable=_languages([tag for tag in offered if tag not in forms]),
    )


def _clocks(zone: str) -> str:
    if zone == "UTC":
        return zone
    locale = i18n.babel_locale(i18n.current())
    return dates.get_timezone_location(zone, locale, return_city=True)


def _languages(tags: list[str]) -> list[tuple[str, str]]:
    return [(tag, i18n.language(tag)) for tag in tags]


def _first_language(tags: list[str]) -> str:
    spoken = i18n.current()
    return next((tag for tag in tags if tag.split("-")[0] == spoken), tags[0])


def _day(at: datetime | None, zone: ZoneInfo) -> Any:
    return at.astimezone(zone).date() if at else None


routes = [
    Route(BASE, listed, methods=["GET"]),
    Route(f"{BASE}/new", starters, methods=["GET"]),
    Route(f"{BASE}/new/{{starter}}", new, methods=["GET", "POST"]),
    Route(f"{BASE}/{{campaign}}/edit", edit_page, methods=["GET"]),
    Route(f"{BASE}/{{campaign}}/edit", edit, methods=["POST"]),
]
