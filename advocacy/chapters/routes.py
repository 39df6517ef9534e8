"""The public directory of chapters."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.chapters import directory
from advocacy.render.i18n import gettext as _
from advocacy.render.worldmap import Point, world
from advocacy.web import pages


async def chapters(request: Request) -> Response:
    """All chapters by region, with a search and a map; or those that match."""
    wanted = request.query_params.get("q", "")[:100].strip()
    entries = await directory.search(wanted)
    points = [
        Point(entry.country_code, entry.name, region=entry.region, place=entry.place)
        for entry in entries
    ]
    return pages.page(
        request,
        "chapters/directory.html",
        shared=True,
        wanted=wanted,
        groups=directory.grouped(entries),
        total=len(entries),
        map=world(points, title=_("Chapters around the world")) if entries else "",
    )


routes = [Route("/chapters", chapters, methods=["GET"])]
