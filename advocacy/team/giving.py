"""Giving, prolonging and taking the roles of a team, by those who may."""

from dataclasses import dataclass
from datetime import datetime

from advocacy import db, moment
from advocacy.audit.recording import Actor
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Forbidden, Invalid, NotFound
from advocacy.identity import granting, signing_in
from advocacy.identity.models import Grant, User
from advocacy.identity.permissions import Reader
from advocacy.mail import addresses
from advocacy.render.i18n import gettext as _
from advocacy.team import owing, roles


@dataclass(frozen=True)
class Wish:
    """Who is to get which role until when; None has no end. `region` is a regional manager's."""

    email: str
    role: str
    until: datetime | None
    name: str = ""
    region: str = ""


async def give(chapter: Chapter, wish: Wish, *, by: Reader, actor: Actor) -> Grant:
    """Gives a role on the team page of a chapter (of headquarters: its own and regional ones).

    The holder gets a letter. Nothing tells whether the address was known before. Raises
    Forbidden for a role that is not the reader's to give, Invalid for what cannot be right, and
    Conflict where the role is held already.
    """
    if wish.role not in roles.may_give(by, chapter):
        raise Forbidden(_("Your role does not allow you to give this one."))
    wrong = addresses.check(wish.email)
    if wrong is not None:
        raise Invalid(wrong, field="email")
    if wish.until is not None and wish.until <= moment.now():
        raise Invalid(_("Choose a day that is still to come."), field="day")
    canonical = addresses.canonical(wish.email)
    if canonical == by.canonical:
        raise Invalid(_("Nobody gives a role to themselves. Ask another lead."), field="email")
    async with db.transaction():
        user = await _user(chapter, wish, canonical)
        made, is_new = await granting.give(
            user,
            wish.role,
            chapter=None if chapter.is_headquarters else chapter,
            region=wish.region,
            expires_at=wish.until,
            actor=actor,
        )
        if not is_new:
            raise Conflict(_("This person holds the role already. You can change until when."))
        await owing.owe("given", made, user.id)
    return made


async def _user(chapter: Chapter, wish: Wish, canonical: str) -> User:
    known = await signing_in.user_of(canonical)
    return known or await granting.enrol(
        wish.email.strip(),
        canonical,
        name=wish.name.strip()[:201],
        language=chapter.main_language,
    )


async def find(chapter: Chapter, grant_id: int) -> Grant:
    """A role in force on the team page of a chapter. Raises NotFound for any other."""
    held = await Grant.get_or_none(id=grant_id, revoked_at__isnull=True)
    wanted = None if chapter.is_headquarters else chapter.id
    if held is None or held.chapter_id != wanted:
        raise NotFound()
    return held


async def withdraw(chapter: Chapter, grant_id: int, *, by: Reader, actor: Actor) -> None:
    """Takes a role away; whoever had it gets a letter. Everybody may give up a role of their own.

    Raises NotFound, Forbidden (also for the last director) and Conflict when it is gone already.
    """
    held = await find(chapter, grant_id)
    if held.user_id != by.user_id and held.role not in roles.may_take(by, chapter):
        raise Forbidden(_("Your role does not allow you to take this one away."))
    async with db.transaction():
        await granting.withdraw(held, actor=actor)
        await owing.owe("withdrawn", held, held.user_id)


async def prolong(
    chapter: Chapter,
    grant_id: int,
    until: datetime | None,
    *,
    seen: datetime | None,
    by: Reader,
    actor: Actor,
) -> None:
    """Sets until when a role is held; `seen` is the end that the reader saw before.

    Raises NotFound, Forbidden, Invalid, and Conflict when somebody changed the end meanwhile.
    """
    held = await find(chapter, grant_id)
    if held.user_id == by.user_id:
        raise Forbidden(_("Nobody prolongs a role of their own. Ask another lead."))
    if held.role not in roles.may_give(by, chapter):
        raise Forbidden(_("Your role does not allow you to change this one."))
    if until is not None and until <= moment.now():
        raise Invalid(_("Choose a day that is still to come."), field="day")
    if held.role not in roles.may_take(by, chapter) and _ends_sooner(until, held.expires_at):
        raise Forbidden(_("Your role does not allow you to take this one away."))
    held.expires_at = seen
    await granting.prolong(held, until, actor=actor)


def _ends_sooner(until: datetime | None, now: datetime | None) -> bool:
    return until is not None and (now is None or until < now)
