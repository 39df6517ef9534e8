"""Who is in a team, and which chapters nobody has led for a month."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.identity import granting
from advocacy.identity.models import Grant, User
from advocacy.identity.permissions import Reader
from advocacy.team import roles
from advocacy.team.models import Handover

ACTIVE = timedelta(days=30)
ORDER = (*roles.OF_HEADQUARTERS[::-1], *granting.OF_CHAPTER)


@dataclass(frozen=True)
class Place:
    """One role that somebody holds, and what the reader may do about it.

    Until the holder has signed in with the role, the team knows the address that was written
    down and nothing else: neither a name nor whether the address is known to other chapters.
    """

    held: Grant
    address: str
    name: str
    seen: datetime | None
    is_own: bool
    may_take: bool
    may_prolong: bool

    @property
    def role(self) -> str:
        """The role in words."""
        return str(roles.NAMES[self.held.role])


async def team(chapter: Chapter, reader: Reader) -> list[Place]:
    """The roles in force in a chapter, or at headquarters and in regions; leaders first."""
    now = moment.now()
    found = await Grant.filter(
        chapter_id=None if chapter.is_headquarters else chapter.id, revoked_at__isnull=True
    ).select_related("user")
    held = [each for each in found if each.expires_at is None or each.expires_at > now]
    seen = await _seen([each.user_id for each in held])
    places = [_place(each, seen.get(each.user_id), chapter, reader) for each in held]
    return sorted(places, key=lambda each: (ORDER.index(each.held.role), each.held.granted_at))


def _place(held: Grant, seen: datetime | None, chapter: Chapter, reader: Reader) -> Place:
    user: User = held.user
    has_come = seen is not None and seen >= held.granted_at
    is_own = user.id == reader.user_id
    return Place(
        held=held,
        address=user.email if has_come else user.canonical,
        name=user.name if has_come else "",
        seen=seen if has_come else None,
        is_own=is_own,
        may_take=(is_own and reader.may("grants.manage", chapter))
        or held.role in roles.may_take(reader, chapter),
        may_prolong=not is_own and held.role in roles.may_give(reader, chapter),
    )


async def _seen(user_ids: list[int]) -> dict[int, datetime]:
    if not user_ids:
        return {}
    rows = await db.rows(
        "SELECT u.id, u.last_seen_at AS entered, (SELECT max(s.seen_at) FROM advocacy_session s"
        " WHERE s.user_id = u.id) AS seen FROM advocacy_user u"
        f" WHERE u.id IN ({db.marks(len(user_ids))})",
        *user_ids,
    )
    latest = {}
    for row in rows:
        times = [at for at in (_time(row["entered"]), _time(row["seen"])) if at is not None]
        if times:
            latest[int(row["id"])] = max(times)
    return latest


def _time(value: Any) -> datetime | None:
    """A time as the engine gives it in an aggregate: SQLite has texts."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


async def open_offer(chapter: Chapter) -> Handover | None:
    """The offer of the leadership that waits for an answer."""
    wanted = Handover.filter(chapter_id=chapter.id, state="offered", expires_at__gt=moment.now())
    return await wanted.order_by("-id").select_related("to_user", "from_user").first()


@dataclass(frozen=True)
class Unled:
    """A chapter without a lead who was here within 30 days: how many leads it has on paper."""

    slug: str
    name: str
    region: str
    leads: int
    seen: datetime | None


LEADS = (
    "FROM advocacy_grant g JOIN advocacy_user u ON u.id = g.user_id WHERE g.chapter_id = c.id"
    " AND g.role = 'chapter_lead' AND g.revoked_at IS NULL"
    " AND (g.expires_at IS NULL OR g.expires_at > $1)"
)
IS_UNLED = (
    f"NOT c.is_headquarters AND NOT EXISTS (SELECT 1 {LEADS} AND (u.last_seen_at > $2"
    " OR EXISTS (SELECT 1 FROM advocacy_session s WHERE s.user_id = u.id AND s.seen_at > $2)))"
)


async def unled() -> list[Unled]:
    """The chapters in which no lead was seen for 30 days, by region and name."""
    now = moment.now()
    rows = await db.rows(
        f"SELECT c.slug, c.name, c.region, (SELECT count(*) {LEADS}) AS leads,"
        f" (SELECT max(u.last_seen_at) {LEADS}) AS seen"
        f" FROM advocacy_chapter c WHERE {IS_UNLED} ORDER BY c.region, c.name",
        now,
        now - ACTIVE,
    )
    return [Unled(**{**row, "seen": _time(row["seen"])}) for row in rows]


async def unled_count() -> int:
    """How many they are."""
    now = moment.now()
    counted = await db.value(
        f"SELECT count(*) FROM advocacy_chapter c WHERE {IS_UNLED}", now, now - ACTIVE
    )
    return int(counted)
