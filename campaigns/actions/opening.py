"""Opening an action page on an edition: a kind of action, an address, a goal."""

from advocacy import db, moment
from advocacy.errors import Invalid
from advocacy.render.i18n import gettext as _
from campaigns import slugs
from campaigns.actions.models import KINDS, ActionPage
from campaigns.editions.models import Edition


async def open_page(edition: Edition, kind: str, *, slug: str, goal: int) -> ActionPage:
    """A page for one kind of action at `/a/{slug}`, or at the nearest free address.

    Raises Invalid for an unknown kind or a goal below one.
    """
    if kind not in KINDS:
        raise Invalid(_("We do not know this kind of action."), field="kind")
    if goal < 1:
        raise Invalid(_("Set a goal of at least one."), field="goal")
    async with db.transaction():
        free = await slugs.free("campaigns_action_page", slug)
        return await ActionPage.create(
            edition=edition, kind=kind, slug=free, goal=goal, created_at=moment.now()
        )


async def set_goal(edition: Edition, goal: int) -> None:
    """The same goal for every page of an edition."""
    await ActionPage.filter(edition_id=edition.id).update(goal=goal)
