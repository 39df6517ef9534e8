"""Sessions: opened by a proof of who one is, found again by a cookie, listed and ended."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from advocacy import db, moment, queue
from advocacy.audit.recording import Actor, note
from advocacy.errors import Conflict
from advocacy.identity.models import Grant, Session, User
from advocacy.identity.permissions import Held, Reader
from advocacy.render.i18n import gettext as _

SESSION_LIFE = timedelta(days=14)
HALF_LIFE = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=5)
FAMILIAR_FOR = timedelta(days=60)
LETTERS_A_DAY = 5
# Due a little earlier, because two machines' clocks differ a little.
SKEW = timedelta(seconds=5)

HoldsFactor = Callable[[int], Awaitable[bool]]
_holds_factor: HoldsFactor | None = None


@dataclass(frozen=True)
class Seat:
    """Where somebody signs in: the browser in words, and its network (truncated)."""

    browser: str = ""
    origin: str = ""


@dataclass(frozen=True)
class Opened:
    """A session just opened; `secret` goes into the cookie and is kept nowhere else."""

    secret: str
    session_id: int
    user_id: int
    factor_due: bool

    @property
    def seconds(self) -> int:
        """How long the cookie is to live."""
        return int((HALF_LIFE if self.factor_due else SESSION_LIFE).total_seconds())


@dataclass(frozen=True)
class Half:
    """A session that still owes a second factor: it opens the page that asks for it, no other."""

    session_id: int
    user_id: int
    email: str


def factors_by(holds_factor: HoldsFactor) -> None:
    """The app hands in who has a second factor, by user id."""
    global _holds_factor
    _holds_factor = holds_factor


def digest(secret: str) -> str:
    """The SHA-256 under which a cookie is kept."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


async def open_session(user_id: int, seat: Seat, *, way: str, proved: bool = False) -> Opened:
    """Signs a user in; whoever has a second factor still owes it unless it is `proved`.

    Staff who sign in are noted in the audit log, and get a letter when browser and network are
    new to us. `way` is link, passkey or openid.
    """
    now = moment.now()
    secret = secrets.token_urlsafe(32)
    async with db.transaction():
        session = await Session.create(
            user_id=user_id,
            token_hash=digest(secret),
            browser=seat.browser[:80],
            origin=seat.origin,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LIFE,
        )
        due = not proved and _holds_factor is not None and await _holds_factor(user_id)
        if due:
            await Session.filter(id=session.id).update(factor_due=True, expires_at=now + HALF_LIFE)
        else:
            await Session.filter(id=session.id).update(proved_at=now)
            await _begun(session, way, seat.origin)
    return Opened(secret, session.id, user_id, due)


async def complete(session_id: int, *, way: str) -> Opened:
    """Makes a whole session of a half one, under a new secret. Raises Conflict when it is none."""
    now = moment.now()
    secret = secrets.token_urlsafe(32)
    async with db.transaction():
        done = await Session.filter(
            id=session_id, factor_due=True, revoked_at__isnull=True, expires_at__gt=now
        ).update(
            factor_due=False,
            proved_at=now,
            seen_at=now,
            token_hash=digest(secret),
            expires_at=now + SESSION_LIFE,
        )
        if done != 1:
            raise Conflict(_("This sign-in is over. Ask for a new link."))
        session = await Session.get(id=session_id)
        await _begun(session, way, session.origin)
    return Opened(secret, session.id, session.user_id, False)


async def _begun(session: Session, way: str, origin: str) -> None:
    now = moment.now()
    await User.filter(id=session.user_id).update(last_seen_at=now)
    if not await held_by(session.user_id):
        return
    if await _is_news(session, now):
        await Session.filter(id=session.id).update(letter_due_at=now - SKEW)
        await queue.after_commit("identity.tell_of_session", session.id)
    user = await User.get(id=session.user_id)
    actor = Actor(user.id, user.email, origin)
    await note("session.opened", actor=actor, record=f"session:{session.id}", way=way)


async def _is_news(session: Session, now: datetime) -> bool:
    """True for a browser or network not seen lately; never the first, never many a day."""
    others = Session.filter(user_id=session.user_id, factor_due=False).exclude(id=session.id)
    earlier = await others.filter(created_at__gt=now - FAMILIAR_FOR).values_list(
        "browser", "origin", "created_at"
    )
    today = [each for each in earlier if each[2] > now - timedelta(days=1)]
    known = {(each[0], each[1]) for each in earlier}
    is_new = (session.browser, session.origin) not in known
    return bool(known) and is_new and len(today) < LETTERS_A_DAY


async def prove(session_id: int, actor: Actor, *, way: str) -> None:
    """Remembers that the reader of a session has just proved again who they are."""
    async with db.transaction():
        done = await Session.filter(
            id=session_id, factor_due=False, revoked_at__isnull=True
        ).update(proved_at=moment.now())
        if done != 1:
            raise Conflict(_("You are signed out. Sign in again."))
        await note("session.proved", actor=actor, record=f"session:{session_id}", way=way)


async def authenticate(secret: str) -> Reader | None:
    """The reader behind a session cookie, or None when it is unknown, expired, revoked or half.

    A session that owes a second factor is nobody's: see `half`.
    """
    now = moment.now()
    session = await Session.get_or_none(
        token_hash=digest(secret), revoked_at__isnull=True, expires_at__gt=now, factor_due=False
    ).select_related("user")
    if session is None:
        return None
    if now - session.seen_at > SEEN_EVERY:
        await Session.filter(id=session.id).update(seen_at=now)
    user = session.user
    return Reader(
        user_id=user.id,
        email=user.email,
        canonical=user.canonical,
        name=user.name,
        language=user.language,
        session_id=session.id,
        grants=await held_by(user.id),
        proved_at=session.proved_at,
    )


async def half(secret: str) -> Half | None:
    """The session behind a cookie that still owes its second factor."""
    session = await Session.get_or_none(
        token_hash=digest(secret),
        revoked_at__isnull=True,
        expires_at__gt=moment.now(),
        factor_due=True,
    ).select_related("user")
    return Half(session.id, session.user_id, session.user.email) if session else None


async def held_by(user_id: int) -> tuple[Held, ...]:
    """The grants of a user that are in force now."""
    now = moment.now()
    grants = await Grant.filter(user_id=user_id, revoked_at__isnull=True)
    return tuple(
        Held(grant.role, grant.chapter_id, grant.region, grant.expires_at)
        for grant in grants
        if grant.expires_at is None or grant.expires_at > now
    )


async def open_of(user_id: int) -> list[Session]:
    """The sessions of a user that are open, the last seen first."""
    return await Session.filter(
        user_id=user_id, revoked_at__isnull=True, expires_at__gt=moment.now(), factor_due=False
    ).order_by("-seen_at", "-id")


async def leave(secret: str, *, actor: Actor) -> None:
    """Ends the session of a cookie, whole or half; of staff it is noted."""
    async with db.transaction():
        mine = Session.filter(token_hash=digest(secret), revoked_at__isnull=True)
        ended = await mine.first()
        await mine.update(revoked_at=moment.now())
        if ended is not None and not ended.factor_due and await held_by(ended.user_id):
            await note("session.left", actor=actor, record=f"session:{ended.id}")


async def revoke(session_id: int, *, user_id: int, actor: Actor) -> bool:
    """Ends one session of a user; False when there was none to end."""
    async with db.transaction():
        done = await Session.filter(id=session_id, user_id=user_id, revoked_at__isnull=True).update(
            revoked_at=moment.now()
        )
        if done:
            await note("session.revoked", actor=actor, record=f"session:{session_id}")
    return done == 1


async def revoke_others(session_id: int, *, user_id: int, actor: Actor) -> int:
    """Ends all sessions of a user but this one, half ones too; returns how many."""
    async with db.transaction():
        others = Session.filter(user_id=user_id, revoked_at__isnull=True).exclude(id=session_id)
        done = await others.update(revoked_at=moment.now())
        if done:
            await note(
                "session.others_revoked", actor=actor, record=f"user:{user_id}", sessions=done
            )
    return done
