"""The letters that are owed about roles: each is a row first, then posted once."""

from datetime import UTC, date, timedelta
from typing import Any

from advocacy import db, moment, queue
from advocacy.chapters.directory import region_name
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.identity.models import Grant, User
from advocacy.mail import posting
from advocacy.render import i18n
from advocacy.team import roles
from advocacy.team.models import Handover, TeamLetter

LEASE = timedelta(minutes=1)
# Due a little earlier, because two machines' clocks differ a little.
SKEW = timedelta(seconds=5)
MOST = 200
TEMPLATES = {
    "given": "role_given",
    "withdrawn": "role_withdrawn",
    "expiring": "role_expiring",
    "offered": "handover_offered",
    "answered": "handover_answered",
}


async def owe(
    kind: str, held: Grant, user_id: int, *, handover_id: int | None = None, on: date | None = None
) -> None:
    """Owes a user a letter about a role, once for each kind (and day, where one is given)."""
    now = moment.now()
    key = f"{kind}:{held.id}:{user_id}:{handover_id or ''}:{on.isoformat() if on else ''}"
    made = await db.row(
        "INSERT INTO advocacy_team_letter"
        " (key, kind, user_id, grant_id, handover_id, created_at, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (key) DO NOTHING RETURNING id",
        key,
        kind,
        user_id,
        held.id,
        handover_id,
        now,
        now - SKEW,
    )
    if made is not None:
        await queue.after_commit("team.post", made["id"])


async def post(letter_id: int) -> bool:
    """Posts an owed letter; False for one that is posted, in hand, or says what is no longer so."""
    now = moment.now()
    claimed = await TeamLetter.filter(id=letter_id, due_at__lte=now).update(due_at=now + LEASE)
    if claimed != 1:
        return False
    letter = await TeamLetter.get(id=letter_id).select_related(
        "user", "grant__chapter", "grant__user", "handover__to_user", "handover__from_user"
    )
    is_true = _still_so(letter)
    if is_true:
        try:
            await _post(letter)
        except Exception:
            await TeamLetter.filter(id=letter_id).update(due_at=moment.now() - SKEW)
            raise
    await TeamLetter.filter(id=letter_id).update(due_at=None)
    return is_true


def _still_so(letter: TeamLetter) -> bool:
    held, offer = letter.grant, letter.handover
    now = moment.now()
    is_held = held is not None and held.revoked_at is None
    if letter.kind == "given":
        return is_held
    if letter.kind == "expiring":
        return (
            is_held and held is not None and held.expires_at is not None and held.expires_at > now
        )
    if letter.kind == "offered":
        return offer is not None and offer.state == "offered" and offer.expires_at > now
    return True


async def _post(letter: TeamLetter) -> None:
    held: Any = letter.grant
    user: User = letter.user
    chapter: Chapter | None = held.chapter
    offer: Handover | None = letter.handover
    slug = chapter.slug if chapter else HEADQUARTERS
    is_own = held.user_id == user.id
    with i18n.use(user.language or "en", chapter.zone if chapter else UTC):
        await posting.post_letter(
            TEMPLATES[letter.kind],
            to=user.email,
            to_name=user.name,
            locale=user.language or "en",
            context={
                "held": held,
                "role": roles.NAMES[held.role],
                "may": roles.MAY[held.role],
                "place": chapter.name if chapter else region_name(held.region),
                "is_own": is_own,
                "holder": held.user.canonical,
                "offer": offer,
                "path": f"/console/{slug}" if is_own else f"/console/{slug}/team",
            },
        )


async def ring_unposted() -> None:
    """Rings for letters that are overdue."""
    overdue = TeamLetter.filter(due_at__lt=moment.now() - LEASE).order_by("due_at").limit(MOST)
    for key in await overdue.values_list("id", flat=True):
        await queue.ring_now("team.post", int(str(key)))
