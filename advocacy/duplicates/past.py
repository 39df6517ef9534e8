"""What was merged lately in a chapter, as its page shows it."""

from dataclasses import dataclass
from datetime import datetime

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.duplicates.merging import UNDO_LIFE
from advocacy.duplicates.models import Merge

SHOWN = 50


@dataclass(frozen=True)
class Merged:
    """One merge that can still be undone, or was."""

    id: int
    name: str
    kept_email: str
    lost_email: str
    by: str
    at: datetime
    undone_at: datetime | None


async def recent(chapter: Chapter) -> list[Merged]:
    """The merges of the last thirty days, the newest first, fifty at most."""
    found = (
        await Merge.filter(chapter_id=chapter.id, at__gt=moment.now() - UNDO_LIFE)
        .order_by("-id")
        .limit(SHOWN)
        .select_related("kept", "lost", "by")
    )
    return [
        Merged(
            each.id,
            each.kept.full_name,
            each.kept.email,
            each.lost.email,
            (each.by.name or each.by.email) if each.by else "",
            each.at,
            each.undone_at,
        )
        for each in found
    ]
