"""Fields of a chapter's own: questions it keeps an answer to for its members."""

import math
from dataclasses import dataclass
from datetime import date

from advocacy import db, moment
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.roster.models import FIELD_KINDS, CustomField
from advocacy.roster.spelling import plain

MOST_FIELDS = 30
MOST_CHOICES = 50
MOST_LABEL = 60
MOST_VALUE = 200


@dataclass(frozen=True)
class Answer:
    """A value as it is kept; a number also as one, so that numbers compare."""

    value: str
    number: float | None = None


async def fields_of(chapter_id: int) -> list[CustomField]:
    """The fields of a chapter in the order they were made."""
    return await CustomField.filter(chapter_id=chapter_id).order_by("id")


async def add(
    chapter: Chapter, label: str, kind: str, choices: str = "", *, actor: Actor
) -> CustomField:
    """Adds a field. Raises Invalid on `label`, `kind` or `choices`, Conflict for a label in use."""
    label = _label(label)
    if kind not in FIELD_KINDS:
        raise Invalid(_("Choose what kind of answer it is."), field="kind")
    lines = _choices(choices) if kind == "choice" else []
    async with db.transaction():
        await _hold(chapter)
        known = await fields_of(chapter.id)
        _must_be_free(label, known, None)
        if len(known) >= MOST_FIELDS:
            raise Invalid(_("A chapter can have 30 fields. Remove one first."))
        made = await CustomField.create(
            chapter=chapter,
            label=label,
            kind=kind,
            choices="\n".join(lines),
            created_at=moment.now(),
        )
        await note("field.added", actor=actor, record=f"field:{made.id}", chapter=chapter.slug)
    return made


async def change(
    chapter: Chapter, field_id: int, label: str, choices: str = "", *, actor: Actor
) -> None:
    """Renames a field or changes its choices; answers given stay. Raises as `add`, and NotFound."""
    label = _label(label)
    async with db.transaction():
        await _hold(chapter)
        known = await fields_of(chapter.id)
        changed = next((each for each in known if each.id == field_id), None)
        if changed is None:
            raise NotFound()
        _must_be_free(label, known, field_id)
        lines = _choices(choices) if changed.kind == "choice" else []
        await CustomField.filter(id=field_id).update(label=label, choices="\n".join(lines))
        await note("field.changed", actor=actor, record=f"field:{field_id}", chapter=chapter.slug)


async def remove(chapter: Chapter, field_id: int, *, actor: Actor) -> int:
    """Removes a field with every answer to it; how many there were. Raises NotFound."""
    async with db.transaction():
        await _hold(chapter)
        if not await CustomField.exists(id=field_id, chapter=chapter):
            raise NotFound()
        lost = await db.execute("DELETE FROM advocacy_custom_value WHERE field_id = $1", field_id)
        await CustomField.filter(id=field_id).delete()
        await note(
            "field.removed",
            actor=actor,
            record=f"field:{field_id}",
            chapter=chapter.slug,
            answers=lost,
        )
    return lost


def clean(field: CustomField, text: str) -> Answer | None:
    """The answer as it is kept; None for an empty one. Raises Invalid on `field_<id>`."""
    text = " ".join(text.split())
    if not text:
        return None
    name = f"field_{field.id}"
    if len(text) > MOST_VALUE or not text.isprintable():
        raise Invalid(_("Enter an answer of up to 200 letters."), field=name)
    if field.kind == "number":
        return _number(text, name)
    if field.kind == "date":
        try:
            return Answer(date.fromisoformat(text).isoformat())
        except ValueError:
            raise Invalid(_("Enter a date like 2026-11-24."), field=name) from None
    if field.kind == "choice" and text not in field.choices.split("\n"):
        raise Invalid(_("Choose one of the answers."), field=name)
    return Answer(text)


def _number(text: str, name: str) -> Answer:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) >= 1e15:
        raise Invalid(_("Enter a number, such as 12 or 3.5."), field=name)
    shown = str(int(number)) if number == int(number) else repr(number)
    return Answer(shown, number)


def _label(text: str) -> str:
    text = " ".join(text.split())
    if not plain(text).strip() or len(text) > MOST_LABEL or not text.isprintable():
        raise Invalid(_("Enter a name of up to 60 letters for the field."), field="label")
    return text


def _choices(text: str) -> list[str]:
    lines = list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines()))
    lines = [line for line in lines if line]
    if not 2 <= len(lines) <= MOST_CHOICES:
        raise Invalid(_("Enter from 2 to 50 answers, one a line."), field="choices")
    if any(len(line) > MOST_VALUE or not line.isprintable() for line in lines):
        raise Invalid(_("An answer can have 200 letters."), field="choices")
    return lines


def _must_be_free(label: str, known: list[CustomField], own_id: int | None) -> None:
    if any(plain(each.label) == plain(label) and each.id != own_id for each in known):
        raise Conflict(_("There is a field with this name already."))


async def _hold(chapter: Chapter) -> None:
    """Two who change the fields of one chapter wait for each other."""
    await db.execute("UPDATE advocacy_chapter SET slug = slug WHERE id = $1", chapter.id)
