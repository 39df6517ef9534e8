"""Challenges: what a passkey has to sign. Good once, for five minutes, in one browser."""

import secrets
from datetime import timedelta
from typing import Literal

from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from advocacy import moment
from advocacy.errors import Invalid
from advocacy.factors.models import Challenge
from advocacy.identity.sessions import digest
from advocacy.render.i18n import gettext as _

Purpose = Literal["add", "enter", "prove"]
LIFE = timedelta(minutes=5)


async def make(purpose: Purpose, browser: str, *, user_id: int | None = None) -> bytes:
    """A fresh challenge for a browser, known by its secret cookie."""
    value = secrets.token_bytes(32)
    await Challenge.create(
        value=bytes_to_base64url(value),
        purpose=purpose,
        user_id=user_id,
        browser_hash=digest(browser),
        expires_at=moment.now() + LIFE,
    )
    return value


async def use_up(
    value: str, purpose: Purpose, browser: str, *, user_id: int | None = None
) -> bytes:
    """Uses a challenge up, whatever comes of it; must be committed before the answer is judged.

    Raises Invalid for one that is unknown, used, too old, or another browser's, user's or purpose.
    """
    now = moment.now()
    wanted = Challenge.filter(
        value=value,
        purpose=purpose,
        browser_hash=digest(browser),
        used_at__isnull=True,
        expires_at__gt=now,
    )
    wanted = (
        wanted.filter(user_id=user_id)
        if user_id is not None
        else wanted.filter(user_id__isnull=True)
    )
    if not value or await wanted.update(used_at=now) != 1:
        raise Invalid(_("That took too long, or was sent twice. Try again."))
    return base64url_to_bytes(value)


async def forget_old() -> int:
    """Removes challenges whose time is over; returns how many."""
    return await Challenge.filter(expires_at__lt=moment.now() - LIFE).delete()
