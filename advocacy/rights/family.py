"""A person with everybody who was merged into them: what is asked for one is done for all."""

from advocacy import db, moment


async def family_of(person_id: int) -> list[int]:
    """The person's id, then the ids of those merged into them, however long the way."""
    found = await db.rows(
        "WITH RECURSIVE family (id) AS (SELECT CAST($1 AS BIGINT) UNION"
        " SELECT p.id FROM advocacy_person p JOIN family f ON p.merged_into_id = f.id)"
        " SELECT id FROM family",
        person_id,
    )
    others = sorted(int(each["id"]) for each in found if int(each["id"]) != person_id)
    return [person_id, *others]


async def is_staff(person_id: int) -> bool:
    """True where the person, or anybody who was merged into them, holds a role at this moment."""
    family = await family_of(person_id)
    return bool(
        await db.value(
            "SELECT g.id FROM advocacy_grant g JOIN advocacy_user u ON u.id = g.user_id"
            " JOIN advocacy_person p ON p.canonical = u.canonical"
            f" WHERE p.id IN ({db.marks(len(family), 2)}) AND g.revoked_at IS NULL"
            " AND (g.expires_at IS NULL OR g.expires_at > $1) LIMIT 1",
            moment.now(),
            *family,
        )
    )
