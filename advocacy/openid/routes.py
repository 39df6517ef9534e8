"""Away to the provider and back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy import settings
from advocacy.errors import DomainError, NotFound
from advocacy.identity import guarding
from advocacy.openid import arriving, provider
from advocacy.render.i18n import gettext as _
from advocacy.web import limits, pages
from advocacy.web.forms import posted


async def depart(request: Request) -> Response:
    """Sends the browser to the provider, by a page: a form may not lead to another site."""
    if not settings.current().oidc_issuer:
        raise NotFound()
    await limits.limit("openid", "60/hour", limits.client_address(request))
    data = await posted(request)
    browser = guarding.browser_of(request)
    try:
        address = await arriving.depart(browser, pages.safe_path(str(data.get("next", "/"))))
    except DomainError as wrong:
        return _failed(request, wrong)
    name = settings.current().oidc_name
    response = pages.page(request, "openid/away.html", address=address, provider=name)
    response.headers["refresh"] = f"0; url={address}"
    guarding.remember_browser(response, browser)
    return response


async def back(request: Request) -> Response:
    """The browser comes back. It is a GET by the protocol; its state is good once, here alone."""
    if not settings.current().oidc_issuer:
        raise NotFound()
    await limits.limit("enter", "60/hour", limits.client_address(request))
    given = request.query_params
    browser = guarding.browser_of(request)
    try:
        if "error" in given:
            await arriving.give_up(given.get("state", ""), browser)
            return _refused(request)
        opened, path = await arriving.arrive(
            given.get("state", ""),
            given.get("code", ""),
            browser=browser,
            issuer=given.get("iss", ""),
            seat=guarding.seat_of(request),
        )
    except DomainError as wrong:
        return _failed(request, wrong)
    return guarding.let_in(request, opened, path)


def _refused(request: Request) -> Response:
    text = _("Your organisation did not let you through. Try again, or sign in by e-mail.")
    return pages.page(request, "openid/failed.html", status=403, text=text)


def _failed(request: Request, wrong: DomainError) -> Response:
    return pages.page(request, "openid/failed.html", status=wrong.status, text=wrong.message)


routes = [
    Route("/sign-in/openid", depart, methods=["POST"]),
    Route(provider.CALLBACK, back, methods=["GET"]),
]
