"""Choosing: every change a person makes to their letters, and the form that takes it back.

A change is named by `what` and comes as the fields of a form. Whoever holds a link from a letter
may make all of them: they change letters and end memberships, they begin none.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.errors import Invalid, NotFound
from advocacy.members import belonging, consent, enrolling, topics, veiling, wordings
from advocacy.members.models import FREQUENCIES, Person
from advocacy.preferences.languages import offered
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

PAUSES = (30, 90)
EVERYBODY = ""

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Means:
    """How the person came: by a link from a letter, or signed in; on which page, from where."""

    by_link: bool
    page: str
    origin: str

    def basis(self, *, granted: bool) -> str:
        """How the ledger calls it."""
        if not self.by_link:
            return "signed_in"
        return "confirmed" if granted else "page"


@dataclass(frozen=True)
class Change:
    """What was changed: `about` is a chapter's slug or the new value; `undo` takes it back."""

    what: str
    about: str = ""
    undo: Mapping[str, Sequence[str]] = field(default_factory=dict)
    undo_what: str = ""


async def change(person: Person, what: str, fields: Fields, means: Means) -> Change:
    """Makes one change, whole or not at all; repeating it changes nothing.

    Raises NotFound for a change or a chapter that is not this person's, Invalid for a value that
    is not on offer.
    """
    act = ACTS.get(what)
    if act is None:
        raise NotFound()
    async with db.transaction():
        return await act(person, fields, means)


async def _letters(person: Person, fields: Fields, means: Means) -> Change:
    chapter = await _theirs(person, _one(fields, "chapter"))
    wanted = _one(fields, "wanted") == "on"
    before = "on" if await _set_letters(person, chapter, means, wanted=wanted) else "off"
    undo = {"chapter": [chapter.slug], "wanted": [before]}
    is_new = (before == "on") != wanted
    return Change(
        "letters_on" if wanted else "letters_off", chapter.slug, undo if is_new else {}, "letters"
    )


async def _set_letters(person: Person, chapter: Chapter, means: Means, *, wanted: bool) -> bool:
    """Allows or stops a chapter's letters; returns whether they were allowed before."""
    known = {each.chapter_id: each for each in await belonging.known_to(person.id)}
    before = chapter.id in known and known[chapter.id].gets_letters
    if not wanted:
        await consent.withdraw(
            person.id,
            chapter.id,
            basis=means.basis(granted=False),
            page=means.page,
            origin=means.origin,
        )
        return before
    # Allowing letters again lifts what the person put on their own address.
    await consent.lift(person.address_hash)
    await veiling.lift(person.id, chapter.id)
    if not before:
        wording = await wordings.current_wording(wordings.LETTERS, i18n.current())
        await consent.record(
            person.id,
            chapter.id,
            granted=True,
            basis=means.basis(granted=True),
            wording_id=wording.id,
            language=wording.language,
            page=means.page,
            origin=means.origin,
        )
    return before


async def _topics(person: Person, fields: Fields, means: Means) -> Change:
    """`wanted` names the topics the person likes to hear about; the others are refused."""
    slug = _one(fields, "chapter")
    headquarters = await Chapter.get(is_headquarters=True)
    chapter = headquarters if slug == EVERYBODY else await _theirs(person, slug)
    refused = await consent.refused_topics(person.id)
    before = refused.get(chapter.id, set())
    after = set(topics.PURPOSES) - set(fields.get("wanted", ()))
    if slug != EVERYBODY:
        # What is refused from everybody is not asked again for one chapter.
        asked = set(topics.PURPOSES) - refused.get(headquarters.id, set())
        after = (after & asked) | (before - asked)
    for topic in sorted(before ^ after):
        await _set_topic(person, chapter, topic, means, refused=topic in after)
    undo = {"chapter": [slug], "wanted": sorted(set(topics.PURPOSES) - before)}
    return Change("topics", slug, undo if before != after else {}, "topics")


async def _set_topic(
    person: Person, chapter: Chapter, topic: str, means: Means, *, refused: bool
) -> None:
    await consent.record(
        person.id,
        chapter.id,
        granted=not refused,
        basis=means.basis(granted=not refused),
        purpose=topics.purpose_of(topic),
        language=i18n.current(),
        page=means.page,
        origin=means.origin,
    )


async def _languages(person: Person, fields: Fields, means: Means) -> Change:
    main, also = _one(fields, "main"), sorted({*fields.get("also", ())} - {_one(fields, "main")})
    known = await offered(person)
    if main not in known or not set(also) <= set(known) or len(" ".join(also)) > 100:
        raise Invalid(_("Choose from the languages on the page."))
    undo = {"main": [person.language], "also": person.also_reads.split()}
    await Person.filter(id=person.id).update(language=main, also_reads=" ".join(also))
    is_new = (main, " ".join(also)) != (person.language, person.also_reads)
    return Change("languages", main, undo if is_new else {}, "languages")


async def _frequency(person: Person, fields: Fields, means: Means) -> Change:
    wanted = _one(fields, "frequency")
    if wanted not in FREQUENCIES:
        raise Invalid(_("Choose how often we may write."))
    await Person.filter(id=person.id).update(frequency=wanted)
    undo = {"frequency": [person.frequency]} if wanted != person.frequency else {}
    return Change("frequency", wanted, undo, "frequency")


async def _pause(person: Person, fields: Fields, means: Means) -> Change:
    """`days` from now, 0 to end a pause; or `until` a moment that a pause had before."""
    now = moment.now()
    before = person.paused_until
    is_paused = before is not None and before > now
    until = _until(fields, now)
    await Person.filter(id=person.id).update(paused_until=until)
    undo = {"until": [before.isoformat()]} if is_paused and before else {"days": ["0"]}
    is_new = until != (before if is_paused else None)
    return Change(
        "paused" if until else "resumed",
        until.date().isoformat() if until else "",
        undo if is_new else {},
        "pause",
    )


def _until(fields: Fields, now: datetime) -> datetime | None:
    asked = _one(fields, "days")
    if asked == "0":
        return None
    if asked in {str(each) for each in PAUSES}:
        return now + timedelta(days=int(asked))
    try:
        until = datetime.fromisoformat(_one(fields, "until"))
    except ValueError:
        until = None
    longest = now + timedelta(days=max(PAUSES))
    if until is None or until.tzinfo is None or not now < until <= longest:
        raise Invalid(_("Choose how long the pause lasts."))
    return until


async def _leave(person: Person, fields: Fields, means: Means) -> Change:
    chapter = await _theirs(person, _one(fields, "chapter"))
    known = {each.chapter_id: each for each in await belonging.known_to(person.id)}
    had = known[chapter.id].gets_letters
    was_member = await enrolling.leave(
        person.id,
        chapter.id,
        basis=means.basis(granted=False),
        page=means.page,
        origin=means.origin,
    )
    undo = {"chapter": [chapter.slug], "letters": ["on" if had else "off"]}
    return Change("left", chapter.slug, undo if was_member else {}, "stay")


async def _stay(person: Person, fields: Fields, means: Means) -> Change:
    chapter = await Chapter.get_or_none(slug=_one(fields, "chapter"))
    if chapter is None or not await enrolling.stay(person.id, chapter.id):
        raise NotFound(_("It is too late to take this back. Join the chapter again."))
    if _one(fields, "letters") == "on":
        await _set_letters(person, chapter, means, wanted=True)
    return Change("stayed", chapter.slug)


async def _everything(person: Person, fields: Fields, means: Means) -> Change:
    ended = await consent.withdraw_all(
        person.id, basis=means.basis(granted=False), page=means.page, origin=means.origin
    )
    slugs = [
        str(each)
        for each in await Chapter.filter(id__in=ended)
        .order_by("slug")
        .values_list("slug", flat=True)
    ]
    return Change("everything", "", {"chapter": slugs} if slugs else {}, "again")


async def _again(person: Person, fields: Fields, means: Means) -> Change:
    for slug in list(fields.get("chapter", ()))[:50]:
        await _set_letters(person, await _theirs(person, slug), means, wanted=True)
    return Change("again")


async def _theirs(person: Person, slug: str) -> Chapter:
    """A chapter the person belongs to or had letters from. Raises NotFound for any other."""
    if slug in {each.slug for each in await belonging.known_to(person.id)}:
        return await Chapter.get(slug=slug)
    raise NotFound(_("This chapter is not one of yours."))


def _one(fields: Fields, name: str) -> str:
    values = fields.get(name, ())
    return values[0] if values else ""


Act = Callable[[Person, Fields, Means], Awaitable[Change]]
ACTS: dict[str, Act] = {
    "letters": _letters,
    "topics": _topics,
    "languages": _languages,
    "frequency": _frequency,
    "pause": _pause,
    "leave": _leave,
    "stay": _stay,
    "everything": _everything,
    "again": _again,
}
