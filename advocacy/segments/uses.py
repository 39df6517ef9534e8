"""What segments are used for, as other packages tell it: the wiring hands their answers in."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from advocacy.chapters.models import Chapter


@dataclass(frozen=True)
class Use:
    """One use of a segment. Where it `holds`, the segment must stay as long as it does."""

    segment_id: int
    label: str
    path: str
    holds: bool


Teller = Callable[[Chapter, Sequence[int]], Awaitable[list[Use]]]
tellers: list[Teller] = []


async def of(chapter: Chapter, segment_ids: Sequence[int]) -> dict[int, list[Use]]:
    """The uses of some segments of a chapter, by segment."""
    found: dict[int, list[Use]] = {each: [] for each in segment_ids}
    for teller in tellers if segment_ids else ():
        for use in await teller(chapter, segment_ids):
            found[use.segment_id].append(use)
    return found


async def of_one(chapter: Chapter, segment_id: int) -> list[Use]:
    """The uses of one segment."""
    return (await of(chapter, [segment_id]))[segment_id]
