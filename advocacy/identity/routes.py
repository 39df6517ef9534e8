"""Signing in and out, and the list of one's sessions."""

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from advocacy import settings
from advocacy.errors import NotFound
from advocacy.identity import guarding, signing_in
from advocacy.identity.models import Session
from advocacy.mail.addresses import canonical
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import limits, pages
from advocacy.web.forms import Form, posted

ASKED_COOKIE = "asked"


class SignInForm(Form):
    """One address."""

    email = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "email"},
    )


async def ask_page(request: Request) -> Response:
    """The form that asks for an address."""
    return pages.page(
        request,
        "identity/sign_in.html",
        form=SignInForm(),
        next=pages.safe_path(request.query_params.get("next", "/")),
    )


async def ask(request: Request) -> Response:
    """Sends a link if we know the address; the answer is the same either way."""
    data = await posted(request)
    form = SignInForm(data)
    next_path = pages.safe_path(str(data.get("next", "/")))
    if not form.validate():
        return pages.page(request, "identity/sign_in.html", status=422, form=form, next=next_path)
    where = limits.client_address(request)
    await limits.limit("sign-in", "20/hour", where)
    address = canonical(form.email.data)
    await limits.limit("sign-in-address", "5/hour", address)
    browser = request.cookies.get(ASKED_COOKIE) or secrets.token_urlsafe(16)
    await signing_in.ask(address, browser=browser, next_path=next_path)
    response = pages.page(request, "identity/asked.html", email=form.email.data)
    _set_cookie(response, ASKED_COOKIE, browser, 3600)
    return response


async def link_page(request: Request) -> Response:
    """What the link opens: a button, because mail scanners open links too."""
    token = request.path_params["token"]
    try:
        link = await signing_in.find(token)
    except NotFound as stale:
        return pages.page(request, "identity/stale.html", status=404, text=stale.message)
    browser = request.cookies.get(ASKED_COOKIE, "")
    is_same = not link.browser_hash or signing_in.digest(browser) == link.browser_hash
    return pages.page(request, "identity/enter.html", token=token, is_same_browser=is_same)


async def enter(request: Request) -> Response:
    """Uses the link up and starts a session."""
    await limits.limit("enter", "60/hour", limits.client_address(request))
    browser = request.headers.get("user-agent", "")
    secret, link = await signing_in.enter(request.path_params["token"], browser=browser)
    path = link.next_path if link.next_path not in ("", "/") else "/me"
    response = pages.redirect(request, path)
    cookie = guarding.session_cookie(settings.current())
    _set_cookie(response, cookie, secret, int(signing_in.SESSION_LIFE.total_seconds()))
    return response


async def sign_out(request: Request) -> Response:
    """Ends this session."""
    if request.state.user is not None:
        await signing_in.revoke(request.state.user.session_id)
    response = pages.redirect(request, "/", say=_("You are signed out."))
    # A browser drops a `__Host-` cookie only for a line that is secure itself.
    _set_cookie(response, guarding.session_cookie(settings.current()), "", 0)
    return response


async def sessions(request: Request) -> Response:
    """The browsers that are signed in as this user."""
    reader = request.state.user
    if reader is None:
        return pages.redirect(request, "/sign-in?next=/me/sessions")
    found = await Session.filter(user_id=reader.user_id, revoked_at__isnull=True).order_by(
        "-seen_at"
    )
    return pages.page(request, "identity/sessions.html", sessions=found, current=reader.session_id)


async def revoke(request: Request) -> Response:
    """Signs one other browser out."""
    reader = request.state.user
    if reader is None:
        return pages.redirect(request, "/sign-in?next=/me/sessions")
    done = await signing_in.revoke(request.path_params["session"], user_id=reader.user_id)
    if not done:
        raise NotFound(_("That browser is signed out already."))
    return pages.redirect(request, "/me/sessions", say=_("That browser is signed out."))


def _set_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=settings.current().base_url.startswith("https"),
        path="/",
    )


routes = [
    Route("/sign-in", ask_page, methods=["GET"]),
    Route("/sign-in", ask, methods=["POST"]),
    Route("/sign-in/{token}", link_page, methods=["GET"]),
    Route("/sign-in/{token}", enter, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/me/sessions", sessions, methods=["GET"]),
    Route("/me/sessions/{session:int}/revoke", revoke, methods=["POST"]),
]
