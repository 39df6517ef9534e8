"""Pages of a chapter's desk: the side list, the chapter's clocks, and what their reader may do."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render import i18n
from advocacy.web import pages

Endpoint = Callable[[Request], Awaitable[Response]]


def page(
    request: Request, template: str, *, current: str, status: int = 200, **context: Any
) -> Response:
    """A page of the guarded chapter; `current` is the key of its entry in the side list.

    The template gets `side`, `chapter` and `may(verb)`, and moments as the chapter's clocks show.
    """
    chapter: Chapter = request.state.chapter
    given = {
        "side": request.app.state.side(request, current),
        "chapter": chapter,
        "may": lambda verb: request.state.user.may(verb, chapter),
    }
    with i18n.use(i18n.current(), chapter.zone):
        return pages.page(request, template, status=status, **(given | context))


def at_headquarters(endpoint: Endpoint) -> Endpoint:
    """For a page about all chapters: it stands at headquarters only, elsewhere there is none."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        chapter: Chapter = request.state.chapter
        if not chapter.is_headquarters:
            raise NotFound()
        return await endpoint(request)

    return guarded
