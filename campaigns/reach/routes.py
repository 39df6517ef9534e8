"""The reach page of a campaign, its CSV tables, and the list of campaigns for each reader."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.chapters.directory import region_name, short_name
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render import i18n
from advocacy.web import pages
from advocacy.web.access import requires
from campaigns import console, lifecycle
from campaigns.editions.models import Edition
from campaigns.models import Campaign
from campaigns.reach import exports, pictures, reports
from campaigns.reach.measuring import DEFINITIONS, PLACING
from campaigns.reach.reports import Report


async def _report(request: Request) -> tuple[Campaign, Report]:
    """The campaign's report; a chapter that only holds an edition sees its own part."""
    chapter: Chapter = request.state.chapter
    campaign = await Campaign.get_or_none(slug=request.path_params["campaign"])
    if campaign is None:
        raise NotFound()
    if campaign.chapter_id == chapter.id:
        return campaign, await reports.of(campaign)
    if not await Edition.exists(campaign_id=campaign.id, chapter_id=chapter.id):
        raise NotFound()
    return campaign, await reports.of(campaign, chapter=chapter)


@requires("reach.see")
async def page(request: Request) -> Response:
    """What a campaign reached: figures, funnel, curve, map, tables, and how each is counted."""
    campaign, report = await _report(request)
    return pages.page(
        request,
        "reach/page.html",
        side=console.side(request, "reach"),
        chapter=request.state.chapter,
        campaign=campaign,
        report=report,
        figures=[
            (each.key, each.label, report.totals[each.key], each.sentence) for each in DEFINITIONS
        ],
        placing=PLACING,
        pictures=await pictures.draw(report),
        tables=_tables(report),
    )


def _tables(report: Report) -> dict[str, list[dict[str, Any]]]:
    named = {
        "chapters": [(line, short_name(line.name)) for line in report.chapters],
        "regions": [(line, region_name(line.key)) for line in report.regions],
        "countries": [(line, i18n.country(line.key)) for line in report.countries],
    }
    return {
        table: [{"name": name, "line": line} for line, name in lines]
        for table, lines in named.items()
    }


@requires("reach.see")
async def table(request: Request) -> Response:
    """One table of the report as CSV."""
    campaign, report = await _report(request)
    name = request.path_params["table"]
    header, rows = exports.table(report, name)
    filename = f"{campaign.slug}-{name}-{report.cut_off.date().isoformat()}.csv"
    return Response(
        exports.as_csv(header, rows).encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{filename}"'},
    )


@requires("reach.see")
async def index(request: Request) -> Response:
    """The chapter's campaigns with their figures; all campaigns for headquarters."""
    chapter: Chapter = request.state.chapter
    everything = chapter.is_headquarters and request.state.user.may_everywhere("reach.see")
    rows = []
    for campaign in await _campaigns(chapter, everything=everything):
        own = everything or campaign.chapter_id == chapter.id
        totals = await reports.totals_of(campaign, chapter=None if own else chapter)
        home = campaign.chapter.slug if everything else chapter.slug
        rows.append({"campaign": campaign, "totals": totals, "home": home})
    return pages.page(
        request,
        "reach/index.html",
        side=console.side(request, "reach"),
        chapter=chapter,
        rows=rows,
        state_label=lifecycle.state_label,
    )


async def _campaigns(chapter: Chapter, *, everything: bool) -> list[Campaign]:
    shown = Campaign.filter(state__in=("live", "paused", "ended")).order_by("-launched_at")
    if not everything:
        shown = shown.filter(editions__chapter_id=chapter.id)
    return await shown.select_related("chapter").limit(100)


async def how_we_count(request: Request) -> Response:
    """The definitions behind every published number."""
    return pages.page(
        request,
        "reach/how_we_count.html",
        shared=True,
        definitions=DEFINITIONS,
        placing=PLACING,
    )


routes = [
    Route("/how-we-count", how_we_count, methods=["GET"]),
    Route("/console/{chapter}/reach", index, methods=["GET"]),
    Route("/console/{chapter}/campaigns/{campaign}/reach", page, methods=["GET"]),
    Route("/console/{chapter}/campaigns/{campaign}/reach/{table}.csv", table, methods=["GET"]),
]
