"""The kernel: one middleware stack, error pages that help, health checks, and the routes given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware
from tortoise.exceptions import ValidationError

from advocacy import db
from advocacy.errors import DomainError, TooMany
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.settings import Settings
from advocacy.web import observing, pages, security, static
from advocacy.web.access import Authenticate, Guard

MAX_BODY = 2 * 1024 * 1024
log = structlog.get_logger("advocacy.web")


@dataclass(frozen=True)
class Hooks:
    """What the kernel does not know and the app hands in."""

    authenticate: Authenticate
    guard: Guard
    session_cookie: str
    open_paths: Sequence[str] = ()
    ready: Sequence[Callable[[], Any]] = field(default_factory=tuple)


class Reader:
    """Finds out who reads and in which language: path, person, then browser."""

    def __init__(self, app: ASGIApp, *, hooks: Hooks) -> None:
        self.app = app
        self.hooks = hooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope["state"]
        state["user"], state["session_key"] = None, ""
        _take_language_prefix(scope, state)
        request = Request(scope)
        cookie = request.cookies.get(self.hooks.session_cookie)
        if cookie:
            state["user"] = await self.hooks.authenticate(cookie)
            # The pages carry this key, so that nothing of the cookie itself may be in it.
            key = sha256(f"csrf {cookie}".encode()).hexdigest()[:16]
            state["session_key"] = key if state["user"] else ""
        with i18n.use(_language(scope, state)):
            await self.app(scope, receive, send)


def _take_language_prefix(scope: Scope, state: dict[str, Any]) -> None:
    head, _slash, rest = scope["path"].lstrip("/").partition("/")
    if head in i18n.LOCALES:
        state["language_prefix"] = f"/{head}"
        state["language_chosen"] = True
        scope["path"] = f"/{rest}"
        scope["raw_path"] = scope["path"].encode("utf-8")


def _language(scope: Scope, state: dict[str, Any]) -> str:
    prefix = str(state.get("language_prefix", "")).lstrip("/")
    if prefix:
        return prefix
    user_language = getattr(state["user"], "language", "")
    if user_language:
        state["language_chosen"] = True
        return str(user_language)
    wanted = i18n.negotiate(Headers(scope=scope).get("accept-language", ""))
    return i18n.best(*wanted)


def build(
    settings: Settings, routes: Sequence[BaseRoute], hooks: Hooks, lifespan: Any
) -> Starlette:
    """The web application: our stack around the routes of all slices."""
    app = Starlette(
        routes=[*routes, *static.routes, *_own_routes(hooks)],
        middleware=[
            Middleware(observing.Observe),
            Middleware(security.SecurityHeaders, secure=settings.base_url.startswith("https")),
            Middleware(CompressMiddleware, zstd=False, minimum_size=400, brotli_quality=5),
            # Once around the reader, whose session may be out of reach, once within its language.
            Middleware(Errors),
            Middleware(Reader, hooks=hooks),
            Middleware(Errors),
            Middleware(
                security.SameOrigin, base_url=settings.base_url, open_paths=hooks.open_paths
            ),
        ],
        exception_handlers={
            DomainError: _domain_error,
            HTTPException: _http_error,
        },
        lifespan=lifespan,
        max_body_size=MAX_BODY,
    )
    app.state.guard = hooks.guard
    return app


class Errors:
    """Turns what the stack inside raises into a page, and a crash into one that says sorry."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def watch(message: Any) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        request = Request(scope, receive)
        try:
            # PostgreSQL has no NUL in its texts: it would be a crash in whatever query comes first.
            if "\0" in scope["path"] or b"%00" in scope["query_string"]:
                raise HTTPException(400)
            await self.app(scope, receive, watch)
        except DomainError as error:
            await _domain_error(request, error)(scope, receive, watch)
        except HTTPException as error:
            await _http_error(request, error)(scope, receive, watch)
        except ValidationError:
            # A text longer than its column: no row of ours is called that.
            log.warning("too long", id=scope["state"].get("request_id"))
            await error_page(request, 400)(scope, receive, watch)
        except Exception:
            log.exception("crash", id=scope["state"].get("request_id"))
            if begun:
                raise
            await error_page(request, 500)(scope, receive, watch)


def _domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101
    response = error_page(request, error.status, error.message)
    if isinstance(error, TooMany):
        response.headers["retry-after"] = str(error.retry_after)
    return response


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    response = error_page(request, error.status_code)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def error_page(request: Request, status: int, text: str = "") -> Response:
    """An error as a page in the reader's language, or as problem+json for a program."""
    title, mend = _words(status)
    request_id = request.scope.get("state", {}).get("request_id", "")
    accepts = request.headers.get("accept", "")
    if "text/html" not in accepts and "json" in accepts:
        problem = {"title": title, "status": status, "detail": text or mend, "instance": request_id}
        return JSONResponse(problem, status, media_type="application/problem+json")
    return pages.page(
        request,
        "errors/error.html",
        status=status,
        title=title,
        text=text,
        mend=mend,
        request_id=request_id,
    )


def _words(status: int) -> tuple[str, str]:
    words = {
        400: (_("We could not read that request"), _("Go back, check the form and send it again.")),
        403: (_("You may not do this"), _("Ask a lead of your chapter for access, or sign in.")),
        404: (
            _("There is no such page"),
            _("Check the address, or start again from the list of chapters."),
        ),
        405: (_("This page does not take that"), _("Go back and use the buttons on the page.")),
        409: (
            _("Somebody was faster"),
            _("This has changed since you opened it. Reload the page and try again."),
        ),
        413: (_("That is too large"), _("Send a smaller file or a shorter text.")),
        422: (_("Something in the form is not right"), _("Go back, mend it and send it again.")),
        429: (_("Too many attempts"), _("Wait a few minutes, then try again.")),
        503: (_("We are not ready"), _("Try again in a minute.")),
    }
    sorry = (
        _("Something broke on our side"),
        _("Nothing was lost. Try again; if it stays, send us the number below."),
    )
    return words.get(status, sorry if status >= 500 else words[400])


def _own_routes(hooks: Hooks) -> list[BaseRoute]:
    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        try:
            await db.value("SELECT 1")
            for check in hooks.ready:
                await check()
        except Exception:
            log.exception("not ready")
            return PlainTextResponse("not ready\n", status_code=503)
        return PlainTextResponse("ready\n")

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", observing.metrics),
    ]
