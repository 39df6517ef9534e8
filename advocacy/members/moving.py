"""A signed-in member joins another chapter, or moves to it; nothing is copied from the old one."""

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.members import consent, enrolling, wordings
from advocacy.members.joining import Wish
from advocacy.members.models import Person


async def move(person: Person, chapter: Chapter, wish: Wish) -> None:
    """A signed-in member joins a chapter at once, and leaves the one they move away from.

    Nothing is copied from there: letters come only where the wish has the tick beside this
    chapter's own wording.
    """
    wording = await wordings.current_wording(wordings.LETTERS, wish.spoken)
    async with db.transaction():
        await enrolling.enrol(person.id, chapter.id)
        if wish.wants_letters:
            await consent.record(
                person.id,
                chapter.id,
                granted=True,
                basis="signed_in",
                wording_id=wording.id,
                language=wording.language,
                page=wish.page,
                origin=wish.origin,
            )
            await consent.lift(person.address_hash)
        if wish.leaves_id is not None:
            await enrolling.leave(person.id, wish.leaves_id, page=wish.page, origin=wish.origin)
