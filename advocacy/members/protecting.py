"""A chapter chooses its safety profile; what a stricter one forbids to keep goes at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from advocacy import db
from advocacy.audit.recording import Actor, note
from advocacy.chapters import safety
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid
from advocacy.render.i18n import gettext as _

# Removes the clicks on a chapter's letters and of its members; says how many. The app hands it in.
Forgetter = Callable[[int], Awaitable[int]]
forgetters: list[Forgetter] = []

_ORIGINS = """origin <> '' AND ({own} = $1 OR {person} IN
(SELECT m.person_id FROM advocacy_membership m WHERE m.chapter_id = $1 AND m.state = 'current'))"""
_CONSENTS = _ORIGINS.format(own="chapter_id", person="person_id")
_SIGN_UPS = "origin <> '' AND chapter_id = $1"


@dataclass(frozen=True)
class Switch:
    """What a change of profile removed."""

    origins: int = 0
    clicks: int = 0


async def stored_origins(chapter_id: int) -> int:
    """How many addresses of origin a stricter profile would remove."""
    return int(
        await db.value(
            f"SELECT (SELECT COUNT(*) FROM advocacy_consent WHERE {_CONSENTS})"
            f" + (SELECT COUNT(*) FROM advocacy_sign_up WHERE {_SIGN_UPS}) AS n",
            chapter_id,
        )
    )


async def choose(chapter: Chapter, name: str, *, was: str, actor: Actor) -> Switch:
    """Sets the profile, all in one transaction with what it removes.

    Towards more care, stored addresses of origin are blanked where the new profile keeps less of
    them, and clicks removed where it counts none; names and subjects follow by themselves. Nothing
    comes back by choosing a more open one. Raises Invalid on `safety`, and Conflict when the
    profile is not what it `was` any more.
    """
    if name not in safety.PROFILES:
        raise Invalid(_("Choose one of the profiles."), field="safety")
    wanted, before = safety.named(name), safety.named(was)
    if wanted == before:
        return Switch()
    async with db.transaction():
        taken = await db.execute(
            "UPDATE advocacy_chapter SET safety = $1 WHERE id = $2 AND safety = $3",
            name,
            chapter.id,
            was,
        )
        if not taken:
            raise Conflict(_("Somebody has just changed the profile. Look at it again."))
        origins = clicks = 0
        if wanted.rank > before.rank and wanted.origin != before.origin:
            for table, where in (("consent", _CONSENTS), ("sign_up", _SIGN_UPS)):
                origins += await db.execute(
                    f"UPDATE advocacy_{table} SET origin = '' WHERE {where}", chapter.id
                )
        if before.clicks_tracked and not wanted.clicks_tracked:
            clicks = sum([await forget(chapter.id) for forget in forgetters])
        await note(
            "chapter.safety",
            actor=actor,
            record=f"chapter:{chapter.id}",
            chapter=chapter.slug,
            was=was,
            now=name,
            origins=origins,
            clicks=clicks,
        )
    return Switch(origins, clicks)
