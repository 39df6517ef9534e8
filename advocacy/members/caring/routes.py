"""The settings page of a chapter."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from advocacy.audit.recording import actor_of
from advocacy.chapters import desk, safety
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.members import protecting
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext
from advocacy.web import pages
from advocacy.web.access import requires
from advocacy.web.forms import posted


@requires("chapter.settings")
async def settings_page(request: Request) -> Response:
    """The safety profiles and what each means."""
    return await _page(request)


@requires("chapter.settings")
async def choose(request: Request) -> Response:
    """Takes a profile; says what was removed."""
    chapter: Chapter = request.state.chapter
    data = await posted(request)
    name, was = str(data.get("safety", "")), str(data.get("was", ""))
    try:
        done = await protecting.choose(chapter, name, was=was, actor=actor_of(request))
    except (Invalid, Conflict) as wrong:
        request.state.chapter = await Chapter.get(id=chapter.id)
        return await _page(request, status=wrong.status, wrong=wrong.message)
    said = [_("The profile is set.")]
    if done.origins:
        text = "%(num)s address of origin was removed.", "%(num)s addresses of origin were removed."
        said.append(ngettext(*text, done.origins))
    if done.clicks:
        said.append(
            ngettext("%(num)s click was removed.", "%(num)s clicks were removed.", done.clicks)
        )
    return pages.redirect(request, f"/console/{chapter.slug}/settings", say=" ".join(said))


async def _page(request: Request, *, status: int = 200, wrong: str = "") -> Response:
    chapter: Chapter = request.state.chapter
    return desk.page(
        request,
        "members/settings.html",
        status=status,
        current="settings",
        profiles=list(safety.PROFILES.values()),
        in_force=safety.of(chapter),
        names=profile_names(),
        origins=await protecting.stored_origins(chapter.id),
        wrong=wrong,
    )


def profile_names() -> dict[str, str]:
    """What the profiles are called in the reader's language."""
    return {"open": _("Open"), "careful": _("Careful"), "strict": _("Strict")}


routes = [
    Route("/console/{chapter}/settings", settings_page, methods=["GET"]),
    Route("/console/{chapter}/settings", choose, methods=["POST"]),
]
