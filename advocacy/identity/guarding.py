"""The guard of every staff route: a session, a chapter from the path, a grant for the verb.

Also what a browser holds of us: the cookie of its session, and one that tells it from others.
"""

import secrets
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from advocacy import moment, settings
from advocacy.chapters.models import Chapter
from advocacy.errors import Forbidden, NotFound
from advocacy.identity import browsers, sessions
from advocacy.identity.permissions import FRESH, Reader
from advocacy.identity.sessions import Half, Opened, Seat
from advocacy.render.i18n import gettext as _
from advocacy.settings import Settings
from advocacy.web import limits, pages
from advocacy.web.pages import link

FRESH_FOR = timedelta(minutes=15)
ASKED_FOR = 3600
PROVE = "/me/prove"


def session_cookie(settings: Settings) -> str:
    """The cookie's name; with https its prefix forbids other hosts and paths to set it."""
    return "__Host-session" if settings.base_url.startswith("https") else "session"


async def guard(request: Request, verb: str) -> Response | None:
    """Passes with `request.state.chapter` set, sends away to sign in or to prove, or raises.

    `{chapter}` in the path is a chapter's slug (`hq` for headquarters). Raises NotFound for an
    unknown chapter and Forbidden when no grant of the reader allows the verb there.
    """
    reader: Reader | None = request.state.user
    if reader is None:
        return await to_sign_in(request, request.scope["path"])
    slug = request.path_params.get("chapter")
    if slug is None:
        if not reader.may_somewhere(verb):
            raise Forbidden(_("Your role does not allow this."))
    else:
        chapter = await Chapter.get_or_none(slug=slug)
        if chapter is None:
            raise NotFound()
        if not reader.may(verb, chapter):
            raise Forbidden(_("Your role does not allow this in this chapter."))
        request.state.chapter = chapter
    return must_prove(request) if verb in FRESH else None


async def to_sign_in(request: Request, path: str) -> Response:
    """The way to sign in, or to the second factor where only that is owed; back to `path` then."""
    step = PROVE if await half_of(request) is not None else "/sign-in"
    target = quote(link(request, path), safe="/")
    return RedirectResponse(link(request, f"{step}?next={target}"), status_code=303)


def is_fresh(proved_at: datetime | None) -> bool:
    """True where a reader proved who they are within the last 15 minutes."""
    return proved_at is not None and moment.now() - proved_at <= FRESH_FOR


def must_prove(request: Request) -> Response | None:
    """None for a reader who proved who they are of late; else the way to prove it and back.

    A form that was sent leads back to the page it stood on, to be sent again.
    """
    if is_fresh(request.state.user.proved_at):
        return None
    path, say = request.scope["path"], ""
    if request.method == "GET":
        path += f"?{request.url.query}" if request.url.query else ""
    else:
        came_from = urlsplit(request.headers.get("referer", ""))
        is_ours = came_from.netloc == request.headers.get("host")
        path = pages.safe_path(came_from.path) if is_ours and came_from.path else "/console"
        path += f"?{came_from.query}" if is_ours and came_from.query else ""
        say = _("Nothing was done yet. Show that it is you, then press the button again.")
    target = quote(link(request, path), safe="/")
    return pages.redirect(request, f"{PROVE}?next={target}", say=say, kind="info")


async def half_of(request: Request) -> Half | None:
    """The session of this browser that still owes a second factor."""
    cookie = request.cookies.get(session_cookie(settings.current()))
    return await sessions.half(cookie) if cookie and request.state.user is None else None


def seat_of(request: Request) -> Seat:
    """The browser of a request in words, and its network."""
    words = browsers.in_words(request.headers.get("user-agent", ""))
    return Seat(words, limits.origin(request))


def let_in(request: Request, opened: Opened, path: str) -> Response:
    """Sends a browser on with the cookie of its session, by way of the second factor if owed."""
    target = path if path not in ("", "/") else "/me"
    if opened.factor_due:
        target = f"{PROVE}?next={quote(link(request, target), safe='/')}"
    response = pages.redirect(request, target)
    keep_cookie(response, session_cookie(settings.current()), opened.secret, opened.seconds)
    return response


def asked_cookie(settings: Settings) -> str:
    """The name of the cookie that tells this browser from others before anybody signs in."""
    return "__Host-asked" if settings.base_url.startswith("https") else "asked"


def browser_of(request: Request) -> str:
    """The secret that this browser was given, or a new one for `remember_browser`."""
    return request.cookies.get(asked_cookie(settings.current())) or secrets.token_urlsafe(16)


def remember_browser(response: Response, browser: str) -> None:
    """Gives the browser its secret for an hour."""
    keep_cookie(response, asked_cookie(settings.current()), browser, ASKED_FOR)


def keep_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie that scripts cannot read and other sites' forms do not send."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=settings.current().base_url.startswith("https"),
        path="/",
    )
