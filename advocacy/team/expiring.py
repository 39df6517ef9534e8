"""Roles that end soon: their holders are told, and those who can prolong them."""

from datetime import timedelta

from advocacy import db, moment
from advocacy.identity.models import Grant
from advocacy.team import owing, roles

NOTICE = timedelta(days=14)


async def warn() -> int:
    """Owes one letter for each end within 14 days to the holder and to whoever can prolong it:
    the other leads of the chapter, or the directors. Returns how many roles end. Repeatable."""
    now = moment.now()
    ending = await Grant.filter(
        revoked_at__isnull=True, expires_at__gt=now, expires_at__lte=now + NOTICE
    )
    for held in ending:
        if held.expires_at is None:
            continue
        day = held.expires_at.date()
        async with db.transaction():
            await owing.owe("expiring", held, held.user_id, on=day)
            for other in await _keepers(held):
                await owing.owe("expiring", held, other, on=day)
    return len(ending)


async def _keepers(held: Grant) -> set[int]:
    role = roles.LEAD if held.chapter_id else "hq_director"
    others = await Grant.filter(role=role, chapter_id=held.chapter_id, revoked_at__isnull=True)
    now = moment.now()
    return {
        each.user_id
        for each in others
        if each.user_id != held.user_id and (each.expires_at is None or each.expires_at > now)
    }
