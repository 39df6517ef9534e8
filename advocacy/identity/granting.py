"""Giving, prolonging and taking roles. Each is one transaction with its entry in the audit log."""

from datetime import UTC, datetime

from advocacy import db, moment
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.errors import Conflict, Forbidden, Invalid
from advocacy.identity.models import ROLES, Grant, User
from advocacy.render.i18n import gettext as _

DIRECTOR = "hq_director"
REGIONAL = "regional_manager"
OF_CHAPTER = ("chapter_lead", "chapter_organiser", "campaign_helper")


async def enrol(email: str, canonical: str, *, name: str = "", language: str = "") -> User:
    """The user of an address, made when there is none."""
    user, _made = await User.get_or_create(
        canonical=canonical, defaults={"email": email, "name": name, "language": language}
    )
    return user


async def grant(
    user: User,
    role: str,
    *,
    chapter: Chapter | None = None,
    region: str = "",
    expires_at: datetime | None = None,
    actor: Actor = SYSTEM,
) -> Grant:
    """As `give`, for those who do not mind who gave it: the role is held afterwards."""
    held, _is_new = await give(
        user, role, chapter=chapter, region=region, expires_at=expires_at, actor=actor
    )
    return held


async def give(
    user: User,
    role: str,
    *,
    chapter: Chapter | None = None,
    region: str = "",
    expires_at: datetime | None = None,
    actor: Actor = SYSTEM,
) -> tuple[Grant, bool]:
    """Gives a role; False where it is held already, which changes nothing. Two at once give one.

    Raises ValueError for an unknown role and Invalid where chapter or region do not fit it.
    """
    if role not in ROLES:
        raise ValueError(f"There is no role {role}")
    if (role in OF_CHAPTER) != (chapter is not None) or (role == REGIONAL) != bool(region):
        raise Invalid(_("This role needs a chapter, a region or neither: name what it needs."))
    now = moment.now()
    place = chapter.id if chapter else None
    held = (user.id, role, place or 0, region)
    async with db.transaction():
        await db.execute(
            "UPDATE advocacy_grant SET revoked_at = expires_at WHERE user_id = $1 AND role = $2"
            " AND COALESCE(chapter_id, 0) = $3 AND region = $4 AND revoked_at IS NULL"
            " AND expires_at <= $5",
            *held,
            now,
        )
        made = await db.row(
            "INSERT INTO advocacy_grant"
            " (user_id, role, chapter_id, region, granted_at, granted_by, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id",
            user.id,
            role,
            place,
            region,
            now,
            actor.name,
            _utc(expires_at),
        )
        if made is not None:
            await note(
                "grant.given",
                actor=actor,
                record=f"grant:{made['id']}",
                chapter=chapter.slug if chapter else HEADQUARTERS,
                role=role,
                user=user.id,
                region=region or None,
                until=_day(expires_at),
            )
    there = await Grant.get(
        user=user, role=role, chapter_id=place, region=region, revoked_at__isnull=True
    )
    return there, made is not None


async def withdraw(held: Grant, *, actor: Actor = SYSTEM) -> None:
    """Takes a role away at once; sessions keep nothing of it.

    Raises Conflict when somebody else took it away first, and Forbidden for the last director.
    """
    now = moment.now()
    async with db.transaction():
        await _hold_directors(held)
        done = await db.execute(
            "UPDATE advocacy_grant SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
            now,
            held.id,
        )
        if done != 1:
            raise Conflict(_("Somebody has just taken this role away."))
        await _keep_a_director(held)
        await _note_change("grant.withdrawn", held, actor)


async def prolong(held: Grant, until: datetime | None, *, actor: Actor = SYSTEM) -> None:
    """Sets until when a role is held, None for no end. Two at once: the one who saw the other's
    end wins. Raises Conflict for the other, and Forbidden for an end of the last director.
    """
    async with db.transaction():
        await _hold_directors(held)
        done = await db.execute(
            "UPDATE advocacy_grant SET expires_at = $1 WHERE id = $2 AND revoked_at IS NULL AND"
            " ((expires_at IS NULL AND $3 = 1) OR expires_at = $4)",
            _utc(until),
            held.id,
            int(held.expires_at is None),
            _utc(held.expires_at),
        )
        if done != 1:
            raise Conflict(_("Somebody has just changed this role. Look at it again."))
        if until is not None:
            await _keep_a_director(held)
        await _note_change("grant.prolonged", held, actor, until=_day(until) or "no end")


async def _hold_directors(held: Grant) -> None:
    # One row that whoever takes a director away must hold: two at once would each see the other.
    if held.role == DIRECTOR:
        await db.execute("UPDATE advocacy_chapter SET slug = slug WHERE is_headquarters")


async def _keep_a_director(held: Grant) -> None:
    if held.role == DIRECTOR and not await db.value(
        "SELECT count(*) FROM advocacy_grant WHERE role = $1 AND id <> $2 AND revoked_at IS NULL"
        " AND expires_at IS NULL",
        DIRECTOR,
        held.id,
    ):
        raise Forbidden(
            _("Headquarters must keep a director whose role has no end. Give it to another first.")
        )


async def _note_change(act: str, held: Grant, actor: Actor, **more: str | int | None) -> None:
    place = await Chapter.get_or_none(id=held.chapter_id) if held.chapter_id else None
    await note(
        act,
        actor=actor,
        record=f"grant:{held.id}",
        chapter=place.slug if place else HEADQUARTERS,
        role=held.role,
        user=held.user_id,
        **more,
    )


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at else None


def _day(at: datetime | None) -> str | None:
    return at.date().isoformat() if at else None
