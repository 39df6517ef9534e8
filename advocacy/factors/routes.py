"""`/me/security`: the second factors of whoever works here, added, renamed and removed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from advocacy import settings
from advocacy.audit.recording import actor_of
from advocacy.errors import Invalid, NotFound
from advocacy.factors import codes, holding, passkeys, recovery
from advocacy.identity import guarding
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from advocacy.web import limits, pages
from advocacy.web.access import Endpoint
from advocacy.web.forms import Form, posted

HERE = "/me/security"


class CodeForm(Form):
    """The first code of an app."""

    code = StringField(
        lazy_gettext("Code from the app"),
        [InputRequired(lazy_gettext("Enter the six digits that the app shows.")), Length(max=30)],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "dir": "ltr"},
    )


def _for_owner(endpoint: Endpoint, *, proved: bool = True) -> Endpoint:
    """Only for staff, and whoever holds a factor still; what changes one needs a fresh proof."""

    async def owned(request: Request) -> Response:
        reader = request.state.user
        if reader is None:
            return await guarding.to_sign_in(request, HERE)
        if not reader.is_staff and not await holding.holds(reader.user_id):
            raise NotFound()
        away = await guarding.must_prove(request) if proved else None
        return away if away is not None else await endpoint(request)

    return owned


async def show(request: Request) -> Response:
    """What the reader holds, and how to add more."""
    return await _page(request)


async def _page(request: Request, *, status: int = 200, problem: str = "") -> Response:
    return pages.page(
        request,
        "factors/security.html",
        status=status,
        held=await holding.of(request.state.user.user_id),
        has_passkeys=settings.current().has_passkeys,
        problem=problem,
    )


async def passkey_challenge(request: Request) -> Response:
    """What the browser needs to make a passkey."""
    reader = request.state.user
    await limits.limit("passkey-challenge", "60/hour", str(reader.user_id))
    browser = guarding.browser_of(request)
    options = await passkeys.options_to_add(reader.user_id, reader.email, reader.name, browser)
    response = JSONResponse(options, headers={"cache-control": "no-store"})
    guarding.remember_browser(response, browser)
    return response


async def add_passkey(request: Request) -> Response:
    """Keeps the passkey that the browser made."""
    data = await posted(request)
    reader = request.state.user
    try:
        shown = await passkeys.add(
            reader.user_id,
            str(data.get("credential", "")),
            name=str(data.get("name", "")),
            browser=guarding.browser_of(request),
            actor=actor_of(request),
        )
    except Invalid as wrong:
        return await _page(request, status=422, problem=wrong.message)
    if shown:
        return _codes_page(request, shown)
    return pages.redirect(request, HERE, say=_("The passkey is added."))


async def rename_passkey(request: Request) -> Response:
    """Gives a passkey another name."""
    data = await posted(request)
    number = request.path_params["passkey"]
    try:
        done = await passkeys.rename(request.state.user.user_id, number, str(data.get("name", "")))
    except Invalid as wrong:
        return await _page(request, status=422, problem=wrong.message)
    if not done:
        raise NotFound(_("That passkey is gone."))
    return pages.redirect(request, HERE, say=_("The passkey has its new name."))


async def remove_passkey(request: Request) -> Response:
    """Takes a passkey away."""
    number = request.path_params["passkey"]
    if not await passkeys.remove(request.state.user.user_id, number, actor_of(request)):
        raise NotFound(_("That passkey is gone."))
    return pages.redirect(request, HERE, say=_("The passkey is removed."))


async def begin_codes(request: Request) -> Response:
    """Shows the square for the app and asks for a first code."""
    return await _codes_begun(request, CodeForm())


async def _codes_begun(request: Request, form: CodeForm, *, status: int = 200) -> Response:
    reader = request.state.user
    secret = await codes.begin(reader.user_id)
    return pages.page(
        request,
        "factors/codes.html",
        status=status,
        form=form,
        square=codes.square(secret, reader.email),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=codes.address(secret, reader.email),
    )


async def confirm_codes(request: Request) -> Response:
    """Puts the codes in force by a right one."""
    form = CodeForm(await posted(request))
    if not form.validate():
        return await _codes_begun(request, form, status=422)
    reader = request.state.user
    try:
        shown = await codes.confirm(reader.user_id, form.code.data, actor_of(request))
    except Invalid as wrong:
        form.refuse(wrong)
        return await _codes_begun(request, form, status=422)
    if shown:
        return _codes_page(request, shown)
    return pages.redirect(request, HERE, say=_("One-time codes are on."))


async def remove_codes(request: Request) -> Response:
    """Takes one-time codes away."""
    if not await codes.remove(request.state.user.user_id, actor_of(request)):
        raise NotFound(_("One-time codes are off already."))
    return pages.redirect(request, HERE, say=_("One-time codes are off."))


async def renew_recovery(request: Request) -> Response:
    """Ten fresh recovery codes, shown this once."""
    try:
        shown = await recovery.renew_for(request.state.user.user_id, actor_of(request))
    except Invalid as wrong:
        return await _page(request, status=422, problem=wrong.message)
    return _codes_page(request, shown)


def _codes_page(request: Request, shown: list[str]) -> Response:
    return pages.page(request, "factors/recovery.html", codes=shown)


routes = [
    Route(HERE, _for_owner(show, proved=False), methods=["GET"]),
    Route(f"{HERE}/passkeys/challenge", _for_owner(passkey_challenge), methods=["POST"]),
    Route(f"{HERE}/passkeys", _for_owner(add_passkey), methods=["POST"]),
    Route(
        f"{HERE}/passkeys/{{passkey:int}}/rename",
        _for_owner(rename_passkey, proved=False),
        methods=["POST"],
    ),
    Route(f"{HERE}/passkeys/{{passkey:int}}/remove", _for_owner(remove_passkey), methods=["POST"]),
    Route(f"{HERE}/codes", _for_owner(begin_codes), methods=["POST"]),
    Route(f"{HERE}/codes/confirm", _for_owner(confirm_codes), methods=["POST"]),
    Route(f"{HERE}/codes/remove", _for_owner(remove_codes), methods=["POST"]),
    Route(f"{HERE}/recovery", _for_owner(renew_recovery), methods=["POST"]),
]
