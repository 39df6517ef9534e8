"""What campaigns show beside one member to their chapter's staff: this chapter's and no other's."""

from markupsafe import Markup
from starlette.requests import Request

from advocacy.chapters.models import Chapter
from advocacy.render.templates import render
from advocacy.web.pages import link
from campaigns.actions.models import Action
from campaigns.mailings.models import Delivery

MOST = 20


async def beside_card(request: Request, chapter: Chapter, person_id: int) -> Markup:
    """What the person did on this chapter's pages and which of its letters they got."""
    acted = Action.filter(person_id=person_id, chapter_id=chapter.id, state="confirmed")
    got = Delivery.filter(
        person_id=person_id, mailing__chapter_id=chapter.id, sent_at__isnull=False
    )
    context = {
        "url": lambda path: link(request, path),
        "desk": f"/console/{chapter.slug}",
        "acted": await acted.count(),
        "chapter_id": chapter.id,
        "actions": await acted.select_related("campaign", "page").order_by("-id").limit(MOST),
        "got": await got.count(),
        "deliveries": await got.select_related("mailing").order_by("-sent_at", "-id").limit(MOST),
    }
    return Markup(render("front/member_card.html", context))  # noqa: S704
