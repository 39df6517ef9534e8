"""A member's own data: a copy, corrections, erasure; what links in letters about it open."""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from advocacy.audit.recording import Actor
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.identity import guarding, signing_in
from advocacy.identity.permissions import Reader
from advocacy.mail.addresses import masked
from advocacy.members import belonging, links
from advocacy.members.models import Person
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.rights import asking, copying, looking, words
from advocacy.rights.forms import AddressForm, EraseForm, correct_form
from advocacy.rights.models import RightsRequest
from advocacy.web import limits, pages
from advocacy.web.forms import Form, posted

HOME = "/me/data"
# Rows of a section that the page shows; the file has all.
SHOWN = 100
Endpoint = Callable[[Request, Person], Awaitable[Response]]


def signed_in(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Finds the person of the session; whoever is none signs in, or has nothing here."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        reader: Reader | None = request.state.user
        if reader is None:
            return pages.redirect(request, f"/sign-in?next={HOME}")
        person = await belonging.person_of(reader.canonical)
        if person is None:
            return pages.redirect(request, "/me")
        return await endpoint(request, person)

    return guarded


def _actor(request: Request) -> Actor:
    """A member in the audit log: an id, and no name or address that would outlive an erasure."""
    reader: Reader | None = request.state.user
    return Actor(reader.user_id if reader else None, "member", limits.origin(request))


async def _ask_limit(request: Request, person: Person) -> None:
    await limits.limit("rights", "10/hour", str(person.id))
    await limits.limit("rights-origin", "60/hour", limits.client_address(request))


async def _page(
    request: Request, person: Person, *forms: Form, status: int = 200, said: str = ""
) -> Response:
    made = {type(each).__name__: each for each in forms}
    return pages.page(
        request,
        "rights/page.html",
        status=status,
        person=person,
        said=said,
        requests=await looking.own(person.id),
        correct=made.get("CorrectForm") or correct_form(person),
        address=made.get("AddressForm") or AddressForm(),
        erase=made.get("EraseForm") or EraseForm(),
        kinds=words.KINDS,
        states=words.STATES,
        tones=words.TONES,
    )


@signed_in
async def home(request: Request, person: Person) -> Response:
    """What may be asked for, and what was."""
    return await _page(request, person)


@signed_in
async def copy(request: Request, person: Person) -> Response:
    """Asks for a copy."""
    await _ask_limit(request, person)
    try:
        made = await asking.ask_copy(person.id, language=i18n.current(), actor=_actor(request))
    except Conflict as error:
        return pages.redirect(request, HOME, say=error.message, kind="warning")
    return pages.redirect(request, f"{HOME}/{made.id}")


@signed_in
async def correct(request: Request, person: Person) -> Response:
    """Asks for another name, language or country."""
    await _ask_limit(request, person)
    form = correct_form(person, await posted(request))
    if not form.validate():
        return await _page(request, person, form, status=422)
    wanted = form.changes(person)
    if not wanted:
        return pages.redirect(request, HOME, say=_("Nothing was changed."), kind="info")
    made = await asking.ask_correction(
        person.id, wanted, language=i18n.current(), actor=_actor(request)
    )
    return pages.redirect(request, f"{HOME}/{made.id}")


@signed_in
async def address(request: Request, person: Person) -> Response:
    """Asks for another address; the answer is the same whoever it belongs to.

    It opens an account with its roles: only that account's owner changes it, with a fresh proof.
    """
    if (proof := await guarding.must_prove(request)) is not None:
        return proof
    await _ask_limit(request, person)
    form = AddressForm(await posted(request))
    if form.validate():
        try:
            if request.state.user.canonical != person.canonical:
                raise Invalid(words.not_changed(), field="email")
            made = await asking.ask_address(
                person.id, form.email.data, language=i18n.current(), actor=_actor(request)
            )
            return pages.redirect(request, f"{HOME}/{made.id}")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, person, form, status=422)


@signed_in
async def erase(request: Request, person: Person) -> Response:
    """Asks for erasure, a day from now."""
    await _ask_limit(request, person)
    form = EraseForm(await posted(request))
    if not form.validate():
        return await _page(request, person, form, status=422)
    try:
        made = await asking.ask_erasure(person.id, language=i18n.current(), actor=_actor(request))
    except Conflict as error:
        return await _page(request, person, status=409, said=error.message)
    return pages.redirect(request, f"{HOME}/{made.id}")


async def _own(request: Request, person: Person) -> RightsRequest:
    return await looking.one(person.id, request.path_params["request"])


@signed_in
async def show(request: Request, person: Person) -> Response:
    """How far a request is, then its receipt."""
    return _shown(request, await _own(request, person), is_mine=True)


def _shown(request: Request, found: RightsRequest, *, is_mine: bool) -> Response:
    told = found.receipt or {}
    return pages.page(
        request,
        "rights/request.html",
        found=found,
        is_mine=is_mine,
        has_copy=found.kind == "access" and copying.is_there(found),
        kept_days=copying.KEPT.days,
        kinds=words.KINDS,
        states=words.STATES,
        tones=words.TONES,
        reasons=words.REASONS,
        changed=[str(words.FIELDS[each]) for each in told.get("fields", [])],
        lines=words.lines(told.get("counts", {})),
    )


@signed_in
async def take_back(request: Request, person: Person) -> Response:
    """The person stays."""
    found = await _own(request, person)
    await asking.take_back(found, actor=_actor(request))
    return pages.redirect(request, HOME, say=_("You stay. Nothing is erased."))


@signed_in
async def read(request: Request, person: Person) -> Response:
    """A copy as a page."""
    found = await _own(request, person)
    return pages.page(
        request,
        "rights/copy.html",
        found=found,
        sections=await copying.read(found, SHOWN),
        column=words.column,
        cell=words.cell,
    )


@signed_in
async def download(request: Request, person: Person) -> Response:
    """A copy as a file."""
    path = copying.path_of(await _own(request, person))
    response = FileResponse(path, media_type="application/json", filename="my-data.json")
    response.headers["cache-control"] = "private, no-store"
    return response


async def door_page(request: Request) -> Response:
    """From the preference centre: what can be asked for, and the button that sends a letter."""
    holder = await links.holder_of(request.path_params["token"])
    pages.speak(request, holder.person.language)
    return pages.page(
        request,
        "rights/door.html",
        token=request.path_params["token"],
        masked=masked(holder.person.email),
        is_sent=False,
    )


async def door(request: Request) -> Response:
    """A letter goes to the address with a way in; the link alone shows and changes nothing."""
    holder = await links.holder_of(request.path_params["token"])
    pages.speak(request, holder.person.language)
    await limits.limit("sign-in", "20/hour", limits.client_address(request))
    await limits.limit("sign-in-address", "5/hour", holder.person.canonical)
    await signing_in.ask(holder.person.canonical, browser="", next_path=HOME)
    return pages.page(
        request, "rights/door.html", token="", masked=masked(holder.person.email), is_sent=True
    )


async def receipt(request: Request) -> Response:
    """The receipt behind a link: it names nobody and stays when the person is gone."""
    token = request.path_params["token"]
    found = await looking.behind(asking.RECEIPT, token, is_dated=False)
    pages.speak(request, found.language)
    return _shown(request, found, is_mine=False)


async def keep_page(request: Request) -> Response:
    """The link in the letter about an erasure: a button, because scanners open links too."""
    found = await looking.behind(asking.KEEP, request.path_params["token"])
    return _answer_page(request, found, "keep")


async def keep(request: Request) -> Response:
    """The person stays."""
    found = await looking.behind(asking.KEEP, request.path_params["token"])
    pages.speak(request, found.language)
    await asking.take_back(found, actor=_actor(request))
    return pages.redirect(request, "/", say=_("You stay. Nothing is erased."))


async def address_page(request: Request) -> Response:
    """The link in the letter to a new address."""
    found = await looking.behind(asking.ADDRESS, request.path_params["token"])
    return _answer_page(request, found, "address")


async def confirm(request: Request) -> Response:
    """The new address is theirs."""
    found = await looking.behind(asking.ADDRESS, request.path_params["token"])
    pages.speak(request, found.language)
    await asking.confirm_address(found, actor=_actor(request))
    return pages.redirect(request, "/", say=_("Thank you. From now on we write to this address."))


def _answer_page(request: Request, found: RightsRequest, what: str) -> Response:
    if found.state != "waiting":
        raise NotFound(_("This link was used already, or it is too late for it."))
    pages.speak(request, found.language)
    return pages.page(
        request,
        "rights/answer.html",
        what=what,
        action=f"/my-data/{what}/{request.path_params['token']}",
        found=found,
    )


routes = [
    Route(HOME, home, methods=["GET"]),
    Route(f"{HOME}/copy", copy, methods=["POST"]),
    Route(f"{HOME}/correct", correct, methods=["POST"]),
    Route(f"{HOME}/address", address, methods=["POST"]),
    Route(f"{HOME}/erase", erase, methods=["POST"]),
    Route(HOME + "/{request:int}", show, methods=["GET"]),
    Route(HOME + "/{request:int}/keep", take_back, methods=["POST"]),
    Route(HOME + "/{request:int}/read", read, methods=["GET"]),
    Route(HOME + "/{request:int}/file", download, methods=["GET"]),
    Route("/my-data/keep/{token}", keep_page, methods=["GET"]),
    Route("/my-data/keep/{token}", keep, methods=["POST"]),
    Route("/my-data/address/{token}", address_page, methods=["GET"]),
    Route("/my-data/address/{token}", confirm, methods=["POST"]),
    Route("/my-data/receipt/{token}", receipt, methods=["GET"]),
    Route("/my-data/{token}", door_page, methods=["GET"]),
    Route("/my-data/{token}", door, methods=["POST"]),
]
