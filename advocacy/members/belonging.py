"""What a member sees of their own: chapters, letters allowed, what they may do next."""

from dataclasses import dataclass

from advocacy import db
from advocacy.members.models import Membership, Person, Subscription


@dataclass(frozen=True)
class Belonging:
    """One chapter of a person."""

    chapter_id: int
    slug: str
    name: str
    state: str
    gets_letters: bool


async def chapters_of(person_id: int) -> list[Belonging]:
    """The person's chapters, with headquarters where they allowed its letters."""
    found = await db.rows(
        """SELECT c.id, c.slug, c.name, COALESCE(m.state, '') AS state,
                  COALESCE(s.granted, FALSE) AS granted
           FROM advocacy_chapter c
           LEFT JOIN advocacy_membership m ON m.chapter_id = c.id AND m.person_id = $1
           LEFT JOIN advocacy_subscription s ON s.chapter_id = c.id AND s.person_id = $1
                AND s.purpose = 'mailings' AND s.channel = 'email'
           WHERE m.state = 'current' OR s.granted
           ORDER BY c.is_headquarters DESC, c.name""",
        person_id,
    )
    return [
        Belonging(row["id"], row["slug"], row["name"], row["state"], bool(row["granted"]))
        for row in found
    ]


async def person_of(canonical: str) -> Person | None:
    """The confirmed person of a signed-in address."""
    return await Person.get_or_none(canonical=canonical, confirmed_at__isnull=False)


async def member_count(chapter_id: int) -> int:
    """Current members of a chapter."""
    return await Membership.filter(chapter_id=chapter_id, state="current").count()


async def reachable_count(chapter_id: int) -> int:
    """Persons who allow this sender's letters, deliverable or not."""
    return await Subscription.filter(chapter_id=chapter_id, granted=True).count()
