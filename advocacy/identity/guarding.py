"""The guard of every staff route: a session, a chapter from the path, a grant for the verb.

Also what a browser holds of us: the cookie of its session, and one that tells it from others.
"""

import json
import re
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from advocacy import moment, settings, tokens
from advocacy.chapters.models import Chapter
from advocacy.errors import Forbidden, NotFound
from advocacy.identity import browsers, sessions
from advocacy.identity.permissions import FRESH, Reader
from advocacy.identity.sessions import Half, Opened, Seat
from advocacy.render.i18n import gettext as _
from advocacy.settings import Settings
from advocacy.web import limits, pages
from advocacy.web.forms import posted
from advocacy.web.pages import link

FRESH_FOR = timedelta(minutes=15)
ASKED_FOR = 3600
PROVE = "/me/prove"
SECRET = re.compile(r"[A-Za-z0-9_-]{16,64}")
KEPT_COOKIE = "kept"
# A cookie holds four kilobytes, name, signature and all.
MOST_KEPT = 2500


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
    return await must_prove(request) if verb in FRESH else None


async def to_sign_in(request: Request, path: str) -> Response:
    """The way to sign in, or to the second factor where only that is owed; back to `path` then."""
    step = PROVE if await half_of(request) is not None else "/sign-in"
    target = quote(link(request, path), safe="/")
    return RedirectResponse(link(request, f"{step}?next={target}"), status_code=303)


def is_fresh(proved_at: datetime | None) -> bool:
    """True where a reader proved who they are within the last 15 minutes."""
    return proved_at is not None and moment.now() - proved_at <= FRESH_FOR


async def must_prove(request: Request) -> Response | None:
    """None for a reader who proved who they are of late; else the way to prove it and back.

    A small form that was sent waits in the browser, to be sent again by one press (`go_on`); with
    any other the way leads back to the page it stood on.
    """
    reader: Reader = request.state.user
    if is_fresh(reader.proved_at):
        return None
    if request.method == "GET":
        path = request.scope["path"]
        path += f"?{request.url.query}" if request.url.query else ""
        return _away(request, path)
    kept = await _kept(request, reader.session_id)
    if not kept:
        say = _("Nothing was done yet. Show that it is you, then press the button again.")
        return _away(request, _came_from(request), say)
    say = _("Nothing was done yet. Show that it is you, then go on.")
    response = _away(request, _came_from(request), say)
    keep_cookie(response, KEPT_COOKIE, kept, int(FRESH_FOR.total_seconds()))
    return response


def _away(request: Request, path: str, say: str = "") -> Response:
    target = quote(link(request, path), safe="/")
    return pages.redirect(request, f"{PROVE}?next={target}", say=say, kind="info")


def _came_from(request: Request) -> str:
    came_from = urlsplit(request.headers.get("referer", ""))
    if came_from.netloc != request.headers.get("host") or not came_from.path:
        return "/console"
    query = f"?{came_from.query}" if came_from.query else ""
    return pages.safe_path(came_from.path + query)


async def _kept(request: Request, session_id: int) -> str:
    """The form of a request, signed for its session; nothing where it is no small plain form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    fields = [
        [name, text]
        for name, text in (await posted(request)).multi_items()
        if isinstance(text, str) and name != "csrf_token"
    ]
    path = link(request, request.scope["path"])
    raw = zlib.compress(json.dumps([path, fields]).encode("utf-8"))
    if len(raw) > MOST_KEPT:
        return ""
    return tokens.sign("kept", session_id, urlsafe_b64encode(raw).decode("ascii").rstrip("="))


def go_on(request: Request, next_path: str, *, session_id: int) -> Response:
    """After a proof: the form that waited, one press from being sent, or the page to go on to."""
    values = tokens.read("kept", request.cookies.get(KEPT_COOKIE, ""))
    if values is None or len(values) != 2 or values[0] != str(session_id):
        return pages.redirect(request, next_path or "/me", say=_("Thank you. You can go on."))
    padded = values[1] + "=" * (-len(values[1]) % 4)
    path, fields = json.loads(zlib.decompress(urlsafe_b64decode(padded)))
    response = pages.page(
        request, "identity/go_on.html", target=path, fields=fields, back=next_path or "/me"
    )
    keep_cookie(response, KEPT_COOKIE, "", 0)
    return response


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
    held = request.cookies.get(asked_cookie(settings.current()), "")
    return held if SECRET.fullmatch(held) else secrets.token_urlsafe(16)


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
