"""What a chapter said about the columns of a file before, for the next one that looks like it."""

from collections.abc import Sequence
from typing import Any

from advocacy.rolls.models import RollUpload

LOOKED_AT = 30


async def places(chapter_id: int, headers: Sequence[str]) -> dict[str, int] | None:
    """Our columns and the number of theirs, as the chapter's last file with these headers had."""
    earlier = (
        await RollUpload.filter(chapter_id=chapter_id, state__not="uploaded")
        .order_by("-id")
        .limit(LOOKED_AT)
        .values_list("mapping", flat=True)
    )
    for mapping in earlier:
        kept: Any = mapping
        if kept.get("headers") == list(headers):
            return dict(kept.get("places", {}))
    return None
