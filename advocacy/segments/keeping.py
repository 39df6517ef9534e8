"""Keeping segments: a chapter's staff save, revise, copy and remove the questions they share.

`version` grows with every change, so that nobody overwrites another.
"""

from dataclasses import dataclass
from datetime import timedelta

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.segments import asking, uses
from advocacy.segments.asking import Group
from advocacy.segments.models import Segment

MAX_NAME = 100
MOST_KEPT = 200
UNDO = timedelta(days=30)


@dataclass(frozen=True)
class Wish:
    """What a segment shall be called and ask."""

    name: str
    question: Group


async def keep(chapter: Chapter, wish: Wish, *, by: int | None = None) -> Segment:
    """A new segment of this chapter. Raises Invalid with `field` `name` for a name it cannot have.

    A chapter keeps at most two hundred.
    """
    return await _insert(chapter, _named(wish.name), asking.as_json(wish.question), by)


async def revise(chapter: Chapter, segment_id: int, wish: Wish, *, version: int) -> Segment:
    """Name and question together. Raises Conflict when somebody else changed or removed it since,
    Invalid as `keep` does, NotFound for a segment of another chapter."""
    name = _named(wish.name)
    async with db.transaction():
        await _touch(chapter, segment_id, version)
        await Segment.filter(id=segment_id).update(
            name=name, question=asking.as_json(wish.question)
        )
    return await held(chapter, segment_id)


async def copy(chapter: Chapter, segment_id: int, *, by: int | None = None) -> Segment:
    """A second segment that asks the same. Raises NotFound, and Invalid when there are too many."""
    found = await held(chapter, segment_id)
    name = _("Copy of %(name)s", name=found.name)[:MAX_NAME]
    return await _insert(chapter, name, found.question, by)


async def remove(chapter: Chapter, segment_id: int, *, version: int) -> Segment:
    """Takes a segment off the list; `restore` puts it back within thirty days.

    Raises Conflict when somebody changed it since, or where something waits to happen to those
    who answer to it, such as a scheduled mailing.
    """
    async with db.transaction():
        await _touch(chapter, segment_id, version)
        for use in await uses.of_one(chapter, segment_id):
            if use.holds:
                raise Conflict(
                    _("“%(name)s” waits to be sent to this segment. Make it a draft again first.",
                      name=use.label)
                )  # fmt: skip
        await Segment.filter(id=segment_id).update(removed_at=moment.now())
    return await Segment.get(id=segment_id)


async def restore(chapter: Chapter, segment_id: int) -> Segment:
    """Puts a removed segment back. Raises NotFound where there is none any more."""
    found = await db.execute(
        "UPDATE advocacy_segment SET removed_at = NULL, version = version + 1"
        " WHERE id = $1 AND chapter_id = $2 AND removed_at >= $3",
        segment_id,
        chapter.id,
        moment.now() - UNDO,
    )
    if not found:
        raise NotFound(_("There is nothing to put back."))
    return await held(chapter, segment_id)


async def held(chapter: Chapter, segment_id: int) -> Segment:
    """A segment of this chapter that is not removed. Raises NotFound for any other."""
    segment = await Segment.get_or_none(
        id=segment_id, chapter_id=chapter.id, removed_at=None
    ).prefetch_related("created_by")
    if segment is None:
        raise NotFound(_("This chapter has no such segment."))
    return segment


async def _insert(
    chapter: Chapter, name: str, question: dict[str, object], by: int | None
) -> Segment:
    if await Segment.filter(chapter_id=chapter.id, removed_at=None).count() >= MOST_KEPT:
        raise Invalid(_("A chapter keeps at most %(most)s segments.", most=MOST_KEPT))
    now = moment.now()
    return await Segment.create(
        chapter_id=chapter.id,
        name=name,
        question=question,
        created_by_id=by,
        created_at=now,
        changed_at=now,
    )


async def _touch(chapter: Chapter, segment_id: int, version: int) -> None:
    """Counts the version up, which also holds the row until the transaction ends."""
    taken = await db.execute(
        "UPDATE advocacy_segment SET version = version + 1, changed_at = $4"
        " WHERE id = $1 AND chapter_id = $2 AND version = $3 AND removed_at IS NULL",
        segment_id,
        chapter.id,
        version,
        moment.now(),
    )
    if not taken:
        await held(chapter, segment_id)
        raise Conflict(_("Somebody else has saved this segment since you opened it."))


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("Give the segment a name that your team recognises."), field="name")
    if len(name) > MAX_NAME:
        raise Invalid(_("Keep this under %(limit)s characters.", limit=MAX_NAME), field="name")
    return name
