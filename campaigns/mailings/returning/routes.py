"""Signed links in letters: following one, and unsubscribing by a page or by one click."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from advocacy.errors import NotFound
from advocacy.members import topics
from advocacy.web import limits, pages
from advocacy.web.forms import posted
from campaigns.mailings import tracking
from campaigns.mailings.tracking import Leaving, Scope

TEST = "test"
SCOPES: dict[str, Scope] = {"sender": "sender", "topic": "topic", "everybody": "everybody"}


async def follow(request: Request) -> Response:
    """Goes on to the address of the link and to no other; notes that it was followed."""
    address = await tracking.follow(
        request.path_params["token"],
        agent=request.headers.get("user-agent", ""),
        is_head=request.method == "HEAD",
    )
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(address, status_code=303, headers=headers)


async def unsubscribe_page(request: Request) -> Response:
    """Whose letters to leave, with buttons; opening it changes nothing."""
    token = request.path_params["token"]
    if token == TEST:
        return pages.page(
            request,
            "mailings/unsubscribe.html",
            who=None,
            chapter=None,
            topic="",
            state="test",
            token="",
        )
    who = await tracking.leaving(token)
    pages.speak(request, who.language)
    return _page(request, who, token, "asked")


async def unsubscribe(request: Request) -> Response:
    """The form's buttons, or a mail program's one click (RFC 8058), which needs no page."""
    token = request.path_params["token"]
    if token == TEST:
        raise NotFound()
    data = await posted(request)
    one_click = data.get("List-Unsubscribe") == "One-Click"
    scope = SCOPES.get(str(data.get("from", "")), "sender")
    try:
        who = await tracking.unsubscribe(
            token,
            scope=scope,
            basis="one_click" if one_click else "page",
            origin=limits.origin(request),
        )
    except NotFound:
        # A mail provider posts for all its readers from few addresses: only guesses are counted.
        await limits.limit("unsubscribe", "60/minute", limits.client_address(request))
        raise
    if one_click:
        return Response(status_code=200)
    pages.speak(request, who.language)
    state = "left_topic" if scope == "topic" and topics.purpose_of(who.topic) else scope
    return _page(request, who, token, "sender" if state == "topic" else state)


def _page(request: Request, who: Leaving, token: str, state: str) -> Response:
    response = pages.page(
        request,
        "mailings/unsubscribe.html",
        who=who,
        chapter=who.chapter,
        topic=topics.name_of(who.topic),
        token=token,
        state=state,
    )
    response.headers["cache-control"] = "private, no-store"
    response.headers["referrer-policy"] = "no-referrer"
    response.headers["x-robots-tag"] = "noindex"
    return response


routes = [
    Route("/k/{token}", follow, methods=["GET"]),
    Route("/u/{token}", unsubscribe_page, methods=["GET"]),
    Route("/u/{token}", unsubscribe, methods=["POST"]),
]
