"""Giving and taking roles."""

from datetime import datetime

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.identity.models import ROLES, Grant, User


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
) -> Grant:
    """Gives a role; giving it twice changes nothing. Raises ValueError for an unknown role."""
    if role not in ROLES:
        raise ValueError(f"There is no role {role}")
    held = await Grant.get_or_none(
        user=user,
        role=role,
        chapter_id=chapter.id if chapter else None,
        region=region,
        revoked_at__isnull=True,
    )
    if held is not None:
        return held
    return await Grant.create(
        user=user, role=role, chapter=chapter, region=region, expires_at=expires_at
    )


async def withdraw(held: Grant) -> None:
    """Takes a role away at once; sessions keep nothing of it."""
    await Grant.filter(id=held.id).update(revoked_at=moment.now())
