"""Answers: pages in the reader's language, redirects, messages that survive one redirect."""

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from advocacy import settings, tokens
from advocacy.render import i18n
from advocacy.render.templates import render
from advocacy.web import stamps
from advocacy.web.static import asset

FLASH_COOKIE = "said"
KINDS = ("success", "warning", "danger", "info")


def link(request: Request, path: str) -> str:
    """A path of ours, keeping the language prefix of this request's address."""
    prefix = getattr(request.state, "language_prefix", "")
    has_one = path.partition("?")[0].lstrip("/").partition("/")[0] in i18n.LOCALES
    return path if has_one else f"{prefix}{path}"


def speak(request: Request, language: str) -> None:
    """Takes a chapter's or campaign's language where neither path nor person named one."""
    if not getattr(request.state, "language_chosen", False):
        i18n.speak(language)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    shared: bool = False,
    **context: Any,
) -> Response:
    """A template as a response. `shared` pages get an ETag and a short public lifetime when the
    reader is nobody in particular."""
    user = getattr(request.state, "user", None)
    flashes = _flashes(request)
    body = render(template, {**_globals(request, user, flashes), "status": status, **context})
    response = HTMLResponse(body, status_code=status)
    response.headers["content-language"] = i18n.current()
    response.headers["vary"] = "Accept-Language, Cookie"
    if flashes:
        response.delete_cookie(FLASH_COOKIE, path="/")
    if shared and status == 200 and user is None and not flashes:
        return _tagged(request, response)
    response.headers["cache-control"] = "private, no-store" if user else "private, no-cache"
    return response


def _globals(request: Request, user: Any, flashes: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "request": request,
        "user": user,
        "flashes": flashes,
        "asset": asset,
        "url": lambda path: link(request, path),
        "csrf_field": lambda: csrf_field(request),
        "made_field": stamps.field,
        "languages": _languages(request),
    }


def _languages(request: Request) -> list[dict[str, Any]]:
    path = request.scope["path"]
    query = f"?{request.url.query}" if request.url.query and request.method == "GET" else ""
    return [
        {
            "code": code,
            "name": name,
            "href": f"/{code}{path}{query}",
            "current": code == i18n.current(),
        }
        for code, name in i18n.NATIVE_NAMES.items()
    ]


def csrf_token(request: Request) -> str:
    """The token for browsers that say nothing of where a request comes from."""
    return tokens.sign("csrf", getattr(request.state, "session_key", "") or "nobody")


def csrf_field(request: Request) -> Markup:
    """The hidden field that carries the token."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(csrf_token(request))


def _tagged(request: Request, response: HTMLResponse) -> Response:
    digest = hashlib.sha256(stamps.without(bytes(response.body))).hexdigest()[:20]
    tag = f'W/"{digest}"'
    response.headers["etag"] = tag
    response.headers["cache-control"] = "public, max-age=5, stale-while-revalidate=30"
    if tag in request.headers.get("if-none-match", ""):
        kept = {k: v for k, v in response.headers.items() if k not in ("content-length",)}
        return Response(status_code=304, headers=kept)
    return response


def redirect(request: Request, path: str, *, say: str = "", kind: str = "success") -> Response:
    """303 to a path of ours, with a message shown on the next page."""
    response = RedirectResponse(link(request, safe_path(path)), status_code=303)
    if say:
        flash(request, response, say, kind)
    return response


def flash(request: Request, response: Response, say: str, kind: str = "success") -> None:
    """Puts a message on the next page that this browser opens."""
    raw = json.dumps([kind, say[:500]]).encode("utf-8").hex()
    response.set_cookie(
        FLASH_COOKIE,
        tokens.sign("flash", raw),
        max_age=60,
        httponly=True,
        samesite="lax",
        secure=settings.current().base_url.startswith("https"),
        path="/",
    )


def _flashes(request: Request) -> list[dict[str, str]]:
    cookie = request.cookies.get(FLASH_COOKIE)
    values = tokens.read("flash", cookie) if cookie else None
    if not values:
        return []
    kind, text = json.loads(bytes.fromhex(values[0]).decode("utf-8"))
    return [{"kind": kind if kind in KINDS else "info", "text": text}]


def safe_path(path: str) -> str:
    """The path itself when it is one of ours, else `/`: never an address elsewhere."""
    try:
        parts = urlsplit(path.strip().replace("\\", "/"))
    except ValueError:
        return "/"
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    if not is_ours or parts.path.startswith("//") or any(ord(letter) < 32 for letter in path):
        return "/"
    return parts.path + (f"?{parts.query}" if parts.query else "")
