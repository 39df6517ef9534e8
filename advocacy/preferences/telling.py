"""Telling what was just changed, with the form that takes it back, across one redirect.

It travels in the address as a signed note of an hour, so that no cookie is needed and nobody can
make our page say what did not happen.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from advocacy import tokens
from advocacy.chapters.models import Chapter
from advocacy.members.models import Person
from advocacy.preferences.choosing import Change
from advocacy.render import i18n
from advocacy.render.i18n import LazyText, lazy_gettext
from advocacy.render.i18n import gettext as _

PURPOSE = "preferences-told"
LIFE = 3600
FREQUENCY_LABELS: dict[str, LazyText] = {
    "all": lazy_gettext("Every letter"),
    "weekly": lazy_gettext("At most one letter a week"),
    "important": lazy_gettext("Only what is important"),
}


@dataclass(frozen=True)
class Told:
    """What the page says first, and the fields of the form that undoes it; none when it cannot."""

    text: str
    undo_what: str
    undo: list[tuple[str, str]]


def note_of(person: Person, change: Change) -> str:
    """The change as a signed note for the address of the next page."""
    said = [
        change.what,
        change.about,
        change.undo_what,
        {k: list(v) for k, v in change.undo.items()},
    ]
    raw = json.dumps(said, separators=(",", ":")).encode("utf-8").hex()
    return tokens.sign(PURPOSE, person.id, raw, dated=True)


async def told(person: Person, note: str) -> Told | None:
    """What a note says to this person; None for one that is forged, old or somebody else's."""
    values = tokens.read(PURPOSE, note, max_age=LIFE) if note else None
    if values is None or len(values) != 2 or values[0] != str(person.id):
        return None
    what, about, undo_what, undo = json.loads(bytes.fromhex(values[1]).decode("utf-8"))
    fields = [(name, value) for name, values in undo.items() for value in values]
    return Told(await _text(person, what, about, undo), undo_what if undo else "", fields)


async def _text(person: Person, what: str, about: str, undo: Mapping[str, Sequence[str]]) -> str:
    if what == "topics":
        return _("Your topics are saved.") if undo else _("Your topics stay as they were.")
    if what == "languages":
        return _("We write to you in %(language)s.", language=i18n.language(about))
    if what == "frequency":
        return _("Saved: %(choice)s.", choice=FREQUENCY_LABELS.get(about, about))
    if what == "paused":
        return _("No letters until %(day)s. Then they come again.", day=_day(about))
    plain = {
        "resumed": _("The pause is over: letters come again."),
        "everything": _("You get no more letters from any of us."),
        "again": _("You get the letters again that you got before."),
    }
    if what in plain:
        return plain[what]
    chapter = await Chapter.get_or_none(slug=about)
    name = chapter.name if chapter else about
    named = {
        "letters_on": _("You get letters from %(name)s.", name=name),
        "letters_off": _("You get no more letters from %(name)s.", name=name),
        "left": _("You have left %(name)s, and its letters have stopped.", name=name),
        "stayed": _("You are a member of %(name)s as before.", name=name),
        "joined": _("You are now a member of %(name)s.", name=name),
    }
    return named.get(what, "")


def _day(text: str) -> str:
    try:
        return i18n.day(date.fromisoformat(text))
    except ValueError:
        return text
