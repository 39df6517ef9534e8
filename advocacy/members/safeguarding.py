"""Safeguarding: the strictest profile of everybody's chapters decides how we treat them.

Where a person and a page or letter belong to different chapters, the stricter profile wins.
"""

from collections.abc import Sequence

from advocacy import db
from advocacy.chapters import safety
from advocacy.chapters.safety import OPEN, Profile
from advocacy.mail import addresses

# The chapters of persons that are not open; almost nobody has one.
_CAUTIOUS = (
    "FROM advocacy_membership m JOIN advocacy_chapter c ON c.id = m.chapter_id"
    f" WHERE m.state = 'current' AND c.safety <> '{OPEN.name}'"
)


def hides_name(person: str) -> str:
    """SQL: true for a person (a column with the id) whose chapters keep names to themselves."""
    shown = ", ".join(f"'{each.name}'" for each in safety.PROFILES.values() if each.names_public)
    return f"EXISTS (SELECT 1 {_CAUTIOUS} AND c.safety NOT IN ({shown}) AND m.person_id = {person})"


async def profile_of(person_id: int, chapter_id: int | None = None) -> Profile:
    """The strictest profile among a person's chapters and the chapter they deal with."""
    found = await db.rows(
        f"SELECT c.safety {_CAUTIOUS} AND m.person_id = $1"
        " UNION ALL SELECT safety FROM advocacy_chapter WHERE id = $2",
        person_id,
        chapter_id or 0,
    )
    return safety.strictest(each["safety"] for each in found)


async def profiles_of(person_ids: Sequence[int], chapter_id: int) -> dict[int, Profile]:
    """For letters to many: whom to treat how, in letters of a chapter."""
    if not person_ids:
        return {}
    own = await db.value("SELECT safety FROM advocacy_chapter WHERE id = $1", chapter_id)
    names: dict[int, list[str]] = {each: [own] for each in person_ids}
    for row in await db.rows(
        f"SELECT m.person_id, c.safety {_CAUTIOUS}"
        f" AND m.person_id IN ({db.marks(len(person_ids))})",
        *person_ids,
    ):
        names[int(row["person_id"])].append(row["safety"])
    return {each: safety.strictest(found) for each, found in names.items()}


def rank_of_address(canonical: str, chapter: str) -> str:
    """SQL: the rank of the strictest profile among a chapter and those of whoever has an address.

    Both are placeholders. A stranger has but the chapter's profile.
    """
    ranks = " ".join(f"WHEN '{each.name}' THEN {each.rank}" for each in safety.PROFILES.values())
    return (
        f"(SELECT MAX(CASE c.safety {ranks} ELSE {safety.STRICT.rank} END)"
        f" FROM advocacy_chapter c WHERE c.id = {chapter} OR c.id IN (SELECT m.chapter_id"
        " FROM advocacy_membership m JOIN advocacy_person p ON p.id = m.person_id"
        f" WHERE p.canonical = {canonical} AND m.state = 'current'))"
    )


async def is_discreet(email: str) -> bool:
    """Whether letters to an address must not show in a list what they are about."""
    found = await db.rows(
        f"SELECT c.safety {_CAUTIOUS} AND m.person_id ="
        " (SELECT id FROM advocacy_person WHERE canonical = $1)",
        addresses.canonical(email),
    )
    return safety.strictest(each["safety"] for each in found).neutral_subjects


async def kept_origin(person_id: int, chapter_id: int, address: str) -> str:
    """As much of an address of origin as may be stored beside what a person did there."""
    if not address:
        return ""
    return (await profile_of(person_id, chapter_id)).kept_origin(address)
