"""Who may come in: every staff route names a verb, and the guard that the app hands in decides."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


class Guard(Protocol):
    """Lets a request pass or raises; `None` means pass, a Response is sent instead."""

    async def __call__(self, request: Request, verb: str) -> Response | None: ...


class Authenticate(Protocol):
    """Finds the user behind a session cookie, or None."""

    async def __call__(self, secret: str, /) -> Any | None: ...


def requires(verb: str) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint with the verb a reader needs; without a matching grant it never runs."""

    def decorate(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            answer = await request.app.state.guard(request, verb)
            return answer if answer is not None else await endpoint(request)

        guarded.verb = verb  # type: ignore[attr-defined]
        return guarded

    return decorate
