"""Keys of the factors slice, each derived from SECRET_KEY for one purpose."""

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from advocacy import settings


@lru_cache(maxsize=8)
def _key(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def _fernet() -> Fernet:
    key = _key(settings.current().secret_key, "advocacy.factors.codes")
    return Fernet(base64.urlsafe_b64encode(key))


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


def keyed_hash(user_id: int, code: str) -> str:
    """What is kept of a recovery code: worth nothing without SECRET_KEY."""
    key = _key(settings.current().secret_key, "advocacy.factors.recovery")
    return hmac.new(key, f"{user_id}:{code}".encode(), hashlib.sha256).hexdigest()
