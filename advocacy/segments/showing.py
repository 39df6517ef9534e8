"""Segments as pages show them: in words, with their counts, their uses, and some to start from."""

from dataclasses import dataclass
from datetime import timedelta

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.render.i18n import LazyText, lazy_gettext
from advocacy.segments import asking, phrasing, uses
from advocacy.segments.asking import Group
from advocacy.segments.keeping import MOST_KEPT, UNDO
from advocacy.segments.models import Segment
from advocacy.segments.uses import Use
from advocacy.segments.vocabulary import Vocabulary

COUNTED = 40


@dataclass(frozen=True)
class Shown:
    """A segment of a list. `count` is None where it cannot be asked, or was not for want of time;
    `broken` tells which."""

    segment: Segment
    words: str
    count: int | None
    broken: bool
    uses: list[Use]


@dataclass(frozen=True)
class Starter:
    """A segment to begin with: its name, why one would want it, and what it asks."""

    key: str
    name: LazyText
    why: LazyText
    question: dict[str, object]


STARTERS = (
    Starter(
        "new",
        lazy_gettext("New members"),
        lazy_gettext("Welcome those who joined in the last 30 days."),
        {
            "all": [
                {"field": "member", "is": "yes"},
                {"field": "joined", "is": "within", "value": 30},
            ]
        },
    ),
    Starter(
        "active",
        lazy_gettext("Active of late"),
        lazy_gettext("Ask more of those who acted or followed a link in the last 90 days."),
        {"all": [{"field": "engaged", "is": "within", "value": 90}]},
    ),
    Starter(
        "quiet",
        lazy_gettext("Gone quiet"),
        lazy_gettext("Write once more to those who showed no sign of interest for half a year."),
        {
            "all": [
                {"field": "letters", "is": "allowed"},
                {"field": "engaged", "is": "not_within", "value": 180},
            ],
        },
    ),
)


def asked(segment: Segment, known: Vocabulary) -> Group | None:
    """What a segment asks; None where that is not possible any more."""
    try:
        return asking.read(segment.question, known)
    except Invalid:
        return None


async def total_and_list(chapter: Chapter, known: Vocabulary) -> tuple[int, list[Shown]]:
    """How many people the chapter may ask about, and its segments by name."""
    found = await (
        Segment.filter(chapter_id=chapter.id, removed_at=None)
        .order_by("name", "id")
        .limit(MOST_KEPT)
        .prefetch_related("created_by")
    )
    used = await uses.of(chapter, [each.id for each in found])
    shown = []
    for number, each in enumerate(found):
        question = asked(each, known)
        counts = question is not None and number < COUNTED
        shown.append(
            Shown(
                segment=each,
                words=phrasing.stored(each.question, known, chapter),
                count=await asking.count(chapter, question, known) if question and counts else None,
                broken=question is None,
                uses=used[each.id],
            )
        )
    return await asking.total(chapter), shown


async def removed_lately(chapter: Chapter) -> list[Segment]:
    """Segments that can still be put back, the last removed first."""
    since = moment.now() - UNDO + timedelta(minutes=1)
    return await (
        Segment.filter(chapter_id=chapter.id, removed_at__gte=since)
        .order_by("-removed_at")
        .limit(20)
    )


async def choices(chapter: Chapter) -> list[tuple[int, str]]:
    """The chapter's segments by name, for lists to choose from."""
    found = await Segment.filter(chapter_id=chapter.id, removed_at=None).order_by("name", "id")
    return [(each.id, each.name) for each in found]
