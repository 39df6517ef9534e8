"""Facets: what can be asked about people. Each has operators; an operator knows its SQL, how its
value is read and written, and the words that say it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from advocacy.errors import Invalid
from advocacy.render import i18n
from advocacy.render.i18n import LazyText
from advocacy.render.i18n import gettext as _
from advocacy.segments.statement import Statement

# A choice, a text or a day (ISO) is a str, days an int, a number a float, a range two of them.
Value = str | int | float | tuple[float, float] | None
# A clause about the value as people read it, `%(value)s`, or for a number in the right plural.
Words = LazyText | Callable[[int], str]
EDITORS = ("none", "choice", "date", "days", "number", "range", "text")
MAX_TEXT = 200
MAX_DAYS = 36_500
MAX_NUMBER = 1e15


@dataclass(frozen=True)
class Operator:
    """One way to ask: `sql` gives a piece about `p`, `words` a clause such as "who read French".

    `options` are the choices with their labels; `other` names a choice that is not among them
    but may be meant all the same, and gives an empty text for any other.
    """

    key: str
    label: LazyText
    sql: Callable[[Statement, Any], str]
    words: Words
    editor: str = "none"
    options: Sequence[tuple[str, str]] = ()
    other: Callable[[str], str] | None = None

    def read(self, raw: object) -> Value:
        """The value that was written. Raises Invalid where it is none for this operator."""
        if self.editor == "none":
            return None
        if self.editor == "choice":
            return self._chosen(raw)
        return READERS[self.editor](raw)

    def _chosen(self, raw: object) -> str:
        if isinstance(raw, str) and any(raw == each for each, _label in self.options):
            return raw
        if isinstance(raw, str) and raw and self.other is not None and self.other(raw):
            return raw
        raise Invalid(_("Choose one of the list."))

    def shown(self, value: Value) -> str:
        """The value as people read it."""
        if self.editor == "choice":
            known = dict(self.options).get(str(value))
            return known or (self.other(str(value)) if self.other else str(value))
        if self.editor == "date":
            return i18n.day(date.fromisoformat(str(value)))
        if isinstance(value, tuple):
            return f"{i18n.number(value[0])}–{i18n.number(value[1])}"
        return i18n.number(value) if isinstance(value, int | float) else str(value or "")

    def clause(self, value: Value) -> str:
        """The words that say it with a value, in the reader's language."""
        if isinstance(self.words, LazyText):
            return self.words % {"value": self.shown(value)}
        return self.words(int(value) if isinstance(value, int) else 0)


@dataclass(frozen=True)
class Facet:
    """Something to ask about; `heading` groups facets in the list that people choose from."""

    key: str
    label: LazyText | str
    heading: LazyText
    operators: Sequence[Operator] = field(default_factory=tuple)

    def operator(self, key: object) -> Operator | None:
        """The operator of a key."""
        return next((each for each in self.operators if each.key == key), None)


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise Invalid(_("Write what to look for."))
    if len(raw) > MAX_TEXT:
        raise Invalid(_("Keep this under %(limit)s characters.", limit=MAX_TEXT))
    text = " ".join(raw.split())
    if "\0" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        raise Invalid(_("Write what to look for."))
    return text


def _day(raw: object) -> str:
    try:
        day = date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise Invalid(_("Enter a date.")) from None
    if not 1900 <= day.year <= 2100:
        raise Invalid(_("Enter a date between 1900 and 2100."))
    return day.isoformat()


def _days(raw: object) -> int:
    if isinstance(raw, str) and raw.isascii() and raw.strip().isdigit() and len(raw) < 9:
        raw = int(raw)
    if not isinstance(raw, int) or isinstance(raw, bool) or not 1 <= raw <= MAX_DAYS:
        raise Invalid(_("Enter a number of days from 1 to %(most)s.", most=i18n.number(MAX_DAYS)))
    return raw


def _number(raw: object) -> float:
    try:
        value = float(raw) if isinstance(raw, str | int | float) else math.nan
    except (ValueError, OverflowError):
        value = math.nan
    if isinstance(raw, bool) or not abs(value) <= MAX_NUMBER:
        raise Invalid(_("Enter a number."))
    return value + 0.0


def _range(raw: object) -> tuple[float, float]:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise Invalid(_("Enter two numbers."))
    low, high = _number(raw[0]), _number(raw[1])
    if low > high:
        raise Invalid(_("Enter the smaller number first."))
    return low, high


READERS: dict[str, Callable[[object], Value]] = {
    "text": _text,
    "date": _day,
    "days": _days,
    "number": _number,
    "range": _range,
}
