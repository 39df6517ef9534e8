"""The veil over a member whom a chapter knows from its own roll alone.

There is one row for a person worldwide. A chapter that puts an address on its roll must not learn
from it what others know of that person, nor that they do: until the person speaks to the chapter
themselves, its staff see what its roll said, which stands on the membership. All that staff read
of a person goes through the pieces of SQL below.
"""

from advocacy import db

# What a veiled membership holds in the person's place.
TEXTS = ("email", "given_name", "family_name", "language", "country_code")
STATE = ("deliverability", "confirmed_at")
BLANK = ", ".join(f"{name} = ''" for name in TEXTS)
BLANK += ", deliverability = 'ok', confirmed_at = NULL"
# Who of the bases of consent are the person themselves.
THEMSELVES = ("confirmed", "signed_in", "page")


def seen(column: str, *, row: str = "m", person: str = "p") -> str:
    """SQL: what the chapter of a membership `row` sees in a column of its person."""
    return f"CASE WHEN {row}.is_veiled THEN {row}.{column} ELSE {person}.{column} END"


def seen_by(column: str, *, chapter: str = "$1", person: str = "p") -> str:
    """SQL: what a chapter (a placeholder) sees in a text column of a person, member or not."""
    return f"COALESCE((SELECT veil.{column} {over(chapter, person)}), {person}.{column})"


def over(chapter: str = "$1", person: str = "p") -> str:
    """SQL from FROM on: the chapter's veiled membership `veil` of a person; append `AND …`."""
    return (
        f"FROM advocacy_membership veil WHERE veil.person_id = {person}.id"
        f" AND veil.chapter_id = {chapter} AND veil.is_veiled"
    )


def reached(*, row: str = "veil") -> str:
    """SQL: the roll itself said of a veiled member that the address is confirmed and works."""
    return f"{row}.confirmed_at IS NOT NULL AND {row}.deliverability IN ('ok', 'soft')"


async def is_any(chapter_id: int) -> bool:
    """True where a chapter has veiled members."""
    found = await db.value(
        "SELECT id FROM advocacy_membership WHERE chapter_id = $1 AND is_veiled LIMIT 1", chapter_id
    )
    return found is not None


async def lift(person_id: int, chapter_id: int) -> None:
    """The person spoke to the chapter themselves: from now on it sees what they told us.

    Repeating it changes nothing.
    """
    await db.execute(
        f"UPDATE advocacy_membership SET is_veiled = FALSE, {BLANK}"
        " WHERE person_id = $1 AND chapter_id = $2 AND is_veiled",
        person_id,
        chapter_id,
    )


async def mark(person_id: int, chapter_id: int, deliverability: str) -> None:
    """What became of a chapter's own letter is the chapter's to see, under a veil too."""
    await db.execute(
        "UPDATE advocacy_membership SET deliverability = $1 WHERE person_id = $2"
        " AND chapter_id = $3 AND is_veiled AND (deliverability = 'ok' OR $4)",
        deliverability,
        person_id,
        chapter_id,
        deliverability not in ("ok", "soft"),
    )
