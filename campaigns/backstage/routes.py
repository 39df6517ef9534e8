"""The inbox of embedded letters and the style guide; production has neither."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from advocacy import settings
from advocacy.errors import NotFound
from advocacy.mail import outbox
from advocacy.render.i18n import gettext as _
from advocacy.web import pages

# A letter styles itself; it may do nothing else.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


def _only_here() -> None:
    config = settings.current()
    if config.is_production or not config.is_embedded_mail:
        raise NotFound(_("Letters go out by mail here; there is no inbox to look into."))


async def inbox(request: Request) -> Response:
    """The letters that were written instead of sent, newest first."""
    _only_here()
    letters = outbox.listing(settings.current().outbox_dir, limit=100)
    return pages.page(request, "backstage/inbox.html", letters=letters)


async def letter(request: Request) -> Response:
    """One letter: its heads, its plain text, its HTML in a frame."""
    _only_here()
    found = outbox.read(settings.current().outbox_dir, request.path_params["letter"])
    return pages.page(request, "backstage/letter.html", letter=found)


async def letter_html(request: Request) -> Response:
    """The HTML part alone, for the frame."""
    _only_here()
    found = outbox.read(settings.current().outbox_dir, request.path_params["letter"])
    return HTMLResponse(found.html, headers={"content-security-policy": LETTER_POLICY})


async def styleguide(request: Request) -> Response:
    """Every part of the look on one page."""
    if settings.current().is_production:
        raise NotFound()
    return pages.page(request, "styleguide.html")


routes: list[BaseRoute] = [
    Route("/inbox", inbox, methods=["GET"]),
    Route("/inbox/{letter}", letter, methods=["GET"]),
    Route("/inbox/{letter}/html", letter_html, methods=["GET"]),
    Route("/styleguide", styleguide, methods=["GET"]),
]
