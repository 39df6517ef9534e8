"""Signed links: a purpose, a few values and a signature, by itsdangerous with SHA-256.

A token for one purpose is worthless for another. Reading compares in constant time.
"""

import hashlib
from functools import lru_cache

from itsdangerous import BadSignature, Signer, TimestampSigner

from advocacy import settings


@lru_cache(maxsize=64)
def _signer(key: str, purpose: str, dated: bool) -> Signer:
    kind = TimestampSigner if dated else Signer
    return kind(key, salt=f"advocacy.{purpose}", digest_method=hashlib.sha256, sep=".")


def sign(purpose: str, *values: int | str, dated: bool = False) -> str:
    """A URL-safe token. Values may hold letters, digits, `-`, `_` and `~`, nothing else."""
    payload = "~".join(str(value) for value in values)
    return _signer(settings.current().secret_key, purpose, dated).sign(payload).decode("ascii")


def read(purpose: str, token: str, *, max_age: int | None = None) -> list[str] | None:
    """The values of a token, or None when it is forged, of another purpose, or too old (seconds).

    `max_age` must be given exactly for tokens that were signed `dated`.
    """
    signer = _signer(settings.current().secret_key, purpose, max_age is not None)
    try:
        if isinstance(signer, TimestampSigner):
            payload = signer.unsign(token, max_age=max_age)
        else:
            payload = signer.unsign(token)
    except (BadSignature, ValueError):
        return None
    return payload.decode("ascii", "replace").split("~")
