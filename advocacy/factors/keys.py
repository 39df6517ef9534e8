"""Keys of the factors slice, each derived from SECRET_KEY for one purpose.

What was sealed or hashed under a former key (FORMER_SECRET_KEYS) still opens; nothing new is.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from advocacy import settings


@lru_cache(maxsize=8)
def _key(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def _secrets() -> tuple[str, ...]:
    config = settings.current()
    return (config.secret_key, *config.former_keys)


def _fernet() -> MultiFernet:
    keys = [_key(secret, "advocacy.factors.codes") for secret in _secrets()]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def seal(user_id: int, secret: bytes) -> str:
    """A secret of a user, encrypted; in another user's row it opens nothing."""
    return _fernet().encrypt(f"{user_id}:".encode() + secret).decode("ascii")


def unseal(user_id: int, sealed: str) -> bytes | None:
    """The secret again; None when it was sealed for another user or under another key."""
    try:
        owner, _colon, secret = _fernet().decrypt(sealed.encode("ascii")).partition(b":")
    except (InvalidToken, UnicodeError):
        return None
    return secret if owner == str(user_id).encode() else None


def keyed_hashes(user_id: int, code: str) -> list[str]:
    """What is kept of a recovery code, under the key of today first: worth nothing without it."""
    keys = [_key(secret, "advocacy.factors.recovery") for secret in _secrets()]
    text = f"{user_id}:{code}".encode()
    return [hmac.new(key, text, hashlib.sha256).hexdigest() for key in keys]
