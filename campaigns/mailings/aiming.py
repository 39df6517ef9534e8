"""Aiming: the stored segment that a mailing is for, and what it asks.

A draft follows its segment as that changes. From being scheduled on it keeps to the question as
it stood then: who presses "send" has seen whom it goes to.
"""

from dataclasses import dataclass

from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.render.i18n import gettext as _
from advocacy.segments import asking, keeping, phrasing, showing, vocabulary
from advocacy.segments.asking import Group
from advocacy.segments.models import Segment
from advocacy.segments.vocabulary import Vocabulary
from campaigns.mailings.models import Mailing


@dataclass(frozen=True)
class Aim:
    """What a mailing's segment asks; `question` is None where that cannot be asked any more."""

    question: Group | None
    known: Vocabulary


@dataclass(frozen=True)
class Chosen:
    """A mailing's segment as pages show it. `is_changed` says that it asks something else now."""

    segment_id: int
    name: str
    words: str
    is_removed: bool
    is_changed: bool
    is_broken: bool


async def asked(mailing: Mailing) -> dict[str, object] | None:
    """The stored question that decides who gets it now; None where no segment is chosen."""
    if mailing.question is not None or mailing.segment_id is None:
        return mailing.question
    return (await Segment.get(id=mailing.segment_id)).question


async def aim(mailing: Mailing, chapter: Chapter) -> Aim | None:
    """The question that decides who gets it now, ready to be asked; None where there is none."""
    raw = await asked(mailing)
    if raw is None:
        return None
    known = await vocabulary.of(chapter)
    try:
        return Aim(asking.read(raw, known), known)
    except Invalid:
        return Aim(None, known)


async def chosen(mailing: Mailing, chapter: Chapter) -> Chosen | None:
    """The segment in words, as it is asked for this mailing."""
    if mailing.segment_id is None:
        return None
    segment = await Segment.get(id=mailing.segment_id)
    known = await vocabulary.of(chapter)
    raw = segment.question if mailing.question is None else mailing.question
    try:
        asking.read(raw, known)
        broken = False
    except Invalid:
        broken = True
    return Chosen(
        segment_id=segment.id,
        name=segment.name,
        words=phrasing.stored(raw, known, chapter),
        is_removed=segment.removed_at is not None,
        is_changed=mailing.question is not None and mailing.question != segment.question,
        is_broken=broken,
    )


async def choices(mailing: Mailing | None, chapter: Chapter) -> list[tuple[int, str]]:
    """What a mailing can be for: everybody, each of the chapter's segments, and what it has."""
    listed = await showing.choices(chapter)
    had = mailing.segment_id if mailing else None
    if had is not None and had not in dict(listed):
        segment = await Segment.get(id=had)
        listed.append((had, _("%(name)s (removed)", name=segment.name)))
    return [(0, _("Everybody who agreed to our letters")), *listed]


async def check(mailing: Mailing, chapter: Chapter, segment_id: int | None) -> None:
    """Raises NotFound for a segment that this mailing cannot be given; what it has may stay."""
    if segment_id is not None and segment_id != mailing.segment_id:
        await keeping.held(chapter, segment_id)
