"""One-time codes (TOTP, RFC 6238: SHA-1, six digits, 30 seconds) from an app on a phone."""

import base64
import secrets
import unicodedata
from urllib.parse import quote

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from markupsafe import Markup

from advocacy import db, moment, settings
from advocacy.audit.recording import Actor, note
from advocacy.errors import Conflict, Invalid
from advocacy.factors import keys, recovery, tries
from advocacy.factors.models import CodeSecret
from advocacy.render.i18n import gettext as _

DIGITS = 6
STEP = 30
# A phone's clock may be one step off either way.
WINDOW = (0, -1, 1)


def plain(code: str) -> str:
    """A code as it is compared: digits of any script as 0 to 9, no spaces and hyphens."""
    kept = (each for each in code.strip() if not each.isspace() and each not in "-–·.")
    return "".join(
        str(unicodedata.decimal(each)) if each.isdecimal() else each.lower() for each in kept
    )


def looks_like_one(code: str) -> bool:
    """True for six digits; anything else can only be a recovery code."""
    text = plain(code)
    return len(text) == DIGITS and text.isdecimal()


async def begin(user_id: int) -> str:
    """A fresh secret in base32, or the one begun before; not in force until `confirm`.

    Raises Conflict where codes are in force already.
    """
    secret = secrets.token_bytes(20)
    async with db.transaction():
        await db.execute(
            "INSERT INTO advocacy_code_secret (user_id, secret, last_step, created_at)"
            " VALUES ($1, $2, 0, $3) ON CONFLICT (user_id) DO NOTHING",
            user_id,
            keys.seal(user_id, secret),
            moment.now(),
        )
    held = await CodeSecret.get(user_id=user_id)
    if held.confirmed_at is not None:
        raise Conflict(_("You have one-time codes already. Remove them first to begin anew."))
    known = keys.unseal(user_id, held.secret)
    if known is None:
        await CodeSecret.filter(id=held.id).update(secret=keys.seal(user_id, secret))
        known = secret
    return base64.b32encode(known).decode("ascii")


def address(secret: str, email: str) -> str:
    """What the square holds: the address by which an app takes the secret over."""
    issuer = quote(settings.current().organisation)
    return f"otpauth://totp/{issuer}:{quote(email)}?secret={secret}&issuer={issuer}"


def square(secret: str, email: str) -> Markup:
    """The address as a QR code, an SVG of black on white in any scheme of colours."""
    code = segno.make(address(secret, email), error="m")
    return Markup(code.svg_inline(scale=5, border=4, light="#fff", svgclass="qr", lineclass=None))  # noqa: S704


async def confirm(user_id: int, code: str, actor: Actor) -> list[str]:
    """Puts begun codes in force by a first right code; returns recovery codes if there were none.

    Raises Invalid for a wrong code, TooMany after several, Conflict where nothing is begun.
    """
    await tries.spend(user_id)
    now = moment.now()
    async with db.transaction():
        step = await _take(user_id, code, confirmed=False)
        done = await CodeSecret.filter(user_id=user_id, confirmed_at__isnull=True).update(
            confirmed_at=now, last_step=step
        )
        if done != 1:
            raise Conflict(_("Your one-time codes are in force already."))
        await tries.forgive(user_id)
        shown = await recovery.renew(user_id) if await recovery.left(user_id) == 0 else []
        await note("factor.added", actor=actor, record=f"user:{user_id}", kind="codes")
    return shown


async def accept(user_id: int, code: str) -> None:
    """Takes a code of a user, once: never the same nor an older one again.

    Must run inside the caller's transaction, after `tries.spend`. Raises Invalid.
    """
    step = await _take(user_id, code, confirmed=True)
    done = await CodeSecret.filter(user_id=user_id, last_step__lt=step).update(last_step=step)
    if done != 1:
        raise _wrong()
    await tries.forgive(user_id)


async def _take(user_id: int, code: str, *, confirmed: bool) -> int:
    """The time step of a right code. Raises Invalid for a wrong or used one."""
    held = await CodeSecret.get_or_none(user_id=user_id, confirmed_at__isnull=not confirmed)
    secret = keys.unseal(user_id, held.secret) if held is not None else None
    given = plain(code)
    if held is None or secret is None:
        raise _wrong()
    current = int(moment.now().timestamp()) // STEP
    maker = TOTP(secret, DIGITS, SHA1(), STEP)  # noqa: S303  (what every app speaks)
    for shift in WINDOW:
        step = current + shift
        right = maker.generate(step * STEP).decode("ascii")
        if secrets.compare_digest(right.encode(), given.encode()) and step > held.last_step:
            return step
    raise _wrong()


def _wrong() -> Invalid:
    return Invalid(
        _("That code is not right, or has been used. Wait for the next one and enter it."),
        field="code",
    )


async def remove(user_id: int, actor: Actor) -> bool:
    """Takes one-time codes away; False when there were none. Recovery codes go with the last
    factor."""
    async with db.transaction():
        done = await CodeSecret.filter(user_id=user_id).delete()
        if done:
            await recovery.drop_if_last(user_id)
            await note("factor.removed", actor=actor, record=f"user:{user_id}", kind="codes")
    return bool(done)
