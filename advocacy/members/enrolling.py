"""Memberships: begun, ended and dated. What a chapter may write about is consent's own affair."""

from datetime import timedelta

from advocacy import db, moment
from advocacy.members import consent, veiling
from advocacy.members.models import Membership

SECOND_THOUGHTS = timedelta(days=1)


async def enrol(person_id: int, chapter_id: int) -> None:
    """Makes the person a current member as of today; repeating it changes nothing.

    They said so themselves, so that the chapter sees them as they are from now on.
    """
    now = moment.now()
    await db.execute(
        "INSERT INTO advocacy_membership (person_id, chapter_id, state, joined_on, created_at)"
        " VALUES ($1, $2, 'current', $3, $4) ON CONFLICT (person_id, chapter_id)"
        " DO UPDATE SET state = 'current', joined_on = excluded.joined_on, left_on = NULL"
        " WHERE advocacy_membership.state <> 'current'",
        person_id,
        chapter_id,
        now.date(),
        now,
    )
    await veiling.lift(person_id, chapter_id)


async def leave(
    person_id: int,
    chapter_id: int,
    *,
    basis: str = "signed_in",
    page: str = "",
    origin: str = "",
) -> bool:
    """Leaves a chapter as of today; its letters stop too. True when they were a member."""
    async with db.transaction():
        left = await Membership.filter(
            person_id=person_id, chapter_id=chapter_id, state="current"
        ).update(state="left", left_on=moment.now().date())
        await consent.withdraw(person_id, chapter_id, basis=basis, page=page, origin=origin)
    return left == 1


async def stay(person_id: int, chapter_id: int) -> bool:
    """Takes back a leaving of today or yesterday: a member as before, since the day they joined."""
    back = await Membership.filter(
        person_id=person_id,
        chapter_id=chapter_id,
        state="left",
        left_on__gte=moment.now().date() - SECOND_THOUGHTS,
    ).update(state="current", left_on=None)
    return back == 1
