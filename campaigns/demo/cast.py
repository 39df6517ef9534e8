"""The people who sign in to the demo, and what each of them may do."""

from dataclasses import dataclass

from advocacy.chapters.models import Chapter
from advocacy.identity import granting
from advocacy.mail import addresses
from advocacy.members import consent, knowing
from advocacy.members.enrolling import enrol


@dataclass(frozen=True)
class Part:
    """One user of the demo."""

    title: str
    email: str
    name: str
    language: str
    role: str = ""
    chapter: str = ""
    region: str = ""


CAST = (
    Part("HQ director", "director@example.org", "Dora Lindqvist", "en", "hq_director"),
    Part("HQ analyst", "analyst@example.org", "Anton Weiss", "en", "hq_analyst"),
    Part(
        "Regional manager, Africa", "africa@example.org", "Wanjiru Achieng", "en",
        "regional_manager", region="Africa",
    ),
    Part(
        "Chapter lead, Senegal (French)", "lead.senegal@example.org", "Fatou Ndiaye", "fr",
        "chapter_lead", chapter="senegal",
    ),
    Part(
        "Chapter lead, Egypt (Arabic)", "lead.egypt@example.org", "ليلى منصور", "ar",
        "chapter_lead", chapter="egypt",
    ),
    Part("Member, Kenya", "member@example.org", "Amani Otieno", "en", chapter="kenya"),
)  # fmt: skip


async def assemble() -> None:
    """Makes the users and their grants, and the member. Safe to repeat."""
    for part in CAST:
        chapter = await Chapter.get_or_none(slug=part.chapter) if part.chapter else None
        if part.role:
            user = await granting.enrol(
                part.email,
                addresses.canonical(part.email),
                name=part.name,
                language=part.language,
            )
            await granting.grant(user, part.role, chapter=chapter, region=part.region)
        elif chapter is not None:
            await _member(part, chapter)


async def _member(part: Part, chapter: Chapter) -> None:
    given, _space, family = part.name.partition(" ")
    person, is_new = await knowing.know(
        part.email,
        given_name=given,
        family_name=family,
        language=part.language,
        country_code=chapter.country_code,
    )
    if is_new:
        await knowing.confirm(person.id)
        await enrol(person.id, chapter.id)
        await consent.record(
            person.id, chapter.id, granted=True, basis="confirmed", language=part.language
        )
    await granting.enrol(
        part.email, addresses.canonical(part.email), name=part.name, language=part.language
    )
