"""What a request leaves behind: an id, one log line without personal data, and metrics."""

import hmac
import secrets
import time
from typing import Any

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advocacy import settings

REQUESTS = Counter(
    "advocacy_http_requests_total", "Answered requests", ["method", "route", "status"]
)
SECONDS = Histogram("advocacy_http_seconds", "Time to the first byte of an answer", ["route"])
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
log = structlog.get_logger("advocacy.web")


class Observe:
    """Gives every request an id, times it, counts it and logs it by its route's pattern."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        # A copy of our own: some servers hand the same dictionary to every request.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        started = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - started, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route = pattern(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        REQUESTS.labels(method, route, str(status)).inc()
        SECONDS.labels(route).observe(seconds)
        log.info(
            "request",
            id=request_id,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
        )


def pattern(scope: Scope) -> str:
    """The route's pattern, never the path itself: a path may carry a token or a name."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "") or "unmatched")


async def metrics(request: Request) -> Response:
    """Prometheus metrics, for loopback readers or with METRICS_TOKEN as bearer."""
    token = settings.current().metrics_token
    client = request.client.host if request.client else ""
    given = request.headers.get("authorization", "")
    if token:
        is_welcome = hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    else:
        # A proxy on this machine reaches us by loopback, but speaks for somebody elsewhere.
        is_proxied = any(name in request.headers for name in FORWARDED)
        is_welcome = client in ("127.0.0.1", "::1") and not is_proxied
    if not is_welcome:
        return PlainTextResponse("Forbidden\n", status_code=403)
    return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def configure_logging(level: str, *, as_json: bool) -> None:
    """Sets structlog up once: JSON lines in production, readable lines otherwise."""
    import logging

    number = getattr(logging, level.upper(), logging.INFO)
    logging.basicConfig(
        level=max(number, logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if as_json else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
