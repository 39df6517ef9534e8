"""Correcting what is known of a member: name, language, number, tags, answers to own fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from advocacy import db, queue
from advocacy.audit.recording import Actor, note
from advocacy.chapters.models import Chapter
from advocacy.errors import Conflict, Invalid, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.roster import defining, labelling, record
from advocacy.roster.defining import Answer
from advocacy.roster.record import Record

EDITED = ("given_name", "family_name", "language", "member_no")
LINKS = ("http:", "https:", "www.", "://")


@dataclass(frozen=True)
class Correction:
    """The record as an editor wants it. `seen` is the mark of what they began with."""

    seen: str
    given_name: str
    family_name: str
    language: str
    member_no: str
    tag_ids: frozenset[int] = frozenset()
    new_tag: str = ""
    answers: Mapping[int, str] = field(default_factory=dict)


async def correct(chapter: Chapter, person_id: int, wanted: Correction, *, actor: Actor) -> Record:
    """Writes the record in one piece; of two editors at once one wins.

    Raises Conflict for the other, who began with what is no longer there; NotFound when the
    person is no current member of this chapter; Invalid on the field of a wrong answer.
    """
    async with db.transaction():
        # The membership's row first: a second editor in this chapter waits here.
        held = await db.execute(
            "UPDATE advocacy_membership SET member_no = member_no"
            " WHERE chapter_id = $1 AND person_id = $2 AND state = 'current'",
            chapter.id,
            person_id,
        )
        if not held:
            raise NotFound()
        now = await record.read(chapter, person_id)
        if now.seen != wanted.seen:
            raise _changed()
        _must_be_names(wanted)
        answers = _answers(now, wanted)
        await _name(now, wanted)
        await db.execute(
            "UPDATE advocacy_membership SET member_no = $1"
            " WHERE chapter_id = $2 AND person_id = $3",
            wanted.member_no,
            chapter.id,
            person_id,
        )
        tag_ids = set(wanted.tag_ids)
        if wanted.new_tag.strip():
            tag_ids.add(await _new_tag(chapter, wanted.new_tag))
        await labelling.tag_one(chapter, person_id, tag_ids)
        await _keep(person_id, answers)
        await queue.after_commit("roster.index")
        await note(
            "person.corrected", actor=actor, record=f"person:{person_id}", chapter=chapter.slug
        )
    return await record.read(chapter, person_id)


def _must_be_names(wanted: Correction) -> None:
    for name in ("given_name", "family_name", "member_no"):
        text = getattr(wanted, name)
        if not text.isprintable() or any(mark in text.lower() for mark in LINKS):
            raise Invalid(_("Enter a name without a web address or unseen signs."), field=name)


def _changed() -> Conflict:
    return Conflict(_("Somebody else has changed this member since you opened the form."))


def _answers(now: Record, wanted: Correction) -> dict[int, Answer | None]:
    """The answers that differ. One that stays may be among choices that are no longer offered."""
    found = {}
    for own in now.fields:
        text = wanted.answers.get(own.id, "").strip()
        if text != now.answers.get(own.id, ""):
            found[own.id] = defining.clean(own, text)
    return found


async def _new_tag(chapter: Chapter, name: str) -> int:
    try:
        return await labelling.make(chapter, name)
    except Invalid as error:
        raise Invalid(error.message, field="new_tag") from error


async def _name(now: Record, wanted: Correction) -> None:
    """Another chapter may correct the same person: only what this editor saw is overwritten."""
    person = now.person
    table, still = "advocacy_person", "erased_at IS NULL AND merged_into_id IS NULL"
    if person["is_veiled"]:
        # What this chapter's roll said of them is its own to correct, and nothing else.
        table, still = "advocacy_membership", "is_veiled"
    kept = await db.execute(
        f"UPDATE {table} SET given_name = $1, family_name = $2, language = $3"
        " WHERE id = $4 AND given_name = $5 AND family_name = $6 AND language = $7"
        f" AND {still}",
        wanted.given_name,
        wanted.family_name,
        wanted.language,
        person["membership_id" if person["is_veiled"] else "person_id"],
        person["given_name"],
        person["family_name"],
        person["language"],
    )
    if not kept:
        raise _changed()


async def _keep(person_id: int, answers: Mapping[int, Answer | None]) -> None:
    for field_id, answer in answers.items():
        if answer is None:
            await db.execute(
                "DELETE FROM advocacy_custom_value WHERE field_id = $1 AND person_id = $2",
                field_id,
                person_id,
            )
            continue
        await db.execute(
            "INSERT INTO advocacy_custom_value (field_id, person_id, value, number)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (field_id, person_id)"
            " DO UPDATE SET value = excluded.value, number = excluded.number",
            field_id,
            person_id,
            answer.value,
            answer.number,
        )
