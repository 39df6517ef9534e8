"""The public side of campaigns: the list, a page to act on, confirming, thanks."""

from datetime import timedelta
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy import settings, tokens
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.gate import door
from advocacy.gate.judging import SLOWEST, Verdict
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.web import limits, pages
from advocacy.web.forms import posted
from campaigns.actions import confirming, kinds, looking, recognising, sharing, taking, tallying
from campaigns.actions.kinds.kind import ActForm
from campaigns.actions.listing import more_of, public_list
from campaigns.actions.looking import PublicPage
from campaigns.actions.taking import Known

DONE = "done"


async def listing(request: Request) -> Response:
    """Campaigns that are open or over, by language and chapter."""
    language = request.query_params.get("language", "")[:20]
    chapter = request.query_params.get("chapter", "")[:64]
    return pages.page(
        request,
        "actions/list.html",
        shared=True,
        campaigns=await public_list(language=language, chapter=chapter),
        language=language,
        chapter=chapter,
        chapters=await Chapter.filter(editions__campaign__state__in=looking.PUBLIC)
        .distinct()
        .order_by("name"),
        spoken=[(code, i18n.NATIVE_NAMES[code]) for code in i18n.LOCALES],
    )


async def show(request: Request) -> Response:
    """An action page; whoever comes by a signed link from a letter acts with one press."""
    page = await looking.by_slug(request.path_params["slug"])
    known = await recognising.recognise(request.query_params.get("p", ""), request.state.user)
    _speak(request, page, known)
    if page.state == "scheduled":
        return pages.page(request, "actions/not_begun.html", page=page)
    form = kinds.of(page.kind).filled(is_known=known is not None, country=page.country_code)
    return await present(request, page, form, known=known)


async def act(request: Request) -> Response:
    """Takes the action: 303 to the thanks page, or the form again with what is wrong."""
    page = await looking.by_slug_lately(request.path_params["slug"])
    data = await posted(request)
    known = await recognising.recognise(str(data.get("p", "")), request.state.user)
    _speak(request, page, known)
    form = kinds.of(page.kind).filled(data, is_known=known is not None)
    try:
        if not form.validate():
            return await present(request, page, form, known=known, status=422)
        return await _taken(request, page, form, known, data)
    except Invalid as error:
        form.refuse(error)
        return await present(request, page, form, known=known, status=422)
    except Conflict as closed:
        fresh = await looking.by_slug(page.slug)
        return await present(
            request, fresh, form, known=known, status=closed.status, said=closed.message
        )


async def _taken(
    request: Request, page: PublicPage, form: ActForm, known: Known | None, data: FormData
) -> Response:
    if not page.is_open:
        raise Conflict(taking.closed(page.state))
    verdict = None
    if known is None:
        # Whom we know can add one row a page, so that there is nothing to judge.
        email = form["email"].data
        attempt, verdict = await door.judge(
            request, data, form="sign", chapter=page.chapter_slug, email=email
        )
        if verdict.outcome == "asked":
            return door.check_page(request, data, attempt, verdict)
    made = None
    if not form.website.data:
        made = await taking.take(
            page,
            form.deed(i18n.current()),
            known=known,
            source=str(data.get("s", "")),
            origin=limits.origin(request) if form.letters.data else "",
            delay=verdict.delay if verdict else timedelta(),
        )
    if made is not None:
        return pages.redirect(request, _thanks_path(page, made))
    return pages.redirect(request, f"{page.path}/thanks", say=_asked(form, verdict))


def _asked(form: ActForm, verdict: Verdict | None) -> str:
    if verdict is None:
        return ""
    email = form["email"].data.strip()
    if verdict.delay:
        minutes = i18n.number(int(SLOWEST.total_seconds() // 60))
        return _("We will write to %(email)s within %(num)s minutes.", email=email, num=minutes)
    return _("We have written to %(email)s.", email=email)


async def thanks(request: Request) -> Response:
    """What comes after acting: the next step, or a look into the inbox."""
    page = await looking.by_slug(request.path_params["slug"])
    values = tokens.read(DONE, request.query_params.get("t", ""))
    pages.speak(request, page.language)
    text = await _text(request, page, None)
    if values is None or values[0] != str(page.id):
        return pages.page(request, "actions/asked.html", page=page, **text)
    link = sharing.own_link(page.path, int(values[1]))
    return pages.page(
        request,
        "actions/thanks.html",
        page=page,
        **text,
        count=await tallying.count(page.id),
        link=link,
        ways=sharing.ways(link, text["text"].title),
        more=await more_of(page),
    )


async def confirm_page(request: Request) -> Response:
    """What the link in the letter opens: a button, because mail scanners open links too."""
    token = request.path_params["token"]
    action = await confirming.find(token)
    page = await looking.by_id(action.page_id)
    pages.speak(request, action.language)
    return pages.page(
        request,
        "actions/confirm.html",
        token=token,
        page=page,
        **await _text(request, page, None),
        name=action.display_name,
        done=_thanks_path(page, action.id) if action.state == "confirmed" else "",
    )


async def confirm(request: Request) -> Response:
    """The button was pressed: the action counts."""
    token = request.path_params["token"]
    action = await confirming.find(token)
    page = await looking.by_id(action.page_id)
    pages.speak(request, action.language)
    await confirming.confirm(token, page=page.path, origin=limits.origin(request))
    return pages.redirect(request, _thanks_path(page, action.id))


async def present(
    request: Request,
    page: PublicPage,
    form: ActForm,
    *,
    known: Known | None = None,
    status: int = 200,
    said: str = "",
    language: str = "",
) -> Response:
    """The page itself, as people see it; the console's preview calls this too.

    `language` asks for one of the edition's texts, whatever the reader speaks.
    """
    text = await _text(request, page, known, language)
    return pages.page(
        request,
        kinds.of(page.kind).template,
        status=status,
        shared=known is None,
        page=page,
        **text,
        form=form,
        known=known.person if known else None,
        done=await _done(page, known),
        said=said,
        count=await tallying.count(page.id),
        support=await looking.recent_support(page),
        wording=await _wording(page, known),
        source=_carried(request, "s", 40),
        token=_carried(request, "p", 200),
        address=settings.current().base_url + page.path,
    )


def _carried(request: Request, name: str, most: int) -> str:
    return request.query_params.get(name, "")[:most]


async def _done(page: PublicPage, known: Known | None) -> str:
    """The path to the thanks of a known person who has acted already."""
    held = await taking.held(page.id, known.person.id) if known else None
    return _thanks_path(page, held) if held is not None else ""


async def _wording(page: PublicPage, known: Known | None) -> str:
    """The sentence beside the box; empty for those who get the chapter's letters already."""
    if known is not None and await looking.gets_letters(known.person.id, page.chapter_id):
        return ""
    wording = await looking.letters_wording(i18n.current())
    return wording.text % {"chapter": page.chapter_name}


async def _text(
    request: Request, page: PublicPage, known: Known | None, language: str = ""
) -> dict[str, Any]:
    """The edition's text that suits the reader, and the direction it runs in."""
    chosen = getattr(request.state, "language_chosen", False) or known is not None
    spoken = [i18n.current(), page.language] if chosen else [page.language, i18n.current()]
    wanted = [language] if language else spoken
    text = looking.best_text(await looking.texts(page.edition_id), *wanted)
    return {"text": text, "text_dir": i18n.direction(text.language)}


def _speak(request: Request, page: PublicPage, known: Known | None) -> None:
    pages.speak(request, known.person.language if known else page.language)


def _thanks_path(page: PublicPage, action_id: int) -> str:
    return f"{page.path}/thanks?t={tokens.sign(DONE, page.id, action_id)}"


routes = [
    Route("/a/{slug}", act, methods=["POST"]),
    Route("/a/{slug}", show, methods=["GET"]),
    Route("/a/{slug}/thanks", thanks, methods=["GET"]),
    Route("/act/{token}", confirm_page, methods=["GET"]),
    Route("/act/{token}", confirm, methods=["POST"]),
    Route("/campaigns", listing, methods=["GET"]),
]
