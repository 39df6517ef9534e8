"""Facets of what a chapter notes about its people: its tags and its own fields."""

from collections.abc import Callable

from advocacy.chapters.models import Chapter
from advocacy.render.i18n import LazyText, lazy_gettext
from advocacy.roster.models import CustomField, Tag
from advocacy.segments.facets import Facet, Operator
from advocacy.segments.people import IS, IS_NOT
from advocacy.segments.statement import Statement

NOTES = lazy_gettext("Notes")
Compare = Callable[[Statement, object], str]


async def facets(chapter: Chapter) -> list[Facet]:
    """The chapter's tags, and one facet for each of its fields."""
    tags = await Tag.filter(chapter_id=chapter.id).order_by("name")
    own = await CustomField.filter(chapter_id=chapter.id).order_by("label")
    return ([_tag(tags)] if tags else []) + [_custom(each) for each in own]


def _tag(tags: list[Tag]) -> Facet:
    options = [(str(each.id), each.name) for each in tags]
    has, has_not = lazy_gettext("is put on"), lazy_gettext("is not put on")
    tagged = lazy_gettext("who are tagged “%(value)s”")
    tagged_not = lazy_gettext("who are not tagged “%(value)s”")
    return Facet(
        "tag",
        lazy_gettext("Tag"),
        NOTES,
        (
            Operator("has", has, _tagged, tagged, "choice", options),
            Operator("has_not", has_not, _tagged_not, tagged_not, "choice", options),
        ),
    )


def _tagged(asked: Statement, tag_id: str) -> str:
    return asked.among(
        "ft.person_id",
        "FROM advocacy_tagging ft JOIN advocacy_tag fw ON fw.id = ft.tag_id"
        f" WHERE ft.tag_id = {asked.bind(int(tag_id))} AND fw.chapter_id = $1",
    )


def _tagged_not(asked: Statement, tag_id: str) -> str:
    return f"NOT {_tagged(asked, tag_id)}"


class _Answers:
    """The operators of one field of a chapter."""

    def __init__(self, field: CustomField) -> None:
        self.field = field

    def operator(
        self,
        key: str,
        label: LazyText,
        words: LazyText,
        compare: Compare,
        editor: str,
        options: list[tuple[str, str]] | None = None,
    ) -> Operator:
        """An operator that compares the answer; who gave none is never found by it."""
        named = LazyWords(words, self.field.label)
        return Operator(
            key, label, lambda asked, value: self._given(asked, compare(asked, value)),
            named, editor, options or (),
        )  # fmt: skip

    def missing(self) -> Operator:
        """The operator that finds those who gave no answer."""
        return Operator(
            "missing",
            lazy_gettext("is not filled in"),
            lambda asked, _value: f"NOT {self._given(asked, 'fv.id IS NOT NULL')}",
            LazyWords(lazy_gettext("for whom “%(label)s” is not filled in"), self.field.label),
        )

    def _given(self, asked: Statement, condition: str) -> str:
        field_id = asked.bind(self.field.id)
        source = f"FROM advocacy_custom_value fv WHERE fv.field_id = {field_id} AND {condition}"
        return asked.among("fv.person_id", source)


class LazyWords(LazyText):
    """A clause that names a field beside the value."""

    def __init__(self, message: LazyText, label: str) -> None:
        super().__init__(message.message)
        self.label = label

    def __mod__(self, values: dict[str, str]) -> str:
        return str(str(self) % {**values, "label": self.label})


IS_VALUE = lazy_gettext("for whom “%(label)s” is %(value)s")
BETWEEN = lazy_gettext("for whom “%(label)s” is between %(value)s")


def _custom(field: CustomField) -> Facet:
    answers = _Answers(field)
    operators = {
        "text": _of_text,
        "number": _of_number,
        "date": _of_date,
        "choice": _of_choice,
    }[field.kind](answers)
    return Facet(f"custom:{field.id}", field.label, NOTES, (*operators, answers.missing()))


def _of_text(answers: _Answers) -> list[Operator]:
    contains = lazy_gettext("for whom “%(label)s” contains “%(value)s”")
    said = lazy_gettext("for whom “%(label)s” is “%(value)s”")
    return [
        answers.operator(
            "contains",
            lazy_gettext("contains"),
            contains,
            lambda asked, text: asked.contains("fv.value", str(text)),
            "text",
        ),
        answers.operator(
            "is", IS, said, lambda asked, text: asked.same("fv.value", str(text)), "text"
        ),
    ]


def _between(asked: Statement, pair: object) -> str:
    low, high = pair if isinstance(pair, tuple) else (0.0, 0.0)
    return f"fv.number >= {asked.bind(low)} AND fv.number <= {asked.bind(high)}"


def _of_number(answers: _Answers) -> list[Operator]:
    less = lazy_gettext("for whom “%(label)s” is less than %(value)s")
    more = lazy_gettext("for whom “%(label)s” is more than %(value)s")
    return [
        answers.operator(
            "is", IS, IS_VALUE, lambda asked, n: f"fv.number = {asked.bind(n)}", "number"
        ),
        answers.operator(
            "less", lazy_gettext("is less than"), less,
            lambda asked, n: f"fv.number < {asked.bind(n)}", "number",
        ),
        answers.operator(
            "more", lazy_gettext("is more than"), more,
            lambda asked, n: f"fv.number > {asked.bind(n)}", "number",
        ),
        answers.operator("between", lazy_gettext("is between"), BETWEEN, _between, "range"),
    ]  # fmt: skip


def _of_date(answers: _Answers) -> list[Operator]:
    since = lazy_gettext("for whom “%(label)s” is %(value)s or later")
    before = lazy_gettext("for whom “%(label)s” is before %(value)s")
    return [
        answers.operator(
            "is", IS, IS_VALUE, lambda asked, day: f"fv.value = {asked.bind(day)}", "date"
        ),
        answers.operator(
            "since", lazy_gettext("is this day or later"), since,
            lambda asked, day: f"fv.value >= {asked.bind(day)}", "date",
        ),
        answers.operator(
            "before", lazy_gettext("is before this day"), before,
            lambda asked, day: f"fv.value < {asked.bind(day)}", "date",
        ),
    ]  # fmt: skip


def _of_choice(answers: _Answers) -> list[Operator]:
    lines = [each.strip() for each in answers.field.choices.splitlines()]
    options = [(each, each) for each in dict.fromkeys(lines) if each]
    other = lazy_gettext("for whom “%(label)s” is filled in, but is not %(value)s")
    return [
        answers.operator(
            "is", IS, IS_VALUE, lambda asked, each: f"fv.value = {asked.bind(each)}", "choice",
            options,
        ),
        answers.operator(
            "is_not", IS_NOT, other, lambda asked, each: f"fv.value <> {asked.bind(each)}",
            "choice", options,
        ),
    ]  # fmt: skip
