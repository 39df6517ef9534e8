"""The preference centre, by a link from a letter or signed in; and the receipts of one's consents.

A link may change letters. To join a chapter it takes a confirmed letter or a session.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from advocacy import moment
from advocacy.errors import NotFound
from advocacy.identity import signing_in
from advocacy.identity.permissions import Reader
from advocacy.mail.addresses import masked as masked_of
from advocacy.members import belonging, joining, links, moving, receipts, wordings
from advocacy.members.models import Person
from advocacy.preferences import choosing, showing, telling
from advocacy.preferences.choosing import Change, Means
from advocacy.render import i18n
from advocacy.web import limits, pages
from advocacy.web.forms import posted

HOME = "/me/preferences"


@dataclass(frozen=True)
class Visit:
    """Who came and how; `base` is the path that the page's forms begin with."""

    person: Person
    base: str
    by_link: bool
    is_fresh: bool = True


async def _visit(request: Request) -> Visit | None:
    """The person of the link or of the session; None for a session without one."""
    token = request.path_params.get("token")
    if token is not None:
        try:
            holder = await links.holder_of(token)
        except NotFound:
            await limits.limit("preferences", "60/minute", limits.client_address(request))
            raise
        pages.speak(request, holder.person.language)
        return Visit(holder.person, f"/preferences/{token}", True, holder.is_fresh)
    reader: Reader | None = request.state.user
    person = await belonging.person_of(reader.canonical) if reader else None
    return Visit(person, HOME, False) if person else None


def _means(request: Request, visit: Visit) -> Means:
    page = "/preferences" if visit.by_link else HOME
    return Means(visit.by_link, page, limits.origin(request))


def visited(
    endpoint: Callable[[Request, Visit], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """Finds the person; whom there is none for signs in, and an old link offers a fresh letter."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        visit = await _visit(request)
        if visit is None:
            known = request.state.user is not None
            return pages.redirect(request, "/me" if known else f"/sign-in?next={HOME}")
        if not visit.is_fresh:
            return _page(
                request,
                "preferences/stale.html",
                status=410,
                base=visit.base,
                masked=masked_of(visit.person.email),
            )
        return await endpoint(request, visit)

    return guarded


@visited
async def page(request: Request, visit: Visit) -> Response:
    """What we send to this person; opening it changes nothing."""
    return _page(
        request,
        "preferences/page.html",
        visit=visit,
        shown=await showing.shown_to(visit.person),
        told=await telling.told(visit.person, request.query_params.get("told", "")),
        frequencies=telling.FREQUENCY_LABELS,
        pauses=choosing.PAUSES,
    )


@visited
async def change(request: Request, visit: Visit) -> Response:
    """One change; the next page says what it was and offers to take it back."""
    await limits.limit("preferences-change", "120/minute", str(visit.person.id))
    data = await posted(request)
    fields = {name: [str(each) for each in data.getlist(name)] for name in data}
    what = request.path_params["what"]
    done = await choosing.change(visit.person, what, fields, _means(request, visit))
    return _told(request, visit, done)


def _told(request: Request, visit: Visit, done: Change) -> Response:
    return pages.redirect(request, f"{visit.base}?told={telling.note_of(visit.person, done)}")


async def fresh(request: Request) -> Response:
    """An old link was followed: a letter goes to the address with a way in."""
    visit = await _visit(request)
    if visit is None:
        raise NotFound()
    await limits.limit("sign-in", "20/hour", limits.client_address(request))
    await limits.limit("sign-in-address", "5/hour", visit.person.canonical)
    await signing_in.ask(visit.person.canonical, browser="", next_path=HOME)
    masked = masked_of(visit.person.email)
    return _page(request, "preferences/sent.html", masked=masked, chapter=None)


@visited
async def join_page(request: Request, visit: Visit) -> Response:
    """Choosing another chapter, then its own question about letters."""
    chapters = await showing.joinable(visit.person)
    slug = request.query_params.get("chapter", "")
    chosen = next((each for each in chapters if each.slug == slug), None)
    wording = await wordings.current_wording(wordings.LETTERS, i18n.current())
    return _page(
        request,
        "preferences/join.html",
        visit=visit,
        chapters=chapters,
        chosen=chosen,
        wording=wording.text.replace("%(chapter)s", chosen.name) if chosen else "",
        mine=[each for each in await belonging.known_to(visit.person.id) if each.is_member],
        masked=masked_of(visit.person.email),
    )


@visited
async def join(request: Request, visit: Visit) -> Response:
    """Joins at once where signed in; a link only asks the address to confirm."""
    data = await posted(request)
    chapters = {each.slug: each for each in await showing.joinable(visit.person)}
    chapter = chapters.get(str(data.get("chapter", "")))
    if chapter is None:
        return pages.redirect(request, f"{visit.base}/join")
    wish = await _wish(request, visit, data)
    if not visit.by_link:
        await moving.move(visit.person, chapter, wish)
        return _told(request, visit, Change("joined", chapter.slug))
    await limits.limit("join", "10/minute", limits.client_address(request))
    await joining.sign_up(chapter, wish)
    masked = masked_of(visit.person.email)
    return _page(request, "preferences/sent.html", masked=masked, chapter=chapter)


async def _wish(request: Request, visit: Visit, data: FormData) -> joining.Wish:
    person, leaves = visit.person, str(data.get("leaves", ""))
    mine = {each.slug: each.chapter_id for each in await belonging.known_to(person.id)}
    return joining.Wish(
        email=person.email,
        given_name=person.given_name,
        family_name=person.family_name,
        language=person.language,
        country_code=person.country_code,
        wants_letters=bool(data.get("letters")),
        leaves_id=mine.get(leaves),
        spoken=i18n.current(),
        page=_means(request, visit).page,
        origin=limits.origin(request),
    )


async def consents(request: Request) -> Response:
    """Everything the signed-in member allowed and withdrew, as a page that prints well."""
    person = await _signed_in(request)
    if person is None:
        return pages.redirect(request, "/sign-in?next=/me/consents")
    found = await receipts.receipts_of(person.id)
    return _page(request, "preferences/consents.html", person=person, receipts=found)


async def consents_file(request: Request) -> Response:
    """The same as a file of data."""
    person = await _signed_in(request)
    if person is None:
        return pages.redirect(request, "/sign-in?next=/me/consents")
    found = await receipts.receipts_of(person.id)
    body = {"email": person.email, "consents": [each.as_dict() for each in found]}
    name = f"consents-{moment.now().date().isoformat()}.json"
    return JSONResponse(
        body,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "private, no-store",
        },
    )


async def _signed_in(request: Request) -> Person | None:
    reader: Reader | None = request.state.user
    return await belonging.person_of(reader.canonical) if reader else None


def _page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    response = pages.page(request, template, status=status, **context)
    response.headers["cache-control"] = "private, no-store"
    response.headers["x-robots-tag"] = "noindex"
    return response


routes = [
    Route("/me/consents", consents, methods=["GET"]),
    Route("/me/consents.json", consents_file, methods=["GET"]),
    Route(HOME, page, methods=["GET"]),
    Route(HOME + "/join", join_page, methods=["GET"]),
    Route(HOME + "/join", join, methods=["POST"]),
    Route(HOME + "/{what}", change, methods=["POST"]),
    Route("/preferences/{token}", page, methods=["GET"]),
    Route("/preferences/{token}/join", join_page, methods=["GET"]),
    Route("/preferences/{token}/join", join, methods=["POST"]),
    Route("/preferences/{token}/fresh", fresh, methods=["POST"]),
    Route("/preferences/{token}/{what}", change, methods=["POST"]),
]
