"""What a member sees of their own: chapters, letters allowed, what they may do next."""

from dataclasses import dataclass
from datetime import date

from advocacy.chapters.models import Chapter
from advocacy.members.models import EMAIL, MAILINGS, Membership, Person, Subscription


@dataclass(frozen=True)
class Belonging:
    """One chapter of a person: a member of it since `since`, or somebody it may write to."""

    chapter_id: int
    slug: str
    name: str
    languages: str
    state: str
    gets_letters: bool
    since: date | None

    @property
    def is_member(self) -> bool:
        """True while the membership is current."""
        return self.state == "current"


async def chapters_of(person_id: int) -> list[Belonging]:
    """The person's chapters, with headquarters where they allowed its letters."""
    return [each for each in await known_to(person_id) if each.is_member or each.gets_letters]


async def known_to(person_id: int) -> list[Belonging]:
    """Their chapters and every other sender whose letters they ever allowed or stopped."""
    memberships = {each.chapter_id: each for each in await Membership.filter(person_id=person_id)}
    letters = {
        each.chapter_id: each.granted
        for each in await Subscription.filter(person_id=person_id, purpose=MAILINGS, channel=EMAIL)
    }
    current = {key for key, each in memberships.items() if each.state == "current"}
    found = await Chapter.filter(id__in=[*letters, *current]).order_by("-is_headquarters", "name")
    return [_belonging(each, memberships.get(each.id), letters) for each in found]


def _belonging(
    chapter: Chapter, membership: Membership | None, letters: dict[int, bool]
) -> Belonging:
    return Belonging(
        chapter_id=chapter.id,
        slug=chapter.slug,
        name=chapter.name,
        languages=chapter.languages,
        state=membership.state if membership else "",
        gets_letters=letters.get(chapter.id, False),
        since=membership.joined_on if membership else None,
    )


async def person_of(canonical: str) -> Person | None:
    """The confirmed person of a signed-in address; whom it was merged into, if it was."""
    found = await Person.get_or_none(
        canonical=canonical, confirmed_at__isnull=False, erased_at__isnull=True
    ).select_related("merged_into")
    return (found.merged_into or found) if found else None


async def member_count(chapter_id: int) -> int:
    """Current members of a chapter."""
    return await Membership.filter(chapter_id=chapter_id, state="current").count()


async def reachable_count(chapter_id: int) -> int:
    """Persons who allow this sender's letters, deliverable or not."""
    return await Subscription.filter(
        chapter_id=chapter_id, purpose=MAILINGS, channel=EMAIL, granted=True
    ).count()
