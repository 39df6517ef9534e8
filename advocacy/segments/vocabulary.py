"""Vocabulary: everything that one chapter may ask, with the choices that it has."""

from collections.abc import Awaitable, Callable

from advocacy.chapters.models import Chapter
from advocacy.segments import memberships, notes, people
from advocacy.segments.facets import Facet

Source = Callable[[Chapter], Awaitable[list[Facet]]]
Vocabulary = dict[str, Facet]

_OWN: tuple[Source, ...] = (people.facets, memberships.facets)
_LAST: tuple[Source, ...] = (notes.facets,)
# What other packages let people ask; the wiring hands it in for web, worker and command alike.
sources: list[Source] = []


async def of(chapter: Chapter) -> Vocabulary:
    """The facets of a chapter by their key, in the order in which people read them."""
    found: Vocabulary = {}
    for source in (*_OWN, *sources, *_LAST):
        found.update({each.key: each for each in await source(chapter)})
    return found
