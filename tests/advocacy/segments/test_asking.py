"""What the database answers to a question is the plain truth, on both engines, for any question."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some

from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.segments import asking, phrasing, vocabulary
from advocacy.settings import Settings
from campaigns import wiring
from tests import factories
from tests.advocacy.segments import truth
from tests.advocacy.segments.drawing import conditions, questions
from tests.advocacy.segments.town import Town

wiring.load_tasks()


@pytest.fixture(params=[(1, 0), (2, 1), (3, 2)], ids=["lead", "other lead", "headquarters"])
async def asker(database: Settings, request: pytest.FixtureRequest) -> tuple[Town, Chapter]:
    """A town, and who of its three chapters asks."""
    seed, place = request.param
    town = await Town(seed).build(32)
    return town, town.chapters[place]


@examples(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(data=some.data())
async def test_the_answer_to_any_question_is_the_plain_truth(
    asker: tuple[Town, Chapter], data: some.DataObject
) -> None:
    town, chapter = asker
    known = await vocabulary.of(chapter)
    raw = data.draw(questions(conditions(town, known)))
    question = asking.read(raw, known)
    found = await asking.ids(chapter, question, known)
    assert sorted(found) == sorted(truth.answer(town, question, chapter))
    assert await asking.count(chapter, question, known) == len(found)
    assert asking.read(asking.as_json(question), known) == question
    assert phrasing.sentence(question, known, chapter)


async def test_every_single_condition_tells_the_truth_and_most_tell_people_apart(
    asker: tuple[Town, Chapter],
) -> None:
    town, chapter = asker
    known = await vocabulary.of(chapter)
    sizes = set()
    for raw in conditions(town, known):
        question = asking.read({"all": [raw]}, known)
        found = await asking.ids(chapter, question, known)
        assert sorted(found) == sorted(truth.answer(town, question, chapter)), raw
        sizes.add(len(found))
    assert len(sizes) > 10
    assert {"language", "country", "role", "member", "joined", "letters", "acted", "clicked",
            "got", "engaged", "tag"} <= set(known)  # fmt: skip
    assert sum(key.startswith("custom:") for key in known) == 4
    assert ("chapter" in known) == ("region" in known) == chapter.is_headquarters


async def test_groups_that_ask_nothing_keep_nobody_out(database: Settings) -> None:
    home = await factories.chapter()
    await factories.member(home)
    await factories.member(home)
    known = await vocabulary.of(home)
    for raw in ({"all": []}, {"any": []}, {"none": []}, {"all": [{"none": []}, {"any": []}]}):
        assert await asking.count(home, asking.read(raw, known), known) == 2
    assert await asking.count(home, asking.read({"none": [{"all": []}]}, known), known) == 0


LINE = {"field": "joined", "is": "within", "value": 30}


def nested(depth: int) -> dict[str, Any]:
    """A condition within so many groups."""
    inside: dict[str, Any] = LINE
    for _number in range(depth):
        inside = {"all": [inside]}
    return inside


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (None, "0"),
        ([], "0"),
        ({}, "0"),
        ("all", "0"),
        ({"all": [], "any": []}, "0"),
        ({"every": []}, "0"),
        ({"all": {"0": LINE}}, "0"),
        ({"all": [None]}, "0.0"),
        ({"all": [LINE, {"any": [LINE, {"field": "shoe_size"}]}]}, "0.1.1"),
        ({"all": [{"field": ["joined"]}]}, "0.0"),
        ({"all": [{**LINE, "is": "around"}]}, "0.0"),
        ({"all": [{**LINE, "is": None}]}, "0.0"),
        ({"all": [{**LINE, "or": 1}]}, "0.0"),
        ({"all": [{**LINE, "value": "soon"}]}, "0.0"),
        ({"all": [{**LINE, "value": True}]}, "0.0"),
        ({"all": [{**LINE, "value": 0}]}, "0.0"),
        ({"all": [{**LINE, "value": 10**40}]}, "0.0"),
        ({"all": [{"field": "joined", "is": "since", "value": "2026-02-30"}]}, "0.0"),
        ({"all": [{"field": "joined", "is": "since", "value": "9999-12-31"}]}, "0.0"),
        ({"all": [{"field": "language", "is": "is", "value": "x' OR 1=1"}]}, "0.0"),
        ({"all": [{"field": "country", "is": "is", "value": "EU"}]}, "0.0"),
        ({"all": [{"field": "chapter", "is": "is", "value": "1"}]}, "0.0"),
        ({"all": [{"field": "acted", "is": "in", "value": "999"}]}, "0.0"),
        (nested(5), "0.0.0.0.0"),
        (nested(900), "0.0.0.0.0"),
        ({"all": [LINE] * 31}, "0"),
        ({"all": [{"any": [LINE] * 20}, {"any": [LINE] * 20}]}, "0"),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_the_place_is_named(
    database: Settings, raw: object, place: str
) -> None:
    home = await factories.chapter()
    with pytest.raises(Invalid) as refused:
        asking.read(raw, await vocabulary.of(home))
    assert refused.value.field == place
    assert refused.value.message


async def test_the_limits_themselves_are_allowed(database: Settings) -> None:
    home = await factories.chapter()
    known = await vocabulary.of(home)
    for raw in (nested(4), {"all": [LINE] * 30}):
        assert await asking.count(home, asking.read(raw, known), known) == 0


JSON: Any = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["all", "any", "none", "field", "is", "value", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@examples(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(raw=JSON, value=JSON, dice=some.integers(0, 10**6))
async def test_any_json_is_a_question_or_is_refused(
    asker: tuple[Town, Chapter], raw: Any, value: Any, dice: int
) -> None:
    town, chapter = asker
    known = await vocabulary.of(chapter)
    possible = conditions(town, known)
    odd = {"any": [{**possible[dice % len(possible)], "value": value}]}
    for each in (raw, odd):
        try:
            question = asking.read(each, known)
        except Invalid as refused:
            assert refused.message
        else:
            assert await asking.count(chapter, question, known) >= 0
            assert phrasing.sentence(question, known, chapter)
