"""Proofs of work in ALTCHA's format: a sum that costs a browser a second and a flood very much.

A challenge is signed, bound to what it is for and short-lived; its proof counts once.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

from altcha import Payload, create_challenge, verify_solution

from advocacy import db, moment, settings

LIFE = timedelta(minutes=20)
ALGORITHM = "SHA-256"
# Some 130,000 hashes on average: under a second on a desktop, a few seconds on a cheap phone.
COST = 2
PREFIX = "0000"
MOST = 4_000


def challenge(subject: str) -> dict[str, Any]:
    """A fresh challenge for one subject, as the browser gets it."""
    made = create_challenge(
        algorithm=ALGORITHM,
        cost=COST,
        key_prefix=PREFIX,
        expires_at=int((moment.now() + LIFE).timestamp()),
        data={"for": _bound(subject)},
        hmac_secret=_secret(),
    )
    return made.to_dict()


async def spend(proof: str, subject: str) -> bool:
    """Uses a proof up: True once for each that is right, made for this subject and not too old."""
    if len(proof) > MOST:
        return False
    try:
        payload = Payload.from_base64(proof)
        data, signature = payload.challenge.parameters.data, payload.challenge.signature
        is_ours = isinstance(data, dict) and data.get("for") == _bound(subject)
        if not is_ours or not verify_solution(payload, _secret()).verified:
            return False
        expires = datetime.fromtimestamp(payload.challenge.parameters.expires_at or 0, UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return False
    if expires < moment.now():
        return False
    digest = hashlib.sha256(str(signature).encode()).hexdigest()
    spent = await db.execute(
        "INSERT INTO advocacy_spent_proof (digest, expires_at) VALUES ($1, $2)"
        " ON CONFLICT (digest) DO NOTHING",
        digest,
        expires,
    )
    return spent == 1


async def forget() -> int:
    """Removes spent proofs that are too old to be used again; returns how many."""
    return await db.execute(
        "DELETE FROM advocacy_spent_proof WHERE expires_at < $1", moment.now() - LIFE
    )


def _bound(subject: str) -> str:
    text = subject.encode("utf-8", "surrogatepass")
    return hmac.digest(_secret(), text, "sha256").hex()[:24]


def _secret() -> bytes:
    return hmac.digest(settings.current().secret_key.encode(), b"advocacy.gate.proof", "sha256")
