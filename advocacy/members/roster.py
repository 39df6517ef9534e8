"""A chapter's roll as its staff read it: newest first, found by name or address, page by key."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from advocacy import db

PAGE = 50
STATES = ("current", "pending", "left")


@dataclass(frozen=True)
class RosterPage:
    """One page of the roll and the key of the next one (None at the end)."""

    rows: list[dict[str, Any]]
    next_key: int | None


async def read(chapter_id: int, *, wanted: str = "", before: int | None = None) -> RosterPage:
    """Up to 50 current members of this chapter and of no other, newest membership first.

    `wanted` matches part of a name or address in any case; `before` is the key of a page.
    """
    conditions, values = ["m.chapter_id = $1", "m.state = 'current'"], [chapter_id]
    parameters: list[Any] = list(values)
    if wanted:
        parameters.append(f"%{_literal(wanted.casefold())}%")
        mark = f"${len(parameters)}"
        conditions.append(
            f"(lower(p.given_name || ' ' || p.family_name) LIKE {mark} ESCAPE '\\'"
            f" OR lower(p.email) LIKE {mark} ESCAPE '\\')"
        )
    if before is not None:
        parameters.append(before)
        conditions.append(f"m.id < ${len(parameters)}")
    found = await db.rows(
        "SELECT m.id, m.member_no, m.joined_on, p.given_name, p.family_name, p.email, p.language,"
        " p.country_code, p.deliverability, p.confirmed_at,"
        " COALESCE(s.granted, FALSE) AS gets_letters"
        " FROM advocacy_membership m JOIN advocacy_person p ON p.id = m.person_id"
        " LEFT JOIN advocacy_subscription s ON s.person_id = p.id AND s.chapter_id = m.chapter_id"
        " AND s.purpose = 'mailings' AND s.channel = 'email'"
        f" WHERE {' AND '.join(conditions)} ORDER BY m.id DESC LIMIT {PAGE + 1}",
        *parameters,
    )
    more = len(found) > PAGE
    for row in found:
        if isinstance(row["joined_on"], str):
            row["joined_on"] = date.fromisoformat(row["joined_on"][:10])
    return RosterPage(found[:PAGE], int(found[PAGE - 1]["id"]) if more else None)


def _literal(text: str) -> str:
    """The text with LIKE's own signs made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
