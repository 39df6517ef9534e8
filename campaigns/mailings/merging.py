"""Merge fields: `{first_name}` or `{first_name|friend}` in a mailing's text, checked and split.

A fallback stands where a person's name is not known; without one a neutral word of the text's
language does. A backslash before the brace writes it as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from advocacy.errors import Invalid
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext

PERSONAL = ("first_name", "name")
FIELDS = (*PERSONAL, "chapter", "link")
MAX_FALLBACK = 60
MAX_URL = 500

_BRACES = re.compile(r"(?<!\\)\{([^{}\n]*)\}")
_FIELD = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:\|([^|]*))?")
_LONG = re.compile(rf"https?://[^\s)>]{{{MAX_URL - 8},}}")
_TARGET = re.compile(r"\]\(([^)\s]*\{[^)]*)\)")


@dataclass(frozen=True)
class Slot:
    """A merge field in a text, and what stands there when the person's own value is empty."""

    name: str
    fallback: str = ""


def check(text: str, *, field: str, allow_link: bool = True) -> None:
    """Raises Invalid on `field` naming every unknown merge field and its line, or a wrong link."""
    allowed = [each for each in FIELDS if allow_link or each != "link"]
    wrong = [
        (number, match.group(0))
        for number, line in enumerate(text.split("\n"), 1)
        for match in _BRACES.finditer(line)
        if _slot(match.group(1)) is None or _slot(match.group(1)).name not in allowed  # type: ignore[union-attr]
    ]
    if wrong:
        raise Invalid(_unknown(wrong, allowed), field=field)
    if _LONG.search(text):
        raise Invalid(_("A link is too long. Use a shorter address."), field=field)
    for match in _TARGET.finditer(text):
        if match.group(1).strip() != "{link}":
            number = text.count("\n", 0, match.start()) + 1
            raise Invalid(
                _(
                    "Line %(line)s: a link can point to {link} or to a plain address, not to"
                    " %(target)s.",
                    line=number,
                    target=match.group(1),
                ),
                field=field,
            )


def _unknown(wrong: list[tuple[int, str]], allowed: list[str]) -> str:
    named = i18n.listing(
        _("%(field)s on line %(line)s", field=field, line=number) for number, field in wrong
    )
    known = i18n.listing(f"{{{each}}}" for each in allowed)
    return " ".join(
        (
            ngettext(
                "There is no such merge field: %(named)s.",
                "There are no such merge fields: %(named)s.",
                len(wrong),
                named=named,
            ),
            _("Use %(known)s.", known=known),
        )
    )


def split(text: str) -> list[str | Slot]:
    """The text cut at its merge fields; plain pieces and slots alternate in reading order."""
    pieces: list[str | Slot] = []
    end = 0
    for match in _BRACES.finditer(text):
        slot = _slot(match.group(1))
        if slot is None:
            continue
        pieces += [_plain(text[end : match.start()]), slot]
        end = match.end()
    pieces.append(_plain(text[end:]))
    return [piece for piece in pieces if piece != ""]


def stand_in(slot: Slot, language: str) -> str:
    """What stands in a slot whose value is empty: its fallback or a neutral word."""
    if slot.fallback:
        return slot.fallback
    with i18n.use(language):
        return _("friend")


def fill(pieces: list[str | Slot], values: Mapping[str, str], language: str) -> str:
    """The text with every slot filled."""
    return "".join(
        piece if isinstance(piece, str) else values.get(piece.name) or stand_in(piece, language)
        for piece in pieces
    )


def _slot(inside: str) -> Slot | None:
    match = _FIELD.fullmatch(inside)
    if match is None or match.group(1) not in FIELDS:
        return None
    fallback = " ".join((match.group(2) or "").split())
    return Slot(match.group(1), fallback[:MAX_FALLBACK])


def _plain(text: str) -> str:
    return text.replace("\\{", "{").replace("\\}", "}")
