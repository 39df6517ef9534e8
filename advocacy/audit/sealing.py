"""The seal of one audit entry: a keyed hash over all it says and the seal of the entry before."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

GENESIS = "0" * 64
FIELDS = ("actor_id", "actor", "act", "record", "chapter", "origin", "details")


def seal(previous: str, entry: Mapping[str, Any], secret: str) -> str:
    """HMAC-SHA256, in hex, of `previous` and of the entry's time and FIELDS.

    A JSON list of them is what is hashed: no two entries have the same text, wherever one field
    ends and the next begins. Without the secret nobody can seal an entry, or seal it again.
    """
    at: datetime = entry["at"]
    said = [previous, at.astimezone(UTC).isoformat(timespec="microseconds")]
    text = json.dumps([*said, *(entry[name] for name in FIELDS)], separators=(",", ":"))
    return hmac.digest(_key(secret), text.encode("ascii"), "sha256").hex()


@lru_cache(maxsize=8)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode("utf-8"), b"advocacy.audit", "sha256")
