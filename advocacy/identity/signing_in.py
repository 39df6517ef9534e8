"""Signing in by an e-mailed link: asking for it, sending it, using it up."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from advocacy import db, moment, queue, tokens
from advocacy.audit.recording import Actor
from advocacy.errors import Conflict, NotFound
from advocacy.identity import sessions
from advocacy.identity.models import Session, SignInLink, SignInRequest, User
from advocacy.identity.sessions import SKEW, Opened, Seat
from advocacy.mail import posting
from advocacy.render.i18n import gettext as _

LINK_LIFE = timedelta(minutes=15)
LEASE = timedelta(minutes=1)
MOST = 500
LETTERS_AN_HOUR = 5
# A link with less time left than this is no answer to somebody who asks for one.
STILL_GOOD = timedelta(minutes=5)


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


async def ask(canonical: str, *, browser: str, next_path: str = "") -> None:
    """Asks for a link to an address. For every address, known or not, this does the very same."""
    async with db.transaction():
        asked = await SignInRequest.create(
            canonical=canonical,
            browser_hash=sessions.digest(browser),
            next_path=next_path[:300],
            created_at=moment.now(),
        )
        await queue.after_commit("identity.answer_request", asked.id)


async def answer(request_id: int) -> bool:
    """Makes the link that somebody asked for, once, when we know the address.

    Nobody can use up another's letters: after five in an hour one more goes out exactly when no
    link that an earlier letter brought is good any more. False when no link was made.
    """
    async with db.transaction():
        asked = await db.row(
            "DELETE FROM advocacy_sign_in_request WHERE id = $1 AND created_at > $2"
            " RETURNING canonical, browser_hash, next_path",
            request_id,
            moment.now() - LINK_LIFE,
        )
        user = await user_of(asked["canonical"]) if asked is not None else None
        if asked is None or user is None or not await _wants_letter(user):
            return False
        link = await issue(user, browser_hash=asked["browser_hash"], next_path=asked["next_path"])
        await _send_later(link)
    return True


async def _wants_letter(user: User) -> bool:
    now = moment.now()
    sent = SignInLink.filter(user=user, proves_id__isnull=True)
    if await sent.filter(created_at__gt=now - timedelta(hours=1)).count() < LETTERS_AN_HOUR:
        return True
    return not await sent.filter(used_at__isnull=True, expires_at__gt=now + STILL_GOOD).exists()


async def _send_later(link: SignInLink) -> None:
    await SignInLink.filter(id=link.id).update(letter_due_at=link.created_at - SKEW)
    await queue.after_commit("identity.send_link", link.id)


async def ask_proof(session_id: int, *, user_id: int, next_path: str = "") -> None:
    """Sends a link by which the reader of a session proves that the inbox is still theirs."""
    async with db.transaction():
        user = await User.get(id=user_id)
        await _send_later(await issue(user, next_path=next_path, proves=session_id))


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


async def issue(
    user: User, *, browser_hash: str = "", next_path: str = "", proves: int | None = None
) -> SignInLink:
    """A fresh link for a user; `browser_hash` is that of the browser that asked."""
    now = moment.now()
    return await SignInLink.create(
        user=user,
        nonce=secrets.token_hex(16),
        browser_hash=browser_hash,
        next_path=next_path[:300],
        created_at=now,
        expires_at=now + LINK_LIFE,
        proves_id=proves,
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


async def enter(token: str, seat: Seat) -> tuple[Opened, str]:
    """Uses a link up and opens a session; returns it and the path the reader was on the way to.

    Raises NotFound for a bad link and Conflict when two requests use one link at once.
    """
    link = await find(token)
    if link.proves_id is not None:
        raise NotFound(_("This link signs nobody in. Ask for a new one."))
    async with db.transaction():
        await _use_up(link)
        opened = await sessions.open_session(link.user_id, seat, way="link")
    return opened, link.next_path


async def prove(token: str, session_id: int, actor: Actor) -> str:
    """Uses a link up that proves this very session; returns the path to go on to.

    A session of another browser is never proved: its reader may be a stranger who only asked.
    Raises NotFound for a bad link and Conflict for another session's.
    """
    link = await find(token)
    if link.proves_id != session_id:
        raise Conflict(_("Open this link in the browser in which you asked for it."))
    async with db.transaction():
        await _use_up(link)
        await sessions.prove(session_id, actor, way="link")
    return link.next_path


async def _use_up(link: SignInLink) -> None:
    used = await SignInLink.filter(id=link.id, used_at__isnull=True).update(used_at=moment.now())
    if used != 1:
        raise Conflict(_("This sign-in link has just been used. Ask for a new one."))


async def choose_language(user_id: int, language: str) -> None:
    """Keeps the language a user wants to read in."""
    await User.filter(id=user_id).update(language=language)


async def send_link(link_id: int) -> bool:
    """Posts the letter with a link once; False for a link used, run out, or in hand."""
    now = moment.now()
    claimed = await SignInLink.filter(
        id=link_id, used_at__isnull=True, expires_at__gt=now, letter_due_at__lte=now
    ).update(letter_due_at=now + LEASE)
    if claimed != 1:
        return False
    link = await SignInLink.get(id=link_id).select_related("user")
    context = {"path": path_of(link), "minutes": int(LINK_LIFE.total_seconds() // 60)}
    try:
        if link.proves_id is None:
            await _post("sign_in", link.user, context)
        else:
            session = await Session.get(id=link.proves_id)
            await _post("prove", link.user, {**context, "browser": session.browser})
    except Exception:
        await SignInLink.filter(id=link_id).update(letter_due_at=moment.now() - SKEW)
        raise
    await SignInLink.filter(id=link_id).update(letter_due_at=None)
    return True


async def tell_of_session(session_id: int) -> bool:
    """Posts the letter that says a new browser signed in, once; False when none is due."""
    now = moment.now()
    claimed = await Session.filter(id=session_id, letter_due_at__lte=now).update(
        letter_due_at=now + LEASE
    )
    if claimed != 1:
        return False
    session = await Session.get(id=session_id).select_related("user")
    context = {
        "browser": session.browser,
        "origin": session.origin,
        "at": session.proved_at or session.created_at,
    }
    try:
        await _post("new_sign_in", session.user, context)
    except Exception:
        await Session.filter(id=session_id).update(letter_due_at=moment.now() - SKEW)
        raise
    await Session.filter(id=session_id).update(letter_due_at=None)
    return True


async def _post(name: str, user: User, context: dict[str, object]) -> None:
    await posting.post_letter(
        name, to=user.email, to_name=user.name, locale=user.language or "en", context=context
    )


async def ring_unsent() -> int:
    """Rings for requests and letters that are overdue, and forgets requests nobody answered."""
    now = moment.now()
    await SignInRequest.filter(created_at__lt=now - LINK_LIFE).delete()
    asked = SignInRequest.filter(created_at__lt=now - LEASE).order_by("id").limit(MOST)
    requests = await asked.values_list("id", flat=True)
    for each in requests:
        await queue.ring_now("identity.answer_request", int(str(each)))
    overdue = SignInLink.filter(
        letter_due_at__lt=now - LEASE, expires_at__gt=now, used_at__isnull=True
    )
    links = await overdue.order_by("letter_due_at").limit(MOST).values_list("id", flat=True)
    for each in links:
        await queue.ring_now("identity.send_link", int(str(each)))
    untold = Session.filter(letter_due_at__lt=now - LEASE).order_by("letter_due_at").limit(MOST)
    told = await untold.values_list("id", flat=True)
    for each in told:
        await queue.ring_now("identity.tell_of_session", int(str(each)))
    return len(requests) + len(links) + len(told)
