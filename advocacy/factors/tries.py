"""Wrong codes: five, then a wait that doubles. Kept in rows, so that a restart forgives nothing."""

from datetime import datetime, timedelta

from advocacy import db, moment
from advocacy.errors import TooMany
from advocacy.factors.models import CodeTries
from advocacy.render.i18n import gettext as _

FREE = 5
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
FORGOTTEN_AFTER = timedelta(hours=48)


def wait_after(wrong: int) -> timedelta:
    """How long no code is taken after so many wrong ones: 15 minutes at the fifth, then double."""
    if wrong == 0 or wrong % FREE:
        return timedelta()
    doubled: int = 2 ** min(wrong // FREE - 1, 20)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


async def spend(user_id: int) -> None:
    """Counts one try, before the code is looked at: guesses sent at once count one by one.

    Must be committed whatever the code turns out to be. Raises TooMany while none is taken; the
    wait is for codes alone, a passkey still opens.
    """
    now = moment.now()
    async with db.transaction():
        held = await db.row(
            "INSERT INTO advocacy_code_tries (user_id, wrong, tried_at) VALUES ($1, 1, $2)"
            " ON CONFLICT (user_id) DO UPDATE SET tried_at = excluded.tried_at,"
            " wrong = CASE WHEN advocacy_code_tries.tried_at < $3 THEN 1"
            " ELSE advocacy_code_tries.wrong + 1 END"
            " WHERE advocacy_code_tries.closed_until IS NULL"
            " OR advocacy_code_tries.closed_until <= $2"
            " RETURNING wrong",
            user_id,
            now,
            now - FORGOTTEN_AFTER,
        )
        wait = wait_after(held["wrong"]) if held is not None else timedelta()
        if wait:
            await CodeTries.filter(user_id=user_id).update(closed_until=now + wait)
    if held is None:
        tries = await CodeTries.get(user_id=user_id)
        raise _closed(tries.closed_until or now, now)


def _closed(until: datetime, now: datetime) -> TooMany:
    seconds = max(1, int((until - now).total_seconds()))
    return TooMany(
        _("Too many wrong codes. Wait a while, then try again, or use a passkey."),
        retry_after=seconds,
    )


async def forgive(user_id: int) -> None:
    """A right code: the count begins again."""
    await CodeTries.filter(user_id=user_id).update(wrong=0, closed_until=None)
