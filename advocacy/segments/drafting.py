"""Drafting: a question in the making, as the builder's form holds it, whole or not.

The form names its fields by place: `q.0.word` is the outermost group's word, `q.0.2.field`,
`.is`, `.value` and `.to` are the third line of it. Whatever is posted gives some draft.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from advocacy.errors import Invalid
from advocacy.segments import asking
from advocacy.segments.asking import DEEPEST, MOST, WORDS, Condition, Group
from advocacy.segments.facets import Facet, Operator
from advocacy.segments.vocabulary import Vocabulary

_NAME = re.compile(rf"q\.(0(?:\.[0-9]{{1,3}}){{0,{DEEPEST}}})\.(word|field|is|value|to)")


@dataclass
class Line:
    """One condition as typed. `condition` is what it asks, None while that is not complete;
    `error` says what it lacks, `lost` that it asks about something that is gone."""

    facet: Facet | None = None
    operator: Operator | None = None
    value: str = ""
    to: str = ""
    place: str = ""
    error: str = ""
    condition: Condition | None = None

    @property
    def lost(self) -> bool:
        """True when what it asks about is not there any more."""
        return self.facet is None


@dataclass
class Box:
    """A group as typed."""

    word: str = "all"
    parts: "list[Line | Box]" = field(default_factory=list)
    place: str = "0"

    @property
    def depth(self) -> int:
        """1 for the outermost."""
        return self.place.count(".") + 1

    @property
    def takes_group(self) -> bool:
        """True where another group may be put inside."""
        return self.depth < DEEPEST


def lines_of(box: Box) -> Iterator[Line]:
    """Every line of a draft."""
    for part in box.parts:
        if isinstance(part, Line):
            yield part
        else:
            yield from lines_of(part)


def size(box: Box) -> int:
    """How many lines and groups there are in it."""
    return sum(1 + (size(part) if isinstance(part, Box) else 0) for part in box.parts)


def from_json(raw: object, known: Vocabulary) -> Box:
    """The draft of a question as it is kept, also where it can be asked no more."""
    return _settled(_box(raw, known), known)


def _box(raw: object, known: Vocabulary) -> Box:
    word, listed = next(iter(raw.items()), ("", [])) if isinstance(raw, dict) else ("", [])
    box = Box(word if word in WORDS else "all")
    for each in listed if isinstance(listed, list) else []:
        if not isinstance(each, dict):
            continue
        if "field" not in each:
            box.parts.append(_box(each, known))
            continue
        value = each.get("value", "")
        pair = value if isinstance(value, list) and len(value) == 2 else [value, ""]
        box.parts.append(
            _line(known, str(each["field"]), str(each.get("is")), *(_typed(one) for one in pair))
        )
    return box


def _typed(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else ""


def from_form(data: Mapping[str, object], known: Vocabulary) -> Box:
    """The draft that a form holds."""
    fields: dict[str, dict[str, str]] = {"0": {}}
    for name, value in data.items():
        found = _NAME.fullmatch(name)
        if found and isinstance(value, str):
            fields.setdefault(found.group(1), {})[found.group(2)] = value
    return _settled(_posted("0", fields, known), known)


def _posted(place: str, fields: dict[str, dict[str, str]], known: Vocabulary) -> Box:
    word = fields.get(place, {}).get("word", "all")
    box = Box(word if word in WORDS else "all")
    below = [each for each in fields if each.rpartition(".")[0] == place]
    for each in sorted(below, key=lambda path: int(path.rpartition(".")[2]))[:MOST]:
        had = fields[each]
        if "word" in had and each.count(".") < DEEPEST:
            box.parts.append(_posted(each, fields, known))
        elif "field" in had:
            wanted = [had.get(name, "") for name in ("field", "is", "value", "to")]
            box.parts.append(_line(known, *wanted))
    return box


def _line(known: Vocabulary, key: str, operator: str, value: str = "", to: str = "") -> Line:
    facet = known.get(key)
    if facet is None:
        return Line()
    chosen = facet.operator(operator) or facet.operators[0]
    return Line(facet, chosen, value, to)


def change(box: Box, wanted: str, known: Vocabulary) -> Box:
    """The draft after a press: `add:0` a line to a group, `group:0` a group, `drop:0.1` a part.

    Anything else, and what would go beyond the limits, changes nothing.
    """
    act, _colon, place = wanted.partition(":")
    room = size(box) < MOST
    for each in list(_boxes(box)):
        if act == "add" and each.place == place and room:
            first = next(iter(known.values()))
            each.parts.append(Line(first, first.operators[0]))
        elif act == "group" and each.place == place and room and each.takes_group:
            each.parts.append(Box("any"))
        elif act == "drop":
            each.parts = [part for part in each.parts if part.place != place]
    return _settled(box, known)


def _boxes(box: Box) -> Iterator[Box]:
    yield box
    for part in box.parts:
        if isinstance(part, Box):
            yield from _boxes(part)


def _settled(box: Box, known: Vocabulary, place: str = "0") -> Box:
    """Gives every part its place and says of every line what it asks or lacks."""
    box.place = place
    for number, part in enumerate(box.parts):
        if isinstance(part, Box):
            _settled(part, known, f"{place}.{number}")
        else:
            part.place = f"{place}.{number}"
            _judge(part, known)
    return box


def _judge(line: Line, known: Vocabulary) -> None:
    line.condition, line.error = None, ""
    try:
        line.condition = asking.read_condition(_raw(line), known, line.place)
    except Invalid as wrong:
        line.error = wrong.message


def _raw(line: Line) -> dict[str, object]:
    raw: dict[str, object] = {"field": line.facet.key if line.facet else ""}
    if line.operator is not None:
        pair = line.operator.editor == "range"
        raw |= {"is": line.operator.key, "value": [line.value, line.to] if pair else line.value}
    return raw


def question(box: Box) -> Group:
    """What the draft asks so far: lines that are not complete are left out."""
    parts: list[Condition | Group] = []
    for part in box.parts:
        if isinstance(part, Box):
            parts.append(question(part))
        elif part.condition is not None:
            parts.append(part.condition)
    return Group(box.word, tuple(parts))


def lacking(box: Box) -> list[Line]:
    """The lines that are not complete."""
    return [line for line in lines_of(box) if line.condition is None]
