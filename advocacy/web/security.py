"""Headers on every answer, and requests that change something only from our own pages."""

import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advocacy.errors import Forbidden
from advocacy.render.i18n import gettext as _
from advocacy.web import pages
from advocacy.web.forms import posted

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'self';"
    " base-uri 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
SAFE = {"GET", "HEAD", "OPTIONS"}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SecurityHeaders:
    """Adds the headers that forbid what our pages never do."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.headers = dict(HEADERS)
        if secure:
            self.headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses unsafe requests that other sites caused.

    Sec-Fetch-Site decides, else Origin, else (old browsers) a token in the form that is bound to
    the session. `open_paths` are the prefixes that mail programs post to, which carry their own
    signed authority.
    """

    def __init__(self, app: ASGIApp, *, base_url: str, open_paths: Sequence[str]) -> None:
        self.app = app
        self.origin = _origin(base_url)
        self.open_paths = tuple(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE or self._is_open(scope):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        verdict = self._by_headers(headers, scope)
        if verdict is None:
            receive, verdict = await _by_token(scope, receive, headers)
        if not verdict:
            raise Forbidden(
                _("This form was not sent from our own page. Open the page again and retry.")
            )
        await self.app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        return bool(self.open_paths) and scope["path"].startswith(self.open_paths)

    def _by_headers(self, headers: Headers, scope: Scope) -> bool | None:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is not None:
            here = f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"
            return origin in (self.origin, here)
        return None


async def _by_token(scope: Scope, receive: Receive, headers: Headers) -> tuple[Receive, bool]:
    """Reads the whole body (its size is bounded further out) and hands it on unread."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return receive, False
        body += message.get("body", b"")
        if not message.get("more_body"):
            break

    def replay() -> Receive:
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again

    request = Request(scope, replay())
    given = headers.get("x-csrf-token", "")
    if not given and headers.get("content-type", "").startswith(FORMS):
        form = await posted(request)
        value = form.get("csrf_token", "")
        given = value if isinstance(value, str) else ""
        await form.close()
    expected = pages.csrf_token(request)
    return replay(), hmac.compare_digest(given.encode(), expected.encode())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
