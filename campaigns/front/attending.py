"""What needs a chapter's attention today among its members and its staff."""

from datetime import timedelta

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.identity.models import Grant
from advocacy.identity.permissions import Reader
from advocacy.members.models import SignUp
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext
from advocacy.rolls.models import RollUpload
from campaigns.front.looking import Notice

STALE = timedelta(days=2)
WEEK = timedelta(days=7)
SOON = timedelta(days=14)


async def members(chapter: Chapter, reader: Reader) -> list[Notice]:
    """Rolls that wait for a decision, sign-ups nobody confirmed, addresses that stopped working,
    and roles that end soon; each only for those who can do something about it."""
    found: list[Notice] = []
    base = f"/console/{chapter.slug}"
    if reader.may("members.import", chapter):
        found += await _rolls(chapter, base)
    if reader.may("members.see", chapter):
        found += await _unconfirmed(chapter, base)
        found += await _unreachable(chapter, base)
    if reader.may("grants.manage", chapter):
        found += await _ending_roles(chapter, base)
    return found


async def _rolls(chapter: Chapter, base: str) -> list[Notice]:
    waiting = await RollUpload.filter(chapter_id=chapter.id, state="checked").order_by("id").first()
    if waiting is None:
        return []
    text = _("“%(name)s” has been checked and waits to be imported.", name=waiting.filename)
    return [Notice(text, _("Look at the roll"), f"{base}/rolls/{waiting.id}")]


async def _unconfirmed(chapter: Chapter, base: str) -> list[Notice]:
    now = moment.now()
    count = await SignUp.filter(
        chapter_id=chapter.id,
        confirmed_at__isnull=True,
        created_at__lt=now - STALE,
        created_at__gt=now - WEEK,
    ).count()
    if not count:
        return []
    text = ngettext(
        "%(num)s person signed up this week and has not confirmed yet.",
        "%(num)s people signed up this week and have not confirmed yet.",
        count,
    )
    return [Notice(text, _("Look at the chapter's page"), f"/chapters/{chapter.slug}")]


async def _unreachable(chapter: Chapter, base: str) -> list[Notice]:
    count = await db.value(
        "SELECT COUNT(DISTINCT d.person_id) FROM campaigns_delivery d"
        " JOIN campaigns_mailing l ON l.id = d.mailing_id"
        " JOIN advocacy_membership m ON m.person_id = d.person_id AND m.chapter_id = l.chapter_id"
        " WHERE l.chapter_id = $1 AND m.state = 'current' AND d.status = 'bounced'"
        " AND d.bounced_at > $2",
        chapter.id,
        moment.now() - WEEK,
    )
    if not count:
        return []
    text = ngettext(
        "Letters to %(num)s member came back this week.",
        "Letters to %(num)s members came back this week.",
        int(count),
    )
    return [Notice(text, _("Look at the mailings"), f"{base}/mailings")]


async def _ending_roles(chapter: Chapter, base: str) -> list[Notice]:
    now = moment.now()
    ending = Grant.filter(
        chapter_id=chapter.id,
        revoked_at__isnull=True,
        expires_at__gt=now,
        expires_at__lt=now + SOON,
    )
    first = await ending.order_by("expires_at", "id").select_related("user").first()
    if first is None:
        return []
    text = _(
        "The role of %(name)s ends on %(day)s.",
        name=first.user.name or first.user.email,
        day=i18n.day(first.expires_at),
    )
    return [Notice(text, _("Look at the team"), f"{base}/team")]
