"""What a user holds: which factors, and how many recovery codes are left."""

from dataclasses import dataclass

from advocacy.factors.models import CodeSecret, Passkey, RecoveryCode


@dataclass(frozen=True)
class Holding:
    """The second factors of one user."""

    passkeys: tuple[Passkey, ...]
    has_codes: bool
    recovery_left: int

    @property
    def is_any(self) -> bool:
        """True for somebody who has to give a second factor."""
        return bool(self.passkeys) or self.has_codes


async def holds(user_id: int) -> bool:
    """True for a user with a passkey or with one-time codes in force."""
    return (
        await Passkey.filter(user_id=user_id).exists()
        or await CodeSecret.filter(user_id=user_id, confirmed_at__isnull=False).exists()
    )


async def of(user_id: int) -> Holding:
    """All that a user holds, the oldest passkey first."""
    return Holding(
        passkeys=tuple(await Passkey.filter(user_id=user_id).order_by("id")),
        has_codes=await CodeSecret.filter(user_id=user_id, confirmed_at__isnull=False).exists(),
        recovery_left=await RecoveryCode.filter(user_id=user_id, used_at__isnull=True).count(),
    )
