"""First pages: the public one, the way into the console, a chapter's desk, headquarters."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.chapters import directory
from advocacy.chapters.models import HEADQUARTERS
from advocacy.errors import Forbidden
from advocacy.identity.permissions import Reader
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.worldmap import Point, world
from advocacy.team import looking as team
from advocacy.web import pages
from advocacy.web.access import requires
from campaigns import console, lifecycle
from campaigns.actions.listing import public_list
from campaigns.front import attending, looking, pulse
from campaigns.workbench import showing

SHOWN = 4


async def home(request: Request) -> Response:
    """What this is, what people can act on today, and the way to their chapter."""
    listed = await public_list(limit=SHOWN)
    chapters = await directory.search()
    points = [Point(each.country_code, each.name, place=each.place) for each in chapters]
    return pages.page(
        request,
        "campaigns/home.html",
        shared=True,
        open_campaigns=[each for each in listed if each.state == "live"],
        chapters=len(chapters),
        members=(await looking.growth()).members,
        map=world(points, title=_("Chapters around the world")),
    )


@requires("console.enter")
async def enter(request: Request) -> Response:
    """Straight to headquarters or to the one chapter; a list for those who have several."""
    reader: Reader = request.state.user
    if reader.may_somewhere("hq.see"):
        return pages.redirect(request, "/console/hq")
    chapters = await looking.chapters_of(reader)
    if not chapters:
        raise Forbidden(_("Your role does not allow this."))
    if len(chapters) == 1:
        return pages.redirect(request, f"/console/{chapters[0].slug}")
    members = await looking.members_by_chapter()
    return pages.page(
        request,
        "console/chapters.html",
        side=console.side(request, "chapters"),
        short_name=directory.short_name,
        chapters=[(each, members.get(each.id, 0)) for each in chapters],
    )


@requires("hq.see")
async def headquarters(request: Request) -> Response:
    """All campaigns at a glance by state, and chapters by region with their members; no names."""
    campaigns = await showing.everywhere()
    regions = [
        (directory.region_name(name), entries, total)
        for name, entries, total in await looking.by_region()
    ]
    return pages.page(
        request,
        "console/hq.html",
        side=console.side(request, "home"),
        chapter=request.state.chapter,
        states=_by_state(campaigns),
        growth=await looking.growth(),
        unled=await team.unled_count(),
        regions=regions,
        short_name=directory.short_name,
        acted=sum(each.count for each in campaigns),
        recent=sum(each.recent for each in campaigns),
        may=_may(request),
        state_label=lifecycle.state_label,
    )


@requires("chapter.see")
async def desk(request: Request) -> Response:
    """A chapter's overview: what needs attention, live campaigns, members, the next mailing."""
    chapter, reader = request.state.chapter, request.state.user
    if chapter.slug == HEADQUARTERS:
        return await headquarters(request)
    with i18n.use(i18n.current(), chapter.zone):
        campaigns = await showing.of_chapter(chapter)
        return pages.page(
            request,
            "console/home.html",
            side=console.side(request, "home"),
            chapter=chapter,
            campaigns=campaigns,
            live=[each for each in campaigns if each.campaign.state in ("live", "paused")],
            notices=[
                *await attending.members(chapter, reader),
                *await looking.notices(chapter, campaigns, reader),
            ],
            growth=await looking.growth(chapter),
            curve=await pulse.growth(chapter),
            tongues=await pulse.languages(chapter),
            engagement=await pulse.engagement(chapter),
            mailing=await looking.next_mailing(chapter),
            may=_may(request),
            state_label=lifecycle.state_label,
        )


def _may(request: Request) -> object:
    reader, chapter = request.state.user, request.state.chapter
    return lambda verb: reader.may(verb, chapter)


def _by_state(campaigns: list[showing.Shown]) -> list[tuple[str, list[showing.Shown]]]:
    return [
        (state, listed)
        for state in showing.ORDER
        if (listed := [each for each in campaigns if each.campaign.state == state])
    ]


routes = [
    Route("/", home, methods=["GET"]),
    Route("/console", enter, methods=["GET"]),
    Route("/console/{chapter}", desk, methods=["GET"]),
]
