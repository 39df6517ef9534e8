"""The guard of every staff route: a session, a chapter from the path, a grant for the verb."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from advocacy.chapters.models import Chapter
from advocacy.errors import Forbidden, NotFound
from advocacy.identity.permissions import Reader
from advocacy.render.i18n import gettext as _
from advocacy.settings import Settings
from advocacy.web.pages import link


def session_cookie(settings: Settings) -> str:
    """The cookie's name; with https its prefix forbids other hosts and paths to set it."""
    return "__Host-session" if settings.base_url.startswith("https") else "session"


async def guard(request: Request, verb: str) -> Response | None:
    """Passes with `request.state.chapter` set, sends nobody to sign in, or raises.

    `{chapter}` in the path is a chapter's slug (`hq` for headquarters). Raises NotFound for an
    unknown chapter and Forbidden when no grant of the reader allows the verb there.
    """
    reader: Reader | None = request.state.user
    if reader is None:
        target = quote(link(request, request.scope["path"]), safe="/")
        return RedirectResponse(link(request, f"/sign-in?next={target}"), status_code=303)
    slug = request.path_params.get("chapter")
    if slug is None:
        if not reader.may_somewhere(verb):
            raise Forbidden(_("Your role does not allow this."))
        return None
    chapter = await Chapter.get_or_none(slug=slug)
    if chapter is None:
        raise NotFound()
    if not reader.may(verb, chapter):
        raise Forbidden(_("Your role does not allow this in this chapter."))
    request.state.chapter = chapter
    return None
