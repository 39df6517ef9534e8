"""What a chapter's staff see of one member: nothing of other chapters, not even that they exist."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import orjson

from advocacy import db
from advocacy.audit.models import AuditEntry
from advocacy.chapters.models import Chapter
from advocacy.errors import NotFound
from advocacy.render.i18n import gettext as _
from advocacy.roster import defining, labelling
from advocacy.roster.models import CustomField
from advocacy.roster.sifting import ROLL, SEEN_COLUMNS, STANDING

MOST_HISTORY = 50


@dataclass(frozen=True)
class Event:
    """Something that happened; of some only the day is known."""

    at: datetime
    what: str
    by: str = ""
    is_day: bool = False


@dataclass(frozen=True)
class Record:
    """A current member as their chapter knows them. `seen` changes with all that can be edited."""

    person: dict[str, Any]
    tags: list[dict[str, Any]]
    fields: list[CustomField]
    answers: dict[int, str]
    consents: list[dict[str, Any]]
    acts: list[AuditEntry]

    @property
    def name(self) -> str:
        """The name as one line; empty when none is known."""
        return f"{self.person['given_name']} {self.person['family_name']}".strip()

    @property
    def consent(self) -> dict[str, Any] | None:
        """The last line of the ledger, which decides."""
        return self.consents[0] if self.consents else None

    @property
    def history(self) -> list[Event]:
        """What happened in this chapter, the latest first."""
        events = [Event(each.at, _act(each.act), each.actor) for each in self.acts]
        for each in self.consents:
            say = _("Allowed our letters") if each["granted"] else _("Stopped our letters")
            events.append(Event(each["at"], say))
        if self.person["joined_on"]:
            day = datetime.combine(self.person["joined_on"], time(), UTC)
            events.append(Event(day, _("Became a member"), is_day=True))
        return sorted(events, key=lambda each: each.at, reverse=True)

    @property
    def seen(self) -> str:
        """A mark of everything that the edit form shows, to notice that somebody changed it."""
        person = self.person
        parts = [person[name] for name in ("given_name", "family_name", "language", "member_no")]
        tags = sorted(each["id"] for each in self.tags)
        text = orjson.dumps([parts, tags, sorted(self.answers.items())])
        return hashlib.sha256(text).hexdigest()[:32]


async def read(chapter: Chapter, person_id: int) -> Record:
    """The record of a current member of this chapter. Raises NotFound for everybody else, known
    elsewhere or not."""
    person = await db.row(
        "SELECT m.id AS membership_id, m.person_id, m.member_no, m.joined_on,"
        f" m.is_veiled, {SEEN_COLUMNS},"
        f" COALESCE(s.granted, FALSE) AS granted {ROLL}"
        f" WHERE m.chapter_id = $1 AND m.person_id = $2 AND {STANDING}",
        chapter.id,
        person_id,
    )
    if person is None:
        raise NotFound()
    person = {name: _aware(name, value) for name, value in person.items()}
    return Record(
        person=person,
        tags=await _tags(chapter.id, person_id),
        fields=await defining.fields_of(chapter.id),
        answers=await answers_of(chapter.id, person_id),
        consents=await _consents(chapter.id, person_id),
        acts=await AuditEntry.filter(chapter=chapter.slug, record=f"person:{person_id}")
        .order_by("-id")
        .limit(MOST_HISTORY),
    )


def _act(act: str) -> str:
    known = {
        "person.corrected": _("Corrected by staff"),
        "person.merged": _("Two entries became one"),
    }
    return known.get(act, act)


async def answers_of(chapter_id: int, person_id: int) -> dict[int, str]:
    """The person's answers to the chapter's own fields, by field."""
    rows = await db.rows(
        "SELECT v.field_id, v.value FROM advocacy_custom_value v"
        " JOIN advocacy_custom_field f ON f.id = v.field_id"
        " WHERE v.person_id = $1 AND f.chapter_id = $2",
        person_id,
        chapter_id,
    )
    return {int(each["field_id"]): each["value"] for each in rows}


async def _tags(chapter_id: int, person_id: int) -> list[dict[str, Any]]:
    put = await db.rows("SELECT tag_id FROM advocacy_tagging WHERE person_id = $1", person_id)
    has = {int(each["tag_id"]) for each in put}
    return [each for each in await labelling.tags_of(chapter_id) if each["id"] in has]


async def _consents(chapter_id: int, person_id: int) -> list[dict[str, Any]]:
    """The ledger of this person and this chapter's letters, newest first."""
    rows = await db.rows(
        "SELECT c.granted, c.basis, c.at, c.page, c.language, w.text, w.version"
        " FROM advocacy_consent c LEFT JOIN advocacy_wording w ON w.id = c.wording_id"
        " WHERE c.person_id = $1 AND c.chapter_id = $2 AND c.purpose = 'mailings'"
        f" AND c.channel = 'email' ORDER BY c.id DESC LIMIT {MOST_HISTORY}",
        person_id,
        chapter_id,
    )
    return [{name: _aware(name, value) for name, value in row.items()} for row in rows]


def _aware(name: str, value: Any) -> Any:
    """Days and moments as such, which SQLite gives as text."""
    if isinstance(value, str) and name == "joined_on":
        return date.fromisoformat(value[:10])
    if isinstance(value, str) and name in ("at", "confirmed_at"):
        return datetime.fromisoformat(value)
    return bool(value) if name in ("granted", "is_veiled") else value
