"""Signing in by an e-mailed link, and the sessions that follow."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from advocacy import db, moment, queue, tokens
from advocacy.errors import Conflict, NotFound
from advocacy.identity.models import Grant, Session, SignInLink, User
from advocacy.identity.permissions import Held, Reader
from advocacy.mail import posting
from advocacy.render.i18n import gettext as _

LINK_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=1)
# Due a little earlier, because two machines' clocks differ a little.
SKEW = timedelta(seconds=5)
MOST = 500


@dataclass(frozen=True)
class Known:
    """What another slice knows of an address that has no user yet."""

    email: str
    name: str
    language: str


Recogniser = Callable[[str], Awaitable[Known | None]]
_recognise: Recogniser | None = None


def recognise_by(recogniser: Recogniser) -> None:
    """Lets members sign in: the app hands in who else may, by canonical address."""
    global _recognise
    _recognise = recogniser


def digest(secret: str) -> str:
    """The SHA-256 under which a cookie is kept."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()


async def ask(canonical: str, *, browser: str, next_path: str = "") -> None:
    """Sends a link to the address when we know it; the asker learns nothing either way."""
    async with db.transaction():
        user = await user_of(canonical)
        if user is None:
            return
        link = await issue(user, browser=browser, next_path=next_path)
        await SignInLink.filter(id=link.id).update(letter_due_at=link.created_at - SKEW)
        await queue.after_commit("identity.send_link", link.id)


async def user_of(canonical: str) -> User | None:
    """The user of an address, made on the spot for a member who signs in the first time."""
    user = await User.get_or_none(canonical=canonical)
    if user is None and _recognise is not None:
        known = await _recognise(canonical)
        if known is not None:
            user, _made = await User.get_or_create(
                canonical=canonical,
                defaults={"email": known.email, "name": known.name, "language": known.language},
            )
    return user


async def issue(user: User, *, browser: str = "", next_path: str = "") -> SignInLink:
    """A fresh link for a user; `browser` is the secret cookie of the browser that asked."""
    now = moment.now()
    return await SignInLink.create(
        user=user,
        nonce=secrets.token_hex(16),
        browser_hash=digest(browser) if browser else "",
        next_path=next_path[:300],
        created_at=now,
        expires_at=now + LINK_LIFE,
    )


def path_of(link: SignInLink) -> str:
    """The path of a link, to be put behind the base address."""
    return f"/sign-in/{tokens.sign('sign-in', link.id, link.nonce)}"


async def find(token: str) -> SignInLink:
    """The link behind a token. Raises NotFound when it is forged, used or older than 15 minutes."""
    values = tokens.read("sign-in", token)
    link = None
    if values is not None and len(values) == 2:
        link = await SignInLink.get_or_none(id=int(values[0]), nonce=values[1])
    if link is None or link.used_at is not None or link.expires_at <= moment.now():
        raise NotFound(_("This sign-in link has been used or is too old. Ask for a new one."))
    return link


async def enter(token: str, *, browser: str) -> tuple[str, SignInLink]:
    """Uses a link up and opens a session; returns the session's secret for the cookie.

    Raises NotFound for a bad link and Conflict when two requests use one link at once.
    """
    link = await find(token)
    now = moment.now()
    secret = secrets.token_urlsafe(32)
    async with db.transaction():
        used = await SignInLink.filter(id=link.id, used_at__isnull=True).update(used_at=now)
        if used != 1:
            raise Conflict(_("This sign-in link has just been used. Ask for a new one."))
        await Session.create(
            user_id=link.user_id,
            token_hash=digest(secret),
            browser=browser[:80],
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LIFE,
        )
        await User.filter(id=link.user_id).update(last_seen_at=now)
    return secret, link


async def authenticate(secret: str) -> Reader | None:
    """The reader behind a session cookie, or None when it is unknown, expired or revoked."""
    now = moment.now()
    session = await Session.get_or_none(
        token_hash=digest(secret), revoked_at__isnull=True, expires_at__gt=now
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
    )


async def held_by(user_id: int) -> tuple[Held, ...]:
    """The grants of a user that are in force now."""
    now = moment.now()
    grants = await Grant.filter(user_id=user_id, revoked_at__isnull=True)
    return tuple(
        Held(grant.role, grant.chapter_id, grant.region, grant.expires_at)
        for grant in grants
        if grant.expires_at is None or grant.expires_at > now
    )


async def revoke(session_id: int, *, user_id: int | None = None) -> bool:
    """Ends a session, of this user where one is named; False when there was none to end."""
    wanted = Session.filter(id=session_id, revoked_at__isnull=True)
    if user_id is not None:
        wanted = wanted.filter(user_id=user_id)
    return await wanted.update(revoked_at=moment.now()) == 1


async def choose_language(user_id: int, language: str) -> None:
    """Keeps the language a user wants to read in."""
    await User.filter(id=user_id).update(language=language)


async def send_link(link_id: int) -> bool:
    """Posts the letter with a sign-in link once; False for a link used, run out, or in hand."""
    now = moment.now()
    claimed = await SignInLink.filter(
        id=link_id, used_at__isnull=True, expires_at__gt=now, letter_due_at__lte=now
    ).update(letter_due_at=now + LEASE)
    if claimed != 1:
        return False
    link = await SignInLink.get(id=link_id).select_related("user")
    try:
        await posting.post_letter(
            "sign_in",
            to=link.user.email,
            to_name=link.user.name,
            locale=link.user.language or "en",
            context={"path": path_of(link), "minutes": int(LINK_LIFE.total_seconds() // 60)},
        )
    except Exception:
        await SignInLink.filter(id=link_id).update(letter_due_at=moment.now() - SKEW)
        raise
    await SignInLink.filter(id=link_id).update(letter_due_at=None)
    return True


async def ring_unsent() -> int:
    """Rings for links whose letter is overdue while they still open the door."""
    now = moment.now()
    overdue = SignInLink.filter(
        letter_due_at__lt=now - LEASE, expires_at__gt=now, used_at__isnull=True
    )
    ids = await overdue.order_by("letter_due_at").limit(MOST).values_list("id", flat=True)
    for each in ids:
        await queue.ring_now("identity.send_link", int(str(each)))
    return len(ids)
