"""Beginning anew for somebody who lost phone, key and recovery codes."""

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.factors.models import CodeSecret, CodeTries, Passkey, RecoveryCode
from advocacy.identity.models import Session


async def reset(user_id: int, actor: Actor) -> int:
    """Takes every factor of a user away and signs them out everywhere; the e-mailed link is left.

    Returns how many factors there were.
    """
    async with db.transaction():
        gone = await Passkey.filter(user_id=user_id).delete()
        gone += await CodeSecret.filter(user_id=user_id).delete()
        await RecoveryCode.filter(user_id=user_id).delete()
        await CodeTries.filter(user_id=user_id).delete()
        await Session.filter(user_id=user_id, revoked_at__isnull=True).update(
            revoked_at=moment.now()
        )
        await note("factor.reset", actor=actor, record=f"user:{user_id}", factors=gone)
    return gone
