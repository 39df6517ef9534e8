"""Proving: a factor makes a half session whole, or marks a whole one as proved again."""

from dataclasses import dataclass

from advocacy import db
from advocacy.audit.recording import Actor, note
from advocacy.factors import codes, passkeys, recovery, tries
from advocacy.identity import sessions
from advocacy.identity.sessions import Opened, Seat


@dataclass(frozen=True)
class Prover:
    """Who has to prove who they are: the user of a session, whole or half."""

    user_id: int
    session_id: int
    email: str
    is_half: bool


async def by_code(prover: Prover, code: str, actor: Actor) -> Opened | None:
    """By a one-time code or a recovery code. Returns the session when a half one became whole.

    Raises Invalid for a wrong code and TooMany after several.
    """
    await tries.spend(prover.user_id)
    is_timed = codes.looks_like_one(code)
    async with db.transaction():
        if is_timed:
            await codes.accept(prover.user_id, code)
        else:
            await recovery.accept(prover.user_id, codes.plain(code))
        await tries.forgive(prover.user_id)
        opened = await _proved(prover, actor, "code" if is_timed else "recovery")
        if not is_timed:
            left = await recovery.left(prover.user_id)
            await note("recovery.used", actor=actor, record=f"user:{prover.user_id}", left=left)
    return opened


async def by_passkey(prover: Prover, answer: str, browser: str, actor: Actor) -> Opened | None:
    """By a passkey of this user. Returns the session when a half one became whole."""
    await passkeys.accept(answer, purpose="prove", browser=browser, user_id=prover.user_id)
    async with db.transaction():
        return await _proved(prover, actor, "passkey")


async def _proved(prover: Prover, actor: Actor, way: str) -> Opened | None:
    if prover.is_half:
        return await sessions.complete(prover.session_id, way=way)
    await sessions.prove(prover.session_id, actor, way=way)
    return None


async def enter(answer: str, browser: str, seat: Seat) -> Opened:
    """Signs in by a passkey alone: it stands for the user and for both factors."""
    passkey = await passkeys.accept(answer, purpose="enter", browser=browser)
    return await sessions.open_session(passkey.user_id, seat, way="passkey", proved=True)
