"""A mailing's life: `draft -> scheduled -> calculating -> sending -> sent`, or `stopped`.

Every step is one counted UPDATE from the states that allow it, so two presses, two workers or a
repeated message take it once. Rings only hurry: `sweep` finds in the rows what was lost.
"""

from datetime import datetime, timedelta

from advocacy import db, moment, queue
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.render.i18n import gettext as _
from campaigns.mailings import aiming, audience, claiming, composing, lettering
from campaigns.mailings.models import Mailing

CHAINS = 8
QUIET = timedelta(seconds=15)

_OPEN = ", ".join(f"'{status}'" for status in claiming.OPEN)


async def schedule(
    chapter: Chapter,
    mailing_id: int,
    *,
    version: int,
    at: datetime | None = None,
    actor: Actor = SYSTEM,
) -> Mailing:
    """Sends a draft at a moment, or now when none is given.

    Raises Invalid for a moment that has passed and for an empty audience, Conflict when it is a
    draft no more or was edited meanwhile.
    """
    now = moment.now()
    if at is not None and at <= now:
        raise Invalid(_("Choose a time that is still to come."), field="send_at")
    async with db.transaction():
        taken = await db.execute(
            "UPDATE campaigns_mailing SET state = 'scheduled', send_at = $1, version = version + 1"
            " WHERE id = $2 AND chapter_id = $3 AND version = $4 AND state = 'draft'",
            at or now,
            mailing_id,
            chapter.id,
            version,
        )
        mailing = await composing.held(chapter, mailing_id)
        if not taken:
            raise Conflict(_("This mailing has changed since you opened it. Look at it again."))
        if not await composing.texts_of(mailing):
            raise Invalid(_("Write the mailing in at least one language."))
        mailing.question = await aiming.asked(mailing)
        size = await audience.count(mailing)
        if not size:
            raise Invalid(_("Nobody would get this mailing. Widen the audience."))
        # What is expected; freezing puts the true number in its place.
        await Mailing.filter(id=mailing_id).update(audience_size=size, question=mailing.question)
        if at is None:
            await queue.after_commit("mailings.start", mailing_id)
        await _note("send" if at is None else "schedule", chapter, mailing_id, actor, people=size)
    return mailing


async def unschedule(chapter: Chapter, mailing_id: int, *, actor: Actor = SYSTEM) -> None:
    """Makes a scheduled mailing a draft again. Raises Conflict when its sending has begun."""
    async with db.transaction():
        await _move(
            chapter,
            mailing_id,
            "state = 'draft', send_at = NULL, audience_size = 0, question = NULL,"
            " version = version + 1",
            "state = 'scheduled'",
        )
        await _note("unschedule", chapter, mailing_id, actor)


async def start(mailing_id: int) -> None:
    """Freezes the audience of a mailing that is due and rings its first batches.

    Killed anywhere and repeated, the audience is whole and nobody is in it twice.
    """
    await db.execute(
        "UPDATE campaigns_mailing SET state = 'calculating', rung_at = $1"
        " WHERE id = $2 AND state = 'scheduled' AND send_at <= $1",
        moment.now(),
        mailing_id,
    )
    async with db.transaction():
        mine = await db.execute(
            "UPDATE campaigns_mailing SET rung_at = $1 WHERE id = $2 AND state = 'calculating'",
            moment.now(),
            mailing_id,
        )
        if not mine:
            return
        mailing = await Mailing.get(id=mailing_id)
        await lettering.keep_links(mailing)
        size = await audience.freeze(mailing)
        await db.execute(
            "UPDATE campaigns_mailing SET state = 'sending', audience_size = $1, started_at = $2,"
            " rung_at = $2 WHERE id = $3",
            size,
            moment.now(),
            mailing_id,
        )
    # A hundred thousand new rows that no statistics know of make a planner read them all.
    if db.dialect() == "postgres":
        await db.execute("ANALYZE campaigns_delivery")
    for _each in range(min(CHAINS, size // claiming.BATCH + 1)):
        await queue.ring_now("mailings.send_batch", mailing_id)


async def start_due() -> None:
    """Rings every scheduled mailing whose time has come."""
    due = await db.rows(
        "SELECT id FROM campaigns_mailing WHERE state = 'scheduled' AND send_at <= $1",
        moment.now(),
    )
    for each in due:
        await queue.ring_now("mailings.start", int(each["id"]))


async def pause(chapter: Chapter, mailing_id: int, *, actor: Actor = SYSTEM) -> None:
    """Holds the sending within one small group. Raises Conflict when it is not under way."""
    async with db.transaction():
        await _move(chapter, mailing_id, "is_paused = TRUE", "state = 'sending' AND NOT is_paused")
        await _note("pause", chapter, mailing_id, actor)


async def resume(chapter: Chapter, mailing_id: int, *, actor: Actor = SYSTEM) -> None:
    """Goes on after a pause or a stop. Raises Conflict where there is nothing to resume."""
    async with db.transaction():
        await _move(
            chapter,
            mailing_id,
            "state = 'sending', is_paused = FALSE, finished_at = NULL",
            "(state = 'stopped' OR (state = 'sending' AND is_paused))",
        )
        await _ring(mailing_id)
        await _note("resume", chapter, mailing_id, actor)


async def stop(chapter: Chapter, mailing_id: int, *, actor: Actor = SYSTEM) -> None:
    """Ends the sending within one small group; who has not got it stays queued for a resume."""
    async with db.transaction():
        await _move(
            chapter,
            mailing_id,
            "state = 'stopped', is_paused = FALSE, finished_at = $3",
            "state = 'sending'",
            moment.now(),
        )
        await _note("stop", chapter, mailing_id, actor)


async def send_unknown_again(chapter: Chapter, mailing_id: int, *, actor: Actor = SYSTEM) -> int:
    """Queues the deliveries whose outcome is unknown; those who got the letter get it twice."""
    async with db.transaction():
        await _move(
            chapter,
            mailing_id,
            "state = 'sending', finished_at = NULL",
            "state IN ('sending', 'sent')",
        )
        again = await claiming.requeue_unknown(mailing_id)
        await _ring(mailing_id)
        await _note("send_again", chapter, mailing_id, actor, people=again)
    return again


async def finish(mailing_id: int) -> bool:
    """Says `sent` when nothing is queued, claimed, deferred or held; True when it just did."""
    done = await db.execute(
        "UPDATE campaigns_mailing SET state = 'sent', is_paused = FALSE, finished_at = $1"
        " WHERE id = $2 AND state = 'sending' AND NOT EXISTS (SELECT 1 FROM campaigns_delivery d"
        f" WHERE d.mailing_id = campaigns_mailing.id AND d.status IN ({_OPEN}))",
        moment.now(),
        mailing_id,
    )
    return done == 1


async def sweep() -> None:
    """Finds what lost messages and dead workers left behind, and rings or buries it."""
    await claiming.bury()
    now = moment.now()
    stuck = await db.rows(
        "SELECT id, state FROM campaigns_mailing WHERE state IN ('calculating', 'sending')"
        " AND NOT is_paused AND (rung_at IS NULL OR rung_at < $1)",
        now - QUIET,
    )
    for each in stuck:
        mailing_id = int(each["id"])
        if each["state"] == "calculating":
            await queue.ring_now("mailings.start", mailing_id)
        elif not await finish(mailing_id) and await _has_work(mailing_id, now):
            await rang(mailing_id)
            await queue.ring_now("mailings.send_batch", mailing_id)


async def _has_work(mailing_id: int, now: datetime) -> bool:
    found = await db.row(
        "SELECT id FROM campaigns_delivery WHERE mailing_id = $1"
        " AND (status = 'queued' OR (status = 'deferred' AND due_at <= $2)) LIMIT 1",
        mailing_id,
        now,
    )
    return found is not None


async def rang(mailing_id: int) -> None:
    """Notes that somebody works on it, so that the sweep leaves it alone for a while."""
    await db.execute(
        "UPDATE campaigns_mailing SET rung_at = $1 WHERE id = $2", moment.now(), mailing_id
    )


async def _ring(mailing_id: int) -> None:
    waiting = await db.value(
        "SELECT COUNT(*) AS n FROM campaigns_delivery WHERE mailing_id = $1 AND status = 'queued'",
        mailing_id,
    )
    for _each in range(min(CHAINS, int(waiting or 0) // claiming.BATCH + 1)):
        await queue.after_commit("mailings.send_batch", mailing_id)


async def _move(
    chapter: Chapter, mailing_id: int, change: str, condition: str, *values: datetime
) -> None:
    moved = await db.execute(
        f"UPDATE campaigns_mailing SET {change} WHERE id = $1 AND chapter_id = $2 AND {condition}",
        mailing_id,
        chapter.id,
        *values,
    )
    if not moved:
        await composing.held(chapter, mailing_id)
        raise Conflict(_("The mailing is no longer in a state that allows this. Reload the page."))


async def _note(act: str, chapter: Chapter, mailing_id: int, actor: Actor, **more: int) -> None:
    record = f"mailing:{mailing_id}"
    await note(f"mailing.{act}", actor=actor, record=record, chapter=chapter.slug, **more)
