"""Addresses made from titles: short, Latin, unique."""

import re
import unicodedata

from advocacy import db

MAX = 70
RESERVED = {"new"}
TABLES = ("campaigns_campaign", "campaigns_action_page")
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "’": " "}
)


def from_title(title: str, *, otherwise: str) -> str:
    """A slug of a title in Latin letters; `otherwise` where its script has no plain Latin form."""
    flat = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS))
    plain = flat.encode("ascii", "ignore").decode("ascii")
    letters = sum(each.isalpha() for each in flat)
    kept = sum(each.isalpha() for each in plain)
    words = plain if letters and kept / letters > 0.8 else otherwise
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    return _cut(slug) or _cut(otherwise) or "campaign"


async def free(table: str, slug: str, *, near: str = "") -> str:
    """The slug itself, or with `near` or a number behind it: the first that no row has."""
    if table not in TABLES:
        raise ValueError(table)
    near_one = [f"{_cut(slug, 50)}-{_cut(near, 25)}"] if near else []
    base = near_one[0] if near_one else slug
    for candidate in [slug, *near_one, *(f"{base}-{n}" for n in range(2, 1000))]:
        sql = f"SELECT 1 FROM {table} WHERE slug = $1"
        if candidate not in RESERVED and await db.value(sql, candidate) is None:
            return candidate
    raise RuntimeError(f"No free slug like {slug}")


def _cut(slug: str, length: int = MAX) -> str:
    if len(slug) <= length:
        return slug
    return slug[: length + 1].rsplit("-", 1)[0][:length].strip("-")
