"""Source codes: where an action came from. Somebody's share link names their own action.

A share code is made from the action's id and a short signature, so that it costs nothing until
somebody acts through it; only then does it become a row.
"""

import hmac
import re

from advocacy import db, moment, settings

_SHARE = re.compile(r"([0-9a-z]{1,13})-([0-9a-z]{6})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def code_for(action_id: int) -> str:
    """The code on the links that somebody shares after acting; the same at every call."""
    return f"{_written(action_id)}-{_signature(action_id)}"


async def taken(code: str) -> int | None:
    """The id of the source behind a code, made when it is the first use of a share code.

    None for a code that nobody gave out: it is no reason to refuse an action.
    """
    found = await db.value("SELECT id FROM campaigns_source_code WHERE code = $1", code[:40])
    if found is not None:
        return int(found)
    action_id = _shared_by(code)
    if action_id is None:
        return None
    await db.execute(
        "INSERT INTO campaigns_source_code (code, kind, label, campaign_id, person_id, created_at)"
        " SELECT $1, 'share', '', campaign_id, person_id, $2 FROM campaigns_action WHERE id = $3"
        " ON CONFLICT (code) DO NOTHING",
        code,
        moment.now(),
        action_id,
    )
    made = await db.value("SELECT id FROM campaigns_source_code WHERE code = $1", code)
    return None if made is None else int(made)


def _shared_by(code: str) -> int | None:
    match = _SHARE.fullmatch(code)
    if match is None:
        return None
    action_id = int(match[1], 36)
    return action_id if hmac.compare_digest(match[2], _signature(action_id)) else None


def _signature(action_id: int) -> str:
    key = settings.current().secret_key.encode()
    digest = hmac.digest(key, f"share~{action_id}".encode(), "sha256")
    return _written(int.from_bytes(digest[:8], "big")).rjust(6, "0")[-6:]


def _written(number: int) -> str:
    """A number in base 36."""
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return text or "0"
