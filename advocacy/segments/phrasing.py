"""Phrasing: a question as a sentence in the reader's language.

Every condition is a whole clause of its own; only enumerations, which each language has its own
rules for, put clauses together.
"""

from typing import Literal

from babel import lists

from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.segments import asking
from advocacy.segments.asking import Condition, Group
from advocacy.segments.vocabulary import Vocabulary

Style = Literal["or", "standard"]


def sentence(question: Group, known: Vocabulary, chapter: Chapter) -> str:
    """Whom a question is about: "People who read French and who have not signed “Keep it on”"."""
    clauses = _clauses(question, known)
    if not clauses and chapter.is_headquarters:
        return _("Everybody whom we know, in all chapters")
    if not clauses:
        return _("All members, and everybody who allows our letters")
    if question.word == "none":
        return _("People who are not among those %(clauses)s", clauses=_listed(clauses, "or"))
    style: Style = "or" if question.word == "any" else "standard"
    return _("People %(clauses)s", clauses=_listed(clauses, style))


def stored(raw: object, known: Vocabulary, chapter: Chapter) -> str:
    """The sentence of a question as it is kept; says so where it cannot be asked any more."""
    try:
        return sentence(asking.read(raw, known), known, chapter)
    except Invalid:
        return _("This segment asks about something that is not there any more. Open and mend it.")


def _clauses(group: Group, known: Vocabulary) -> list[str]:
    return [text for text in (_clause(each, known) for each in group.parts) if text]


def _clause(part: Condition | Group, known: Vocabulary) -> str:
    if isinstance(part, Condition):
        operator = known[part.field].operator(part.operator)
        return operator.clause(part.value) if operator else ""
    clauses = _clauses(part, known)
    if not clauses:
        return ""
    if part.word == "none":
        return _("who are not among those %(clauses)s", clauses=_listed(clauses, "or"))
    if len(clauses) == 1:
        return clauses[0]
    style: Style = "or" if part.word == "any" else "standard"
    return _("who are among those %(clauses)s", clauses=_listed(clauses, style))


def _listed(clauses: list[str], style: Style) -> str:
    return str(lists.format_list(clauses, style=style, locale=i18n.babel_locale(i18n.current())))
