"""Drawing questions: every condition that a chapter of a town can ask, and any tree of them."""

from typing import Any

from hypothesis import strategies as some

from advocacy.segments import asking
from advocacy.segments.vocabulary import Vocabulary
from tests.advocacy.segments.town import COUNTRIES, LANGUAGES, WORDS, Town

VALUES: dict[str, list[Any]] = {
    "none": [None],
    "days": [1, 3, 10, 25, 49, 36_500],
    "text": [each for each in (*WORDS, "O", "\u0130", "'", "%", "_", "airo") if each],
    "number": [-1.0, 0, 0.5, 1, 2.5, 1e15],
    "range": [[0, 1], [-3, 3.5], [1, 1]],
}
USED = {
    "language": [each for each in (*LANGUAGES, "sw", "zz") if each and each != "EN"],
    "country": [each for each in COUNTRIES if each],
}


def conditions(town: Town, known: Vocabulary) -> list[dict[str, Any]]:
    """Every condition that a chapter can ask, with values that tell its people apart."""
    days = [str(each) for each in town.days]
    possible = []
    for facet in known.values():
        for each in facet.operators:
            values = {**VALUES, "date": days}.get(each.editor)
            if values is None:
                values = USED.get(facet.key) or [value for value, _label in each.options]
            bare = {"field": facet.key, "is": each.key}
            possible += [bare if value is None else {**bare, "value": value} for value in values]
    return possible


def questions(possible: list[dict[str, Any]], depth: int = asking.DEEPEST) -> Any:
    """Any tree of groups over some conditions that is neither too deep nor too large."""
    leaf = some.integers(0, 2000).map(lambda dice: possible[dice % len(possible)])
    return _groups(leaf, depth).filter(lambda drawn: _size(drawn) <= asking.MOST)


def _size(drawn: dict[str, Any]) -> int:
    """How many conditions and groups there are within a group."""
    parts = next(iter(drawn.values()))
    return sum(1 if "field" in each else 1 + _size(each) for each in parts)


def _groups(leaf: some.SearchStrategy[Any], depth: int) -> Any:
    part = some.one_of(leaf, leaf, _groups(leaf, depth - 1)) if depth > 1 else leaf
    groups = some.tuples(some.sampled_from(asking.WORDS), some.lists(part, max_size=3))
    return groups.map(lambda pair: {pair[0]: pair[1]})
