"""Handing the leadership of a chapter over: offered, then accepted, declined or taken back."""

from datetime import timedelta
from typing import Literal

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Forbidden, Invalid, NotFound
from advocacy.identity import granting, signing_in
from advocacy.identity.models import Grant, User
from advocacy.identity.permissions import Reader
from advocacy.mail import addresses
from advocacy.render.i18n import gettext as _
from advocacy.team import owing, roles
from advocacy.team.models import Handover

OFFER_LIFE = timedelta(days=14)
Ending = Literal["accepted", "declined", "withdrawn"]


async def leading(chapter: Chapter, user_id: int) -> Grant | None:
    """The leadership that a user holds of a chapter now."""
    held = await Grant.get_or_none(
        user_id=user_id, role=roles.LEAD, chapter_id=chapter.id, revoked_at__isnull=True
    )
    if held is None or (held.expires_at is not None and held.expires_at <= moment.now()):
        return None
    return held


async def offer(chapter: Chapter, email: str, *, stays: bool, by: Reader, actor: Actor) -> Handover:
    """Offers the reader's leadership to another, who has 14 days to accept and gets a letter.

    `stays` makes the reader an organiser once it is accepted. Raises Forbidden for a reader who
    does not lead, Invalid for an address that cannot be right, Conflict while an offer is open.
    """
    held = await leading(chapter, by.user_id)
    if held is None:
        raise Forbidden(_("Only the lead of a chapter can hand the leadership over."))
    wrong = addresses.check(email)
    if wrong is not None:
        raise Invalid(wrong, field="to")
    canonical = addresses.canonical(email)
    if canonical == by.canonical:
        raise Invalid(_("Enter the address of somebody else."), field="to")
    now = moment.now()
    async with db.transaction():
        await db.execute(
            "UPDATE advocacy_handover SET state = 'withdrawn', decided_at = $1"
            " WHERE grant_id = $2 AND state = 'offered' AND expires_at <= $1",
            now,
            held.id,
        )
        user = await _user(chapter, email, canonical)
        if await leading(chapter, user.id) is not None:
            raise Invalid(_("This person leads the chapter already."), field="to")
        made = await _insert(chapter, held, user, stays=stays)
        await owing.owe("offered", held, user.id, handover_id=made.id)
        await note(
            "handover.offered",
            actor=actor,
            record=f"handover:{made.id}",
            chapter=chapter.slug,
            user=user.id,
        )
    return made


async def _user(chapter: Chapter, email: str, canonical: str) -> User:
    known = await signing_in.user_of(canonical)
    return known or await granting.enrol(email.strip(), canonical, language=chapter.main_language)


async def _insert(chapter: Chapter, held: Grant, user: User, *, stays: bool) -> Handover:
    now = moment.now()
    made = await db.row(
        "INSERT INTO advocacy_handover (chapter_id, grant_id, from_user_id, to_user_id, stays,"
        " state, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, 'offered', $6, $7)"
        " ON CONFLICT DO NOTHING RETURNING id",
        chapter.id,
        held.id,
        held.user_id,
        user.id,
        stays,
        now,
        now + OFFER_LIFE,
    )
    if made is None:
        raise Conflict(_("You have offered the leadership already. Take that offer back first."))
    return await Handover.get(id=made["id"])


async def find(handover_id: int, user_id: int) -> Handover:
    """An offer made to a user. Raises NotFound for any other."""
    found = await Handover.get_or_none(id=handover_id, to_user_id=user_id).select_related(
        "chapter", "from_user", "grant"
    )
    if found is None:
        raise NotFound()
    return found


async def accept(handover_id: int, *, user_id: int, actor: Actor) -> Handover:
    """Swaps the roles in one transaction: the reader leads, the former lead no longer does.

    Raises NotFound, and Conflict when the offer was taken back, answered, or has run out, or when
    the former lead does not lead any more.
    """
    found = await find(handover_id, user_id)
    async with db.transaction():
        await _end(found, "accepted")
        held = await Grant.get(id=found.grant_id).select_related("chapter", "user")
        if await leading(held.chapter, held.user_id) is None:  # type: ignore[arg-type]
            raise Conflict(_("Whoever offered it does not lead the chapter any more."))
        await granting.withdraw(held, actor=actor)
        to = await User.get(id=user_id)
        await granting.grant(
            to, roles.LEAD, chapter=held.chapter, expires_at=held.expires_at, actor=actor
        )
        if found.stays:
            # Nobody prolongs a role of their own, not by way of a lesser one either.
            await granting.grant(
                held.user,
                roles.ORGANISER,
                chapter=held.chapter,
                expires_at=held.expires_at,
                actor=actor,
            )
        await owing.owe("answered", held, held.user_id, handover_id=found.id)
        await _note_end("accepted", found, actor)
    return found


async def decline(handover_id: int, *, user_id: int, actor: Actor) -> Handover:
    """Says no; everything stays. Raises NotFound, and Conflict for an offer that is not open."""
    found = await find(handover_id, user_id)
    async with db.transaction():
        await _end(found, "declined")
        await owing.owe("answered", found.grant, found.from_user_id, handover_id=found.id)
        await _note_end("declined", found, actor)
    return found


async def take_back(chapter: Chapter, handover_id: int, *, by: Reader, actor: Actor) -> None:
    """Takes an open offer back. Raises NotFound, Forbidden, and Conflict for one not open."""
    found = await Handover.get_or_none(id=handover_id, chapter_id=chapter.id).select_related(
        "chapter"
    )
    if found is None:
        raise NotFound()
    if found.from_user_id != by.user_id and not by.may_everywhere("grants.manage"):
        raise Forbidden(_("Only whoever offered the leadership can take the offer back."))
    async with db.transaction():
        await _end(found, "withdrawn")
        await _note_end("withdrawn", found, actor)


async def _end(found: Handover, state: Ending) -> None:
    now = moment.now()
    wanted = "" if state == "withdrawn" else " AND expires_at > $2"
    done = await db.execute(
        "UPDATE advocacy_handover SET state = $1, decided_at = $2"
        f" WHERE id = $3 AND state = 'offered'{wanted}",
        state,
        now,
        found.id,
    )
    if done != 1:
        raise Conflict(
            _("This offer is not open any more: it was answered, taken back, or has run out.")
        )


async def _note_end(state: Ending, found: Handover, actor: Actor) -> None:
    await note(
        f"handover.{state}",
        actor=actor,
        record=f"handover:{found.id}",
        chapter=found.chapter.slug,
    )
