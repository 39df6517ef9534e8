"""The team of a chapter: who holds which role, giving and taking it, handing the lead over."""

from datetime import UTC, datetime
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk
from advocacy.chapters.directory import REGIONS, region_name, short_name
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.identity import guarding
from advocacy.identity.permissions import Reader
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.team import giving, handing, looking, roles, terms
from advocacy.team.forms import GiveForm, HandForm, ProlongForm, give_form
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import posted


@requires("team.see")
async def page(request: Request) -> Response:
    """Who holds which role, since when, given by whom, until when, and last seen."""
    return await _page(request)


async def _page(
    request: Request,
    *,
    form: GiveForm | None = None,
    hand: HandForm | None = None,
    status: int = 200,
) -> Response:
    chapter: Chapter = request.state.chapter
    reader: Reader = request.state.user
    is_lead = await handing.leading(chapter, reader.user_id) is not None
    with i18n.use(i18n.current(), chapter.zone):
        return desk.page(
            request,
            "team/page.html",
            status=status,
            current="team",
            base=f"/console/{chapter.slug}/team",
            team=await looking.team(chapter, reader),
            form=form or give_form(request),
            hand=(hand or HandForm()) if is_lead else None,
            offer=await looking.open_offer(chapter),
            may_give=roles.may_give(reader, chapter),
            may=roles.MAY,
            terms=terms.TERMS,
            region_name=region_name,
            reader=reader,
            unled=await _unled() if chapter.is_headquarters else None,
            short_name=short_name,
        )


async def _unled() -> list[tuple[str, list[looking.Unled]]]:
    found = await looking.unled()
    return [
        (region_name(region), list(listed))
        for region, listed in groupby(found, key=lambda each: each.region)
    ]


@requires("grants.manage")
async def give(request: Request) -> Response:
    """Gives a role to an address."""
    chapter: Chapter = request.state.chapter
    form = give_form(request, await posted(request))
    if not form.validate():
        return await _page(request, form=form, status=422)
    try:
        wish = giving.Wish(
            email=form.email.data,
            role=form.role.data,
            until=terms.end_of(form.term.data, form.day.data, chapter),
            name=form.name.data or "",
            region=_region(form),
        )
        await giving.give(chapter, wish, by=request.state.user, actor=actor_of(request))
    except Invalid as error:
        form.refuse(error)
        return await _page(request, form=form, status=422)
    except Conflict as error:
        form.refuse(Invalid(error.message))
        return await _page(request, form=form, status=409)
    return pages.redirect(
        request,
        f"/console/{chapter.slug}/team",
        say=_("The role is given. A letter is on its way."),
    )


def _region(form: GiveForm) -> str:
    if form.role.data != "regional_manager":
        return ""
    if form.region.data not in REGIONS:
        raise Invalid(_("Choose the region."), field="region")
    return str(form.region.data)


@requires("grants.manage")
async def withdraw(request: Request) -> Response:
    """Takes a role away."""
    chapter: Chapter = request.state.chapter
    reader: Reader = request.state.user
    grant_id = request.path_params["grant"]
    is_own = (await giving.find(chapter, grant_id)).user_id == reader.user_id
    await giving.withdraw(chapter, grant_id, by=reader, actor=actor_of(request))
    if is_own:
        return pages.redirect(request, "/me", say=_("You have given the role up."))
    return pages.redirect(
        request, f"/console/{chapter.slug}/team", say=_("The role is withdrawn at once.")
    )


@requires("grants.manage")
async def prolong(request: Request) -> Response:
    """Changes until when a role is held."""
    chapter: Chapter = request.state.chapter
    form = ProlongForm(await posted(request))
    await giving.find(chapter, request.path_params["grant"])
    back = f"/console/{chapter.slug}/team"
    try:
        if not form.validate():
            raise Invalid(_("Choose until when."))
        await giving.prolong(
            chapter,
            request.path_params["grant"],
            terms.end_of(form.term.data, form.day.data, chapter),
            seen=_seen(form.seen.data or ""),
            by=request.state.user,
            actor=actor_of(request),
        )
    except Invalid as error:
        return pages.redirect(request, back, say=error.message, kind="warning")
    return pages.redirect(request, back, say=_("The new end of the role is kept."))


def _seen(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(_("Choose until when.")) from None


@requires("grants.manage")
async def offer(request: Request) -> Response:
    """Offers the leadership to somebody else."""
    chapter: Chapter = request.state.chapter
    form = HandForm(await posted(request))
    if not form.validate():
        return await _page(request, hand=form, status=422)
    try:
        await handing.offer(
            chapter,
            form.to.data,
            stays=form.after.data == "stay",
            by=request.state.user,
            actor=actor_of(request),
        )
    except Invalid as error:
        form.refuse(error)
        return await _page(request, hand=form, status=422)
    return pages.redirect(
        request,
        f"/console/{chapter.slug}/team",
        say=_("The offer is on its way by letter. You lead until it is accepted."),
    )


@requires("grants.manage")
async def take_back(request: Request) -> Response:
    """Takes an offered leadership back."""
    chapter: Chapter = request.state.chapter
    await handing.take_back(
        chapter, request.path_params["handover"], by=request.state.user, actor=actor_of(request)
    )
    return pages.redirect(
        request, f"/console/{chapter.slug}/team", say=_("The offer is taken back.")
    )


async def offered(request: Request) -> Response:
    """What the letter opens: who offers what, and two buttons."""
    reader: Reader | None = request.state.user
    if reader is None:
        return await guarding.to_sign_in(request, request.scope["path"])
    found = await handing.find(request.path_params["handover"], reader.user_id)
    return pages.page(
        request, "team/offered.html", offer=found, may=roles.MAY[roles.LEAD], is_open=found.is_open
    )


async def accept(request: Request) -> Response:
    """Swaps the roles; asks for a proof of late, as giving a role does."""
    reader: Reader | None = request.state.user
    handover_id = request.path_params["handover"]
    if reader is None:
        return await guarding.to_sign_in(request, f"/me/handovers/{handover_id}")
    proof = await guarding.must_prove(request)
    if proof is not None:
        return proof
    done = await handing.accept(handover_id, user_id=reader.user_id, actor=actor_of(request))
    return pages.redirect(
        request,
        f"/console/{done.chapter.slug}",
        say=_("You lead %(name)s now.", name=done.chapter.name),
    )


async def decline(request: Request) -> Response:
    """Says no to the leadership."""
    reader: Reader | None = request.state.user
    handover_id = request.path_params["handover"]
    if reader is None:
        return await guarding.to_sign_in(request, f"/me/handovers/{handover_id}")
    await handing.decline(handover_id, user_id=reader.user_id, actor=actor_of(request))
    return pages.redirect(request, "/me", say=_("You have declined. Nothing has changed."))


TEAM = "/console/{chapter}/team"
routes = [
    Route(TEAM, page, methods=["GET"]),
    Route(TEAM, give, methods=["POST"]),
    Route(f"{TEAM}/offer", offer, methods=["POST"]),
    Route(f"{TEAM}/{{grant:int}}/withdraw", withdraw, methods=["POST"]),
    Route(f"{TEAM}/{{grant:int}}/prolong", prolong, methods=["POST"]),
    Route(f"{TEAM}/offers/{{handover:int}}/take-back", take_back, methods=["POST"]),
    Route("/me/handovers/{handover:int}", offered, methods=["GET"]),
    Route("/me/handovers/{handover:int}/accept", accept, methods=["POST"]),
    Route("/me/handovers/{handover:int}/decline", decline, methods=["POST"]),
]
