"""Recovery codes: ten, shown once, each good once, for the day when phone and key are lost."""

import secrets

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.errors import Invalid
from advocacy.factors import holding, keys
from advocacy.factors.models import RecoveryCode
from advocacy.render.i18n import gettext as _

HOW_MANY = 10
# Letters and digits that nobody mistakes for others: 59 bits in twelve of them.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12


async def renew(user_id: int) -> list[str]:
    """Ten fresh codes in groups of four; all earlier ones are void. Only now are they readable."""
    codes = ["".join(secrets.choice(ALPHABET) for _n in range(LENGTH)) for _m in range(HOW_MANY)]
    async with db.transaction():
        await RecoveryCode.filter(user_id=user_id).delete()
        await RecoveryCode.bulk_create(
            [
                RecoveryCode(user_id=user_id, code_hash=keys.keyed_hashes(user_id, code)[0])
                for code in codes
            ]
        )
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


async def renew_for(user_id: int, actor: Actor) -> list[str]:
    """As `renew`, for a user who asks for it. Raises Invalid for one without a factor."""
    async with db.transaction():
        if not await holding.holds(user_id):
            raise Invalid(_("Add a passkey or one-time codes first."))
        codes = await renew(user_id)
        await note("recovery.renewed", actor=actor, record=f"user:{user_id}")
    return codes


async def accept(user_id: int, code: str) -> None:
    """Uses a code up. Must run inside the caller's transaction, after `tries.spend`.

    Raises Invalid for a code that is wrong or used.
    """
    done = await RecoveryCode.filter(
        user_id=user_id, code_hash__in=keys.keyed_hashes(user_id, code), used_at__isnull=True
    ).update(used_at=moment.now())
    if done != 1:
        raise Invalid(_("That code is not right, or has been used."), field="code")


async def left(user_id: int) -> int:
    """How many codes are still good."""
    return await RecoveryCode.filter(user_id=user_id, used_at__isnull=True).count()


async def drop_if_last(user_id: int) -> None:
    """Without any factor there is nothing to recover."""
    if not await holding.holds(user_id):
        await RecoveryCode.filter(user_id=user_id).delete()
