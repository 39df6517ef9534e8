"""Signing in and out by e-mailed links, and the list of one's sessions."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from advocacy import settings
from advocacy.audit.recording import actor_of
from advocacy.errors import NotFound
from advocacy.identity import guarding, sessions, signing_in
from advocacy.mail.addresses import canonical
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext, ngettext
from advocacy.web import limits, pages
from advocacy.web.forms import Form, posted


class SignInForm(Form):
    """One address."""

    email = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "email"},
    )


async def ask_page(request: Request) -> Response:
    """The form that asks for an address; for whoever came half way in, the second factor."""
    next_path = pages.safe_path(request.query_params.get("next", "/"))
    if await guarding.half_of(request) is not None:
        return await guarding.to_sign_in(request, next_path)
    return _sign_in_page(request, SignInForm(), next_path)


def _sign_in_page(
    request: Request, form: SignInForm, next_path: str, *, status: int = 200
) -> Response:
    config = settings.current()
    return pages.page(
        request,
        "identity/sign_in.html",
        status=status,
        form=form,
        next=next_path,
        has_passkeys=config.has_passkeys,
        provider=config.oidc_name if config.oidc_issuer else "",
    )


async def ask(request: Request) -> Response:
    """Sends a link if we know the address; answer and work are the same either way."""
    data = await posted(request)
    form = SignInForm(data)
    next_path = pages.safe_path(str(data.get("next", "/")))
    if not form.validate():
        return _sign_in_page(request, form, next_path, status=422)
    where = limits.client_address(request)
    await limits.limit("sign-in", "20/hour", where)
    address = canonical(form.email.data)
    await limits.limit("sign-in-address", "5/hour", where, address)
    browser = guarding.browser_of(request)
    await signing_in.ask(address, browser=browser, next_path=next_path)
    response = pages.page(request, "identity/asked.html", email=form.email.data)
    guarding.remember_browser(response, browser)
    return response


async def link_page(request: Request) -> Response:
    """What the link opens: a button, because mail scanners open links too."""
    token = request.path_params["token"]
    try:
        link = await signing_in.find(token)
    except NotFound as stale:
        return pages.page(request, "identity/stale.html", status=404, text=stale.message)
    if link.proves_id is not None:
        reader = request.state.user
        is_same = reader is not None and reader.session_id == link.proves_id
        return pages.page(request, "identity/prove.html", token=token, is_same_browser=is_same)
    browser = sessions.digest(guarding.browser_of(request))
    is_same = not link.browser_hash or browser == link.browser_hash
    return pages.page(request, "identity/enter.html", token=token, is_same_browser=is_same)


async def enter(request: Request) -> Response:
    """Uses the link up and starts a session."""
    await limits.limit("enter", "60/hour", limits.client_address(request))
    opened, path = await signing_in.enter(request.path_params["token"], guarding.seat_of(request))
    return guarding.let_in(request, opened, path)


async def prove(request: Request) -> Response:
    """Uses the link up that proves the session of this browser."""
    reader = request.state.user
    if reader is None:
        return pages.redirect(request, "/sign-in")
    path = await signing_in.prove(
        request.path_params["token"], reader.session_id, actor_of(request)
    )
    return guarding.go_on(request, path, session_id=reader.session_id)


async def sign_out(request: Request) -> Response:
    """Ends this session."""
    name = guarding.session_cookie(settings.current())
    secret = request.cookies.get(name)
    if secret:
        await sessions.leave(secret, actor=actor_of(request))
    response = pages.redirect(request, "/", say=_("You are signed out."))
    # A browser drops a `__Host-` cookie only for a line that is secure itself.
    guarding.keep_cookie(response, name, "", 0)
    return response


async def list_sessions(request: Request) -> Response:
    """The browsers that are signed in as this user."""
    reader = request.state.user
    if reader is None:
        return await guarding.to_sign_in(request, "/me/sessions")
    found = await sessions.open_of(reader.user_id)
    return pages.page(request, "identity/sessions.html", sessions=found, current=reader.session_id)


async def revoke(request: Request) -> Response:
    """Signs one other browser out."""
    reader = request.state.user
    if reader is None:
        return await guarding.to_sign_in(request, "/me/sessions")
    number = request.path_params["session"]
    done = await sessions.revoke(number, user_id=reader.user_id, actor=actor_of(request))
    if not done:
        raise NotFound(_("That browser is signed out already."))
    return pages.redirect(request, "/me/sessions", say=_("That browser is signed out."))


async def revoke_others(request: Request) -> Response:
    """Signs every other browser out."""
    reader = request.state.user
    if reader is None:
        return await guarding.to_sign_in(request, "/me/sessions")
    number = await sessions.revoke_others(
        reader.session_id, user_id=reader.user_id, actor=actor_of(request)
    )
    say = ngettext(
        "%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", number
    )
    return pages.redirect(request, "/me/sessions", say=say)


routes = [
    Route("/sign-in", ask_page, methods=["GET"]),
    Route("/sign-in", ask, methods=["POST"]),
    Route("/sign-in/{token}", link_page, methods=["GET"]),
    Route("/sign-in/{token}", enter, methods=["POST"]),
    Route("/sign-in/{token}/prove", prove, methods=["POST"]),
    Route("/sign-out", sign_out, methods=["POST"]),
    Route("/me/sessions", list_sessions, methods=["GET"]),
    Route("/me/sessions/others/revoke", revoke_others, methods=["POST"]),
    Route("/me/sessions/{session:int}/revoke", revoke, methods=["POST"]),
]
