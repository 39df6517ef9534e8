"""Signing in through the provider: a browser departs, comes back with a code, and is known.

Only people who hold a role at headquarters arrive. No user and no role is ever made here.
"""

import secrets
from datetime import timedelta
from typing import Any

from tortoise.exceptions import IntegrityError

from advocacy import db, moment, settings
from advocacy.audit.recording import Actor, note
from advocacy.errors import Conflict, Forbidden
from advocacy.identity import sessions
from advocacy.identity.models import User
from advocacy.identity.permissions import EVERYWHERE
from advocacy.identity.sessions import Opened, Seat, digest
from advocacy.mail.addresses import canonical
from advocacy.openid import provider
from advocacy.openid.models import Account, Departure
from advocacy.render.i18n import gettext as _

LIFE = timedelta(minutes=10)


async def depart(browser: str, next_path: str) -> str:
    """The provider's address for a browser to go to; what it is to come back with is kept.

    Raises Unreachable.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _n in range(3))
    address = await provider.address_for(state=state, nonce=nonce, verifier=verifier)
    await Departure.create(
        state_hash=digest(state),
        nonce=nonce,
        verifier=verifier,
        browser_hash=digest(browser),
        next_path=next_path[:300],
        expires_at=moment.now() + LIFE,
    )
    return address


async def arrive(
    state: str, code: str, *, browser: str, issuer: str, seat: Seat
) -> tuple[Opened, str]:
    """Signs in whoever came back in the browser that departed; returns also the path to go to.

    `issuer` is what the answer says of its sender, which may be nothing. Raises Forbidden for an
    answer that is not good, or for somebody without a role at headquarters, and Unreachable.
    """
    departure = await _come_back(state, browser)
    if issuer and issuer != settings.current().oidc_issuer:
        raise provider.not_believed()
    claims = await provider.identify(code, nonce=departure.nonce, verifier=departure.verifier)
    try:
        async with db.transaction():
            user = await _user_of(claims, seat)
            opened = await sessions.open_session(
                user.id, seat, way="openid", proved=provider.has_second_factor(claims)
            )
    except IntegrityError:
        raise Conflict(_("You signed in twice at once. Begin again.")) from None
    return opened, departure.next_path


async def _come_back(state: str, browser: str) -> Departure:
    """The departure of this browser, used up whatever comes of it."""
    now = moment.now()
    wanted = Departure.filter(
        state_hash=digest(state),
        browser_hash=digest(browser),
        used_at__isnull=True,
        expires_at__gt=now,
    )
    departure = await wanted.first()
    if departure is None or await wanted.update(used_at=now) != 1:
        raise provider.not_believed()
    return departure


async def _user_of(claims: dict[str, Any], seat: Seat) -> User:
    issuer, subject, now = settings.current().oidc_issuer, claims["sub"], moment.now()
    account = await Account.get_or_none(issuer=issuer, subject=subject).select_related("user")
    if account is not None:
        await Account.filter(id=account.id).update(used_at=now)
        return await _of_headquarters(account.user)
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        raise Forbidden(_("Your organisation does not vouch for your e-mail address. Ask it to."))
    user = await _of_headquarters(await User.get_or_none(canonical=canonical(email)))
    if await Account.filter(user=user, issuer=issuer).exists():
        # The address may have gone to another person; the account that was linked first stays.
        raise Forbidden(_("Another account of your organisation is linked to this address."))
    account = await Account.create(
        user=user, issuer=issuer, subject=subject, created_at=now, used_at=now
    )
    actor = Actor(user.id, user.email, seat.origin)
    await note("account.linked", actor=actor, record=f"account:{account.id}")
    return user


async def _of_headquarters(user: User | None) -> User:
    held = await sessions.held_by(user.id) if user is not None else ()
    if user is None or not any(each.role in EVERYWHERE for each in held):
        raise Forbidden(
            _("No role at headquarters belongs to this account. Sign in by e-mail instead.")
        )
    return user


async def give_up(state: str, browser: str) -> None:
    """Uses up the departure of a browser that comes back with a refusal. Raises Forbidden."""
    await _come_back(state, browser)


async def unlink(user_id: int, actor: Actor) -> int:
    """Forgets which accounts of a provider belong to a user; returns how many did."""
    async with db.transaction():
        gone: int = await Account.filter(user_id=user_id).delete()
        if gone:
            await note("account.unlinked", actor=actor, record=f"user:{user_id}", accounts=gone)
    return gone


async def forget_old() -> int:
    """Removes departures whose time is over; returns how many."""
    return await Departure.filter(expires_at__lt=moment.now() - LIFE).delete()
