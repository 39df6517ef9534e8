"""A campaign's life: draft, scheduled, live, paused, ended, archived; each step checked and dated.

Every verb names the chapter and the version that its caller saw, and changes one row only where
both still fit: a campaign of another chapter is not found, a newer version is a Conflict.
"""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import lazy_gettext
from campaigns import slugs
from campaigns.models import Campaign

MAX_GOAL = 10_000_000
YEARS = (2000, 3000)
MOVES: dict[str, tuple[str, ...]] = {
    "edit": ("draft", "in_review", "approved", "scheduled", "live", "paused"),
    "publish": ("draft", "approved"),
    "withdraw": ("scheduled",),
    "pause": ("live",),
    "resume": ("paused",),
    "end": ("live", "paused"),
    "conclude": ("ended",),
    "archive": ("draft", "ended"),
    "restore": ("archived",),
}
LABELS = {
    "draft": lazy_gettext("Draft"),
    "in_review": lazy_gettext("In review"),
    "approved": lazy_gettext("Approved"),
    "scheduled": lazy_gettext("Scheduled"),
    "live": lazy_gettext("Live"),
    "paused": lazy_gettext("Paused"),
    "ended": lazy_gettext("Ended"),
    "archived": lazy_gettext("Archived"),
}


def state_label(state: str) -> str:
    """A state in the reader's language."""
    return str(LABELS[state])


def may(campaign: Campaign, move: str) -> bool:
    """True when the campaign's state allows the move."""
    return campaign.state in MOVES[move]


async def create(
    chapter: Chapter, name: str, *, topic: str = "", goal: int = 100, by: int | None = None
) -> Campaign:
    """A new draft of this chapter, in the chapter's time zone. `by` is the user's id.

    Raises Invalid on `name` or `goal`.
    """
    _check_plan(name, goal)
    otherwise = f"{chapter.slug}-{topic or 'petition'}"
    async with db.transaction():
        slug = await slugs.free(
            "campaigns_campaign", slugs.from_title(name, otherwise=otherwise), near=chapter.slug
        )
        return await Campaign.create(
            chapter=chapter,
            slug=slug,
            name=name.strip(),
            topic=topic,
            timezone=chapter.timezone,
            goal=goal,
            created_by_id=by,
            created_at=moment.now(),
        )


async def edit(
    chapter: Chapter,
    slug: str,
    *,
    version: int,
    name: str,
    goal: int,
    starts_at: datetime | None,
    ends_at: datetime | None,
) -> Campaign:
    """Changes name, goal and period; a deadline may be moved while the campaign is live.

    Raises Invalid on a field, Conflict when somebody else edited or the campaign is over.
    """
    _check_plan(name, goal)
    _check_period(starts_at, ends_at)
    changes = {"name": name.strip(), "goal": goal, "starts_at": starts_at, "ends_at": ends_at}
    return await _move(chapter, slug, "edit", version, **changes)


async def touch(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """A new version without a change of its own, for verbs that change what it holds."""
    return await _move(chapter, slug, "edit", version)


async def publish(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """Live now, or scheduled when its start lies ahead. Raises Invalid on a past deadline."""
    async with db.transaction():
        campaign = await _held(chapter, slug)
        now = moment.now()
        _check_period(campaign.starts_at, campaign.ends_at)
        if campaign.starts_at is not None and campaign.starts_at > now:
            return await _move(chapter, slug, "publish", version, state="scheduled")
        return await _move(
            chapter, slug, "publish", version, state="live", launched_at=now, starts_at=now
        )


async def withdraw(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """Back from scheduled to draft."""
    return await _move(chapter, slug, "withdraw", version, state="draft")


async def pause(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """Its pages stay, nobody can act."""
    return await _move(chapter, slug, "pause", version, state="paused")


async def resume(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """Live again. Raises Invalid when its deadline has passed meanwhile."""
    async with db.transaction():
        campaign = await _held(chapter, slug)
        _check_period(None, campaign.ends_at)
        return await _move(chapter, slug, "resume", version, state="live")


async def end(chapter: Chapter, slug: str, *, version: int, outcome: str = "") -> Campaign:
    """Over, with what came of it (Markdown); the pages stay readable."""
    changes = {"state": "ended", "ended_at": moment.now(), "outcome": outcome.strip()}
    return await _move(chapter, slug, "end", version, **changes)


async def conclude(chapter: Chapter, slug: str, *, version: int, outcome: str) -> Campaign:
    """Tells or corrects what came of an ended campaign."""
    return await _move(chapter, slug, "conclude", version, outcome=outcome.strip())


async def archive(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """Out of the lists and off the public site; nothing is deleted."""
    return await _move(chapter, slug, "archive", version, state="archived")


async def restore(chapter: Chapter, slug: str, *, version: int) -> Campaign:
    """Back from the archive to where it was: ended if it ever was live, else a draft."""
    async with db.transaction():
        campaign = await _held(chapter, slug)
        state = "ended" if campaign.launched_at else "draft"
        return await _move(chapter, slug, "restore", version, state=state)


async def keep_time() -> tuple[int, int]:
    """Starts what is scheduled and due, ends what is past its deadline; returns both counts."""
    now = moment.now()
    started = await db.execute(
        "UPDATE campaigns_campaign SET state = 'live', launched_at = $1, version = version + 1"
        " WHERE state = 'scheduled' AND starts_at <= $1",
        now,
    )
    ended = await db.execute(
        "UPDATE campaigns_campaign SET state = 'ended', ended_at = $1, version = version + 1"
        " WHERE state IN ('live', 'paused') AND ends_at <= $1",
        now,
    )
    return started, ended


def first_moment(day: date | None, zone: str) -> datetime | None:
    """The start of a day on the clocks of a zone. Raises Invalid on `starts_on`."""
    return _utc(day, time(), zone, "starts_on")


def last_moment(day: date | None, zone: str) -> datetime | None:
    """The last minute of a day on the clocks of a zone: a deadline includes its day.

    Raises Invalid on `ends_on` for years that no campaign lives in.
    """
    return _utc(day, time(23, 59), zone, "ends_on")


def _utc(day: date | None, at: time, zone: str, field: str) -> datetime | None:
    if day is None:
        return None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise Invalid(_("Check the year."), field=field)
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def _move(chapter: Chapter, slug: str, move: str, version: int, **changes: Any) -> Campaign:
    async with db.transaction():
        changed = await Campaign.filter(
            chapter_id=chapter.id, slug=slug, version=version, state__in=MOVES[move]
        ).update(version=version + 1, **changes)
        if changed == 0:
            _explain(await _held(chapter, slug), move, version)
        return await _held(chapter, slug)


def _explain(campaign: Campaign, move: str, version: int) -> None:
    if campaign.version != version:
        raise Conflict(_("Somebody else changed this campaign while you had it open."))
    raise Conflict(_("The campaign's state does not allow this any more."))


async def _held(chapter: Chapter, slug: str) -> Campaign:
    campaign = await Campaign.get_or_none(chapter_id=chapter.id, slug=slug)
    if campaign is None:
        raise NotFound()
    return campaign


def _check_plan(name: str, goal: int) -> None:
    if not name.strip():
        raise Invalid(_("Give the campaign a name."), field="name")
    if len(name.strip()) > 160:
        raise Invalid(_("Keep the name under 160 characters."), field="name")
    if not 1 <= goal <= MAX_GOAL:
        raise Invalid(_("Set a goal between 1 and 10,000,000."), field="goal")


def _check_period(starts_at: datetime | None, ends_at: datetime | None) -> None:
    if ends_at is not None and ends_at <= moment.now():
        raise Invalid(_("The deadline has passed. Choose a later day or none."), field="ends_on")
    if starts_at is not None and ends_at is not None and starts_at >= ends_at:
        raise Invalid(_("The deadline must come after the start."), field="ends_on")
