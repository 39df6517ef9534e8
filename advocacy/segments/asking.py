"""Asking: a question as a tree of groups and conditions, read strictly, and put as SQL.

A group holds `all`, `any` or `none` of its parts; one without parts asks nothing and everybody
answers to it. Whom a chapter may ask about is said once, in `within`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.mail.addresses import masked
from advocacy.members.veiling import seen_by
from advocacy.render.i18n import gettext as _
from advocacy.segments.facets import Value
from advocacy.segments.statement import Statement
from advocacy.segments.vocabulary import Vocabulary

WORDS = ("all", "any", "none")
DEEPEST = 4
MOST = 30
SAMPLE = 10
SEEN = ", ".join(
    f"{seen_by(name)} AS {name}" for name in ("email", "given_name", "family_name", "language")
)
NOBODY = "(1 = 0)"
EVERYBODY = "(1 = 1)"


@dataclass(frozen=True)
class Condition:
    """One thing that is asked; `value` fits the operator."""

    field: str
    operator: str
    value: Value = None


@dataclass(frozen=True)
class Group:
    """Several things that are asked together."""

    word: str = "all"
    parts: "tuple[Condition | Group, ...]" = ()


@dataclass(frozen=True)
class Answer:
    """How many of a chapter's people answer to a question."""

    count: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.count / self.total if self.total else 0.0


@dataclass(frozen=True)
class Found:
    """One person as a sample shows them."""

    name: str
    masked: str
    language: str


def read(raw: object, known: Vocabulary) -> Group:
    """A question from its JSON.

    Raises Invalid for anything that this chapter cannot ask; `field` is the place, `0` for the
    outermost group and `0.2` for the third part of it.
    """
    found = _group(raw, known, "0", 1)
    if sum(1 for _part in parts_of(found)) > MOST:
        raise Invalid(_("Ask for at most %(most)s things.", most=MOST), field="0")
    return found


def read_condition(raw: object, known: Vocabulary, place: str = "0") -> Condition:
    """One condition from its JSON. Raises Invalid as `read` does."""
    if not isinstance(raw, dict) or not set(raw) <= {"field", "is", "value"}:
        raise Invalid(_("We cannot read this question."), field=place)
    key = raw.get("field")
    facet = known.get(key) if isinstance(key, str) else None
    if facet is None:
        raise Invalid(_("This asks about something that is not there any more."), field=place)
    operator = facet.operator(raw.get("is"))
    if operator is None:
        raise Invalid(_("Choose how to compare."), field=place)
    try:
        return Condition(facet.key, operator.key, operator.read(raw.get("value")))
    except Invalid as wrong:
        raise Invalid(wrong.message, field=place) from None


def _group(raw: object, known: Vocabulary, place: str, depth: int) -> Group:
    if depth > DEEPEST:
        raise Invalid(_("Groups can be at most %(most)s deep.", most=DEEPEST), field=place)
    word, listed = next(iter(raw.items())) if isinstance(raw, dict) and len(raw) == 1 else ("", 0)
    if word not in WORDS or not isinstance(listed, list) or len(listed) > MOST:
        raise Invalid(_("We cannot read this question."), field=place)
    return Group(
        str(word),
        tuple(
            _group(each, known, f"{place}.{number}", depth + 1)
            if isinstance(each, dict) and not {"field", "is", "value"} & set(each)
            else read_condition(each, known, f"{place}.{number}")
            for number, each in enumerate(listed)
        ),
    )


def parts_of(group: Group) -> "Iterator[Condition | Group]":
    """Every condition and group within a group."""
    for part in group.parts:
        yield part
        if isinstance(part, Group):
            yield from parts_of(part)


def as_json(part: "Condition | Group") -> dict[str, object]:
    """The question as it is kept; `read` gives the same question again."""
    if isinstance(part, Group):
        return {part.word: [as_json(each) for each in part.parts]}
    value = list(part.value) if isinstance(part.value, tuple) else part.value
    bare: dict[str, object] = {"field": part.field, "is": part.operator}
    return bare if value is None else {**bare, "value": value}


def condition(part: "Condition | Group", known: Vocabulary, asked: Statement) -> str:
    """SQL on a person `p`: true for whoever answers to it. Values are bound to the statement."""
    if isinstance(part, Condition):
        operator = known[part.field].operator(part.operator)
        assert operator is not None  # noqa: S101
        return operator.sql(asked, part.value)
    pieces = [condition(each, known, asked) for each in part.parts]
    if not pieces:
        return EVERYBODY
    glue = " AND " if part.word == "all" else " OR "
    joined = "(" + glue.join(pieces) + ")"
    return f"NOT {joined}" if part.word == "none" else joined


def within(chapter: Chapter) -> str:
    """SQL from FROM on: the persons `p` whom a chapter may ask about; append `AND …` to narrow.

    They are its current members and who allows its letters; for headquarters everybody whom we
    know, for its roles reach every chapter. `$1` is the chapter's id.
    """
    allows = (
        "FROM advocacy_subscription ws WHERE ws.chapter_id = $1 AND ws.granted"
        " AND ws.purpose = 'mailings' AND ws.channel = 'email'"
    )
    there = " WHERE p.erased_at IS NULL AND p.merged_into_id IS NULL"
    if chapter.is_headquarters:
        # PostgreSQL takes no value that a statement does not use.
        return f"FROM advocacy_person p{there} AND CAST($1 AS BIGINT) > 0"
    member = "FROM advocacy_membership wm WHERE wm.chapter_id = $1 AND wm.state = 'current'"
    return (
        f"FROM (SELECT wm.person_id {member} UNION ALL SELECT ws.person_id {allows}"
        f" AND NOT EXISTS (SELECT 1 {member} AND wm.person_id = ws.person_id)) within"
        f" JOIN advocacy_person p ON p.id = within.person_id{there}"
    )


async def total(chapter: Chapter) -> int:
    """How many people the chapter may ask about."""
    return int(await db.value(f"SELECT COUNT(*) AS n {within(chapter)}", chapter.id) or 0)


async def count(chapter: Chapter, question: Group, known: Vocabulary) -> int:
    """How many of the chapter's people answer to a question."""
    asked = Statement(chapter)
    piece = condition(question, known, asked)
    found = await db.value(f"SELECT COUNT(*) AS n {within(chapter)} AND {piece}", *asked.values)
    return int(found or 0)


async def answer(chapter: Chapter, question: Group, known: Vocabulary) -> Answer:
    """How many of how many."""
    return Answer(await count(chapter, question, known), await total(chapter))


async def ids(chapter: Chapter, question: Group, known: Vocabulary) -> list[int]:
    """The ids of the people who answer to a question."""
    asked = Statement(chapter)
    piece = condition(question, known, asked)
    found = await db.rows(f"SELECT p.id {within(chapter)} AND {piece}", *asked.values)
    return [int(each["id"]) for each in found]


async def sample(chapter: Chapter, question: Group, known: Vocabulary) -> list[Found]:
    """Ten of those who answer, always the same ones for the same answer."""
    asked = Statement(chapter)
    piece = condition(question, known, asked)
    found = await db.rows(
        f"SELECT {SEEN} {within(chapter)} AND {piece} ORDER BY p.address_hash LIMIT {SAMPLE}",
        *asked.values,
    )
    return [
        Found(
            f"{each['given_name']} {each['family_name']}".strip(),
            masked(each["email"]),
            each["language"],
        )
        for each in found
    ]
