"""Proving who one is: after the e-mailed link, again before grave things, or by a passkey alone."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from advocacy import settings
from advocacy.audit.recording import Actor
from advocacy.errors import Invalid, NotFound, TooMany
from advocacy.factors import holding, passkeys, proving
from advocacy.factors.proving import Prover
from advocacy.identity import guarding, signing_in
from advocacy.identity.guarding import PROVE
from advocacy.identity.sessions import Opened
from advocacy.render.i18n import gettext as _
from advocacy.web import limits, pages
from advocacy.web.forms import posted


async def _prover_of(request: Request) -> Prover | None:
    reader = request.state.user
    if reader is not None:
        return Prover(reader.user_id, reader.session_id, reader.email, False)
    half = await guarding.half_of(request)
    return Prover(half.user_id, half.session_id, half.email, True) if half else None


def _actor(request: Request, prover: Prover) -> Actor:
    return Actor(prover.user_id, prover.email, limits.origin(request))


async def page(request: Request) -> Response:
    """Asks for what the reader holds: a passkey, a code, or else a press on a link by e-mail."""
    next_path = pages.safe_path(request.query_params.get("next", "/me"))
    prover = await _prover_of(request)
    if prover is None:
        return await guarding.to_sign_in(request, next_path)
    return await _page(request, prover, next_path)


async def _page(
    request: Request, prover: Prover, next_path: str, *, status: int = 200, problem: str = ""
) -> Response:
    return pages.page(
        request,
        "factors/prove.html",
        status=status,
        held=await holding.of(prover.user_id),
        has_passkeys=settings.current().has_passkeys,
        is_half=prover.is_half,
        next=next_path,
        problem=problem,
    )


async def by_code(request: Request) -> Response:
    """A one-time code or a recovery code."""
    prover = await _prover_of(request)
    if prover is None:
        return await guarding.to_sign_in(request, "/me")
    data = await posted(request)
    next_path = pages.safe_path(str(data.get("next", "/me")))
    code = str(data.get("code", ""))[:60]
    try:
        opened = await proving.by_code(prover, code, _actor(request, prover))
    except (Invalid, TooMany) as wrong:
        again = await _page(request, prover, next_path, status=wrong.status, problem=wrong.message)
        if isinstance(wrong, TooMany):
            again.headers["retry-after"] = str(wrong.retry_after)
        return again
    return _go_on(request, prover, opened, next_path)


async def by_passkey(request: Request) -> Response:
    """A passkey of the reader's own."""
    prover = await _prover_of(request)
    if prover is None:
        return await guarding.to_sign_in(request, "/me")
    data = await posted(request)
    next_path = pages.safe_path(str(data.get("next", "/me")))
    try:
        opened = await proving.by_passkey(
            prover,
            str(data.get("credential", "")),
            guarding.browser_of(request),
            _actor(request, prover),
        )
    except Invalid as wrong:
        return await _page(request, prover, next_path, status=422, problem=wrong.message)
    return _go_on(request, prover, opened, next_path)


def _go_on(request: Request, prover: Prover, opened: Opened | None, next_path: str) -> Response:
    if opened is not None:
        return guarding.let_in(request, opened, next_path)
    return guarding.go_on(request, next_path, session_id=prover.session_id)


async def challenge(request: Request) -> Response:
    """What the browser needs to use a passkey of the reader's own."""
    prover = await _prover_of(request)
    if prover is None:
        raise NotFound(_("You are signed out. Sign in again."))
    await limits.limit("passkey-challenge", "60/hour", str(prover.user_id))
    browser = guarding.browser_of(request)
    options = await passkeys.options_to_use("prove", browser, user_id=prover.user_id)
    return _options(options, browser)


def _options(options: dict[str, object], browser: str) -> Response:
    response = JSONResponse(options, headers={"cache-control": "no-store"})
    guarding.remember_browser(response, browser)
    return response


async def ask_letter(request: Request) -> Response:
    """A link by e-mail, for readers without any factor."""
    reader = request.state.user
    if reader is None:
        return await guarding.to_sign_in(request, "/me")
    data = await posted(request)
    next_path = pages.safe_path(str(data.get("next", "/me")))
    if await holding.holds(reader.user_id):
        return pages.redirect(request, f"{PROVE}?next={quote(next_path, safe='/')}")
    await limits.limit("prove-letter", "5/hour", str(reader.user_id))
    await signing_in.ask_proof(reader.session_id, user_id=reader.user_id, next_path=next_path)
    return pages.page(request, "factors/asked.html", email=reader.email)


async def entry_challenge(request: Request) -> Response:
    """What any browser needs to offer its passkeys; the same for everybody."""
    await limits.limit("passkey-entry", "60/hour", limits.client_address(request))
    browser = guarding.browser_of(request)
    return _options(await passkeys.options_to_use("enter", browser), browser)


async def enter(request: Request) -> Response:
    """Signs in by a passkey alone."""
    await limits.limit("enter", "60/hour", limits.client_address(request))
    data = await posted(request)
    next_path = pages.safe_path(str(data.get("next", "/")))
    credential = str(data.get("credential", ""))
    try:
        opened = await proving.enter(
            credential, guarding.browser_of(request), guarding.seat_of(request)
        )
    except Invalid as wrong:
        return pages.page(request, "factors/refused.html", status=422, text=wrong.message)
    return guarding.let_in(request, opened, next_path)


routes = [
    Route(PROVE, page, methods=["GET"]),
    Route(f"{PROVE}/code", by_code, methods=["POST"]),
    Route(f"{PROVE}/passkey", by_passkey, methods=["POST"]),
    Route(f"{PROVE}/passkey/challenge", challenge, methods=["POST"]),
    Route(f"{PROVE}/letter", ask_letter, methods=["POST"]),
    Route("/sign-in/passkey/challenge", entry_challenge, methods=["POST"]),
    Route("/sign-in/passkey", enter, methods=["POST"]),
]
