"""A chapter's page with its sign-up form, the confirming page, and a member's own home."""

from collections.abc import Awaitable, Callable

from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import BooleanField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from advocacy.chapters import directory
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.gate import door
from advocacy.gate.fields import an_address, not_a_link
from advocacy.gate.judging import SLOWEST, Verdict
from advocacy.identity.permissions import Reader
from advocacy.members import belonging, joining, wordings
from advocacy.members.models import Person
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import limits, pages
from advocacy.web.forms import Form, posted

# What other packages show beside a chapter or a member; the app hands them in.
ChapterAside = Callable[[Request, Chapter], Awaitable[Markup]]
MemberAside = Callable[[Request, Person], Awaitable[Markup]]
chapter_asides: list[ChapterAside] = []
member_asides: list[MemberAside] = []


class JoinForm(Form):
    """Name, address, language, consent; `website` is bait for robots and stays empty."""

    given_name = StringField(
        lazy_gettext("Given name"),
        [InputRequired(lazy_gettext("Enter your given name.")), Length(max=100), not_a_link],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        lazy_gettext("Family name"),
        [Length(max=100), not_a_link],
        render_kw={"autocomplete": "family-name"},
    )
    email = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address.")), an_address],
        render_kw={"type": "email", "autocomplete": "email"},
    )
    language = SelectField(lazy_gettext("Language of our letters"), choices=[])
    letters = BooleanField("")
    website = StringField("")


def _join_form(chapter: Chapter, data: FormData | None = None) -> JoinForm:
    form = JoinForm(data)
    tags = list(dict.fromkeys([*chapter.language_codes, *i18n.LOCALES]))
    form.language.choices = [(tag, i18n.language(tag)) for tag in tags]
    if data is None:
        spoken = i18n.current()
        form.language.data = next((tag for tag in tags if i18n.best(tag) == spoken), tags[0])
    return form


async def _chapter_page(
    request: Request, chapter: Chapter, form: JoinForm, *, status: int = 200
) -> Response:
    wording = await wordings.current_wording(wordings.LETTERS, i18n.current())
    return pages.page(
        request,
        "members/chapter.html",
        status=status,
        shared=True,
        chapter=chapter,
        name=directory.short_name(chapter.name),
        region=directory.region_name(chapter.region),
        members=await belonging.member_count(chapter.id),
        form=form,
        wording=wording.text % {"chapter": chapter.name},
        asides=[await aside(request, chapter) for aside in chapter_asides],
    )


async def chapter(request: Request) -> Response:
    """A chapter's page: what it is, its campaigns, and how to join."""
    found = await directory.by_slug(request.path_params["slug"])
    pages.speak(request, found.main_language)
    return await _chapter_page(request, found, _join_form(found))


async def join(request: Request) -> Response:
    """Keeps the wish to join; the answer is the same whether we know the address or not."""
    found = await directory.by_slug_lately(request.path_params["slug"])
    pages.speak(request, found.main_language)
    data = await posted(request)
    form = _join_form(found, data)
    if not form.validate():
        return await _chapter_page(request, found, form, status=422)
    try:
        attempt, verdict = await door.judge(
            request, data, form="join", chapter=found.slug, email=form.email.data
        )
        if verdict.outcome == "asked":
            return door.check_page(request, data, attempt, verdict)
        if verdict.is_taken:
            await joining.sign_up(found, _wish(request, found, form), delay=verdict.delay)
    except Invalid as error:
        form.refuse(error)
        return await _chapter_page(request, found, form, status=422)
    path = f"/chapters/{found.slug}/{'asked-later' if verdict.delay else 'asked'}"
    return pages.redirect(request, path, say=_asked(form.email.data.strip(), verdict))


def _asked(email: str, verdict: Verdict) -> str:
    if verdict.delay:
        minutes = i18n.number(int(SLOWEST.total_seconds() // 60))
        return _("We will write to %(email)s within %(num)s minutes.", email=email, num=minutes)
    return _("We have written to %(email)s.", email=email)


async def asked(request: Request) -> Response:
    """What to do now: look into the inbox, now or later."""
    found = await directory.by_slug(request.path_params["slug"])
    pages.speak(request, found.main_language)
    later = request.scope["path"].endswith("-later")
    return pages.page(request, "members/asked.html", chapter=found, later=later)


def _wish(request: Request, chapter: Chapter, form: JoinForm) -> joining.Wish:
    return joining.Wish(
        email=form.email.data,
        given_name=form.given_name.data.strip(),
        family_name=(form.family_name.data or "").strip(),
        language=form.language.data,
        country_code=chapter.country_code,
        wants_letters=form.letters.data,
        spoken=i18n.current(),
        page=f"/chapters/{chapter.slug}",
        origin=limits.origin(request),
    )


async def confirm_page(request: Request) -> Response:
    """What the link in the letter opens: a button, because mail scanners open links too."""
    wish = await joining.find(request.path_params["token"])
    pages.speak(request, wish.language)
    return pages.page(
        request,
        "members/confirm.html",
        token=request.path_params["token"],
        chapter=wish.chapter,
        name=wish.given_name,
        is_done=wish.confirmed_at is not None,
    )


async def confirm(request: Request) -> Response:
    """The button was pressed: the person is a member."""
    wish, _person = await joining.confirm(request.path_params["token"])
    pages.speak(request, wish.language)
    asides = [await aside(request, wish.chapter) for aside in chapter_asides]
    return pages.page(
        request, "members/welcome.html", chapter=wish.chapter, name=wish.given_name, asides=asides
    )


async def home(request: Request) -> Response:
    """A member's own page: chapters, letters, what to do next."""
    reader: Reader | None = request.state.user
    if reader is None:
        return pages.redirect(request, "/sign-in?next=/me")
    person = await belonging.person_of(reader.canonical)
    if person is None and reader.is_staff:
        return pages.redirect(request, "/console")
    return pages.page(
        request,
        "members/home.html",
        person=person,
        is_paused=person.is_paused if person else False,
        chapters=await belonging.chapters_of(person.id) if person else [],
        asides=[await aside(request, person) for aside in member_asides] if person else [],
    )


async def privacy(request: Request) -> Response:
    """What we keep about people, and why."""
    return pages.page(request, "members/privacy.html", shared=True)


routes = [
    Route("/privacy", privacy, methods=["GET"]),
    Route("/chapters/{slug}", chapter, methods=["GET"]),
    Route("/chapters/{slug}/join", join, methods=["POST"]),
    Route("/chapters/{slug}/asked", asked, methods=["GET"]),
    Route("/chapters/{slug}/asked-later", asked, methods=["GET"]),
    Route("/join/{token}", confirm_page, methods=["GET"]),
    Route("/join/{token}", confirm, methods=["POST"]),
    Route("/me", home, methods=["GET"]),
]
