"""Audience: who gets a mailing, who does not and why, and freezing the answer into deliveries.

Whom we may write to is `consent.mailable()`; a segment only narrows it. Each question below is
built from the same two conditions, so what a page counts is what is frozen. Only of members whom
the sender knows from its own roll alone (see members/veiling.py) a page tells what that roll said:
whether others know that a letter cannot reach them shows when it is sent, and not before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from advocacy import db
from advocacy.chapters.models import Chapter
from advocacy.mail import addresses
from advocacy.members import topics, veiling
from advocacy.members.consent import mailable, paused
from advocacy.members.veiling import over, seen_by
from advocacy.segments import asking
from advocacy.segments.statement import Statement
from campaigns.mailings import aiming, composing
from campaigns.mailings.aiming import Aim
from campaigns.mailings.models import Mailing
from campaigns.models import Campaign

SAMPLE = 20
SHOWN = ("email", "given_name", "family_name")
REASONS = (
    "no_consent",
    "unsubscribed",
    "suppressed",
    "bounced",
    "complained",
    "unconfirmed",
    "paused",
    "topic",
    "segment",
)


@dataclass(frozen=True)
class Recipient:
    """One person as the sample shows them."""

    name: str
    masked: str
    language: str


@dataclass(frozen=True)
class Verdict:
    """Whether one person would get it: `reason` is empty for yes, else one of REASONS."""

    reason: str
    language: str = ""


@dataclass(frozen=True)
class Answer:
    """Who gets it: how many, by language version; current members who do not, by reason."""

    count: int
    by_language: dict[str, int]
    excluded: dict[str, int]


class _Question(Statement):
    """The statement that a mailing asks about its audience; for a page where it is `seen`."""

    aim: Aim | None = None
    seen: bool = False

    def __init__(
        self, mailing: Mailing, chapter: Chapter, languages: Sequence[str], topic: str
    ) -> None:
        super().__init__(chapter)
        self.topic = topic if topics.purpose_of(topic) else ""
        self.mailing = mailing
        self.languages = languages

    def text(self, value: str) -> str:
        """The placeholder of a text, which PostgreSQL cannot guess to be one in a CASE."""
        return f"CAST({self.bind(value)} AS VARCHAR(20))"

    def mailable(self) -> str:
        """FROM on: the persons `p` whom this sender may write to about this mailing's topic."""
        return mailable(topic=self.topic, seen=self.seen)

    def segment(self) -> str:
        """`AND …`: the conditions of the segment on the person `p`."""
        parts = [self._spoken(), self._joined(), self._acted(), self._stored()]
        return "".join(f" AND {part}" for part in parts if part)

    def _spoken(self) -> str:
        wanted = self.mailing.languages.split()
        return "(" + " OR ".join(self._speaks(tag) for tag in wanted) + ")" if wanted else ""

    def _speaks(self, tag: str, person: str = "p") -> str:
        language = seen_by("language", person=person)
        return f"{language} = {self.text(tag)} OR {language} LIKE {self.text(tag + '-%')}"

    def _joined(self) -> str:
        if self.mailing.joined_since is None:
            return ""
        where = "" if self.chapter.is_headquarters else "j.chapter_id = $1 AND "
        return (
            f"EXISTS (SELECT 1 FROM advocacy_membership j WHERE {where}j.person_id = p.id"
            f" AND j.state = 'current' AND j.joined_on >= {self.bind(self.mailing.joined_since)})"
        )

    def _acted(self) -> str:
        if not self.mailing.acted:
            return ""
        found = (
            "EXISTS (SELECT 1 FROM campaigns_action a WHERE a.person_id = p.id"
            f" AND a.page_id = {self.bind(self.mailing.acted_page_id)} AND a.state = 'confirmed')"
        )
        return found if self.mailing.acted == "yes" else f"NOT {found}"

    def _stored(self) -> str:
        if self.aim is None:
            return ""
        # A question that cannot be asked any more is answered by nobody, never by everybody.
        if self.aim.question is None:
            return asking.NOBODY
        return asking.condition(self.aim.question, self.aim.known, self)

    def version(self, person: str = "p") -> str:
        """The version that `p` gets: own language, its main one, one they read, the chapter's."""
        own, also = seen_by("language", person=person), f"{person}.also_reads"
        spoken = [f" WHEN {own} = {self.text(t)} THEN {self.text(t)}" for t in self.languages]
        for tag in self.languages:
            main = self._speaks(tag.split("-")[0], person)
            spoken.append(f" WHEN {main} THEN {self.text(tag)}")
        for tag in self.languages:
            read = self.text(f"% {tag.split('-')[0]}%")
            spoken.append(
                f" WHEN {also} <> '' AND ' ' || {also} LIKE {read}"
                f" AND NOT EXISTS (SELECT 1 {over(person=person)}) THEN {self.text(tag)}"
            )
        last = self.text(_last_resort(self.languages, self.chapter))
        return f"CASE{''.join(spoken)} ELSE {last} END"

    def reason(self, person: str) -> str:
        """Why a person (a column) does not get it; empty where they do. `q` is their row."""
        allowed = f"EXISTS (SELECT 1 {self.mailable()} AND p.id = {person}"
        subscribed = (
            "SELECT 1 FROM advocacy_subscription u WHERE u.person_id = q.id AND u.chapter_id = $1"
            " AND u.purpose = 'mailings' AND u.channel = 'email'"
        )
        state, veil = seen_by("deliverability", person="q"), f"EXISTS (SELECT 1 {over(person='q')})"
        return (
            f"CASE WHEN {allowed}{self.segment()}) THEN ''"
            f" WHEN {allowed}) THEN 'segment'"
            f" WHEN NOT {veil} AND EXISTS (SELECT 1 FROM advocacy_suppression x"
            " WHERE x.address_hash = q.address_hash) THEN 'suppressed'"
            f" WHEN {state} IN ('bounced', 'complained') THEN {state}"
            f" WHEN (q.confirmed_at IS NULL AND NOT {veil})"
            f" OR EXISTS (SELECT 1 {over(person='q')} AND veil.confirmed_at IS NULL)"
            " THEN 'unconfirmed'"
            f" WHEN EXISTS ({subscribed} AND NOT u.granted) THEN 'unsubscribed'"
            f" WHEN NOT EXISTS ({subscribed}) THEN 'no_consent'"
            f" WHEN {paused('q')} AND NOT {veil} THEN 'paused'"
            f" ELSE '{'topic' if self.topic else 'no_consent'}' END"
        )


def _last_resort(languages: Sequence[str], chapter: Chapter) -> str:
    main = chapter.main_language
    for tag in languages:
        if tag == main or tag.split("-")[0] == main.split("-")[0]:
            return tag
    return languages[0] if languages else main


async def answer(mailing: Mailing) -> Answer:
    """The audience as it would be frozen now, and the current members outside it by reason."""
    by_language = await _by_language(mailing)
    return Answer(sum(by_language.values()), by_language, await _excluded(mailing))


async def count(mailing: Mailing) -> int:
    """How many people would get it now."""
    asked = await _question(mailing)
    there = asked.mailable() + asked.segment()
    return int(await db.value(f"SELECT COUNT(*) AS n {there}", *asked.values) or 0)


async def sample(mailing: Mailing) -> list[Recipient]:
    """Twenty of the people who would get it, always the same ones for the same audience."""
    asked = await _question(mailing)
    shown = ", ".join(f"{seen_by(name)} AS {name}" for name in SHOWN)
    found = await db.rows(
        f"SELECT {shown}, {asked.version()} AS version"
        f" {asked.mailable()}{asked.segment()} ORDER BY p.address_hash LIMIT {SAMPLE}",
        *asked.values,
    )
    return [
        Recipient(
            f"{each['given_name']} {each['family_name']}".strip(),
            addresses.masked(each["email"]),
            each["version"],
        )
        for each in found
    ]


async def languages_spoken(chapter: Chapter) -> list[tuple[str, int]]:
    """The languages of the people this sender may write to, the most spoken first."""
    there = mailable(seen=await veiling.is_any(chapter.id))
    found = await db.rows(
        f"SELECT {seen_by('language')} AS language, COUNT(*) AS n {there} GROUP BY 1", chapter.id
    )
    counted: dict[str, int] = {}
    for each in found:
        main = each["language"].split("-")[0]
        counted[main] = counted.get(main, 0) + int(each["n"])
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


async def would_get(mailing: Mailing, email: str) -> Verdict | None:
    """Whether the person of an address would get it and in which language, else why not.

    None for an address that belongs to nobody whom this sender may know of.
    """
    asked = await _question(mailing)
    reason = asked.reason("q.id")
    version = asked.version("q")
    known = (
        "EXISTS (SELECT 1 FROM advocacy_subscription k WHERE k.person_id = q.id"
        " AND k.chapter_id = $1 AND k.purpose = 'mailings')"
        " OR EXISTS (SELECT 1 FROM advocacy_membership k"
        " WHERE k.person_id = q.id AND k.state = 'current'"
        + ("" if asked.chapter.is_headquarters else " AND k.chapter_id = $1")
        + ")"
    )
    found = await db.row(
        f"SELECT {reason} AS reason, {version} AS version FROM advocacy_person q"
        f" WHERE q.canonical = {asked.bind(addresses.canonical(email))} AND ({known})",
        *asked.values,
    )
    return Verdict(found["reason"], found["version"]) if found else None


async def freeze(mailing: Mailing) -> int:
    """One queued delivery for each person of the audience; returns how many there are now.

    Needs a transaction around it. Repeating it adds whom it lacks and repeats nobody.
    """
    asked = await _question(mailing, freezes=True)
    version, mark = asked.version(), asked.bind(mailing.id)
    await db.execute(
        "INSERT INTO campaigns_delivery (mailing_id, person_id, text_language, country_code)"
        f" SELECT CAST({mark} AS BIGINT), p.id, {version}, {seen_by('country_code')}"
        f" {asked.mailable()}{asked.segment()} ORDER BY p.id"
        " ON CONFLICT (mailing_id, person_id) DO NOTHING",
        *asked.values,
    )
    total = await db.value(
        "SELECT COUNT(*) AS n FROM campaigns_delivery WHERE mailing_id = $1", mailing.id
    )
    return int(total or 0)


async def _question(mailing: Mailing, *, freezes: bool = False) -> _Question:
    chapter = await Chapter.get(id=mailing.chapter_id)
    texts = await composing.texts_of(mailing)
    topic = ""
    if mailing.campaign_id is not None:
        topic = (await Campaign.get(id=mailing.campaign_id)).topic
    question = _Question(mailing, chapter, [each.language for each in texts], topic)
    question.seen = not freezes and await veiling.is_any(chapter.id)
    question.aim = await aiming.aim(mailing, chapter)
    return question


async def _by_language(mailing: Mailing) -> dict[str, int]:
    asked = await _question(mailing)
    found = await db.rows(
        f"SELECT version, COUNT(*) AS n FROM (SELECT {asked.version()} AS version"
        f" {asked.mailable()}{asked.segment()}) versions GROUP BY version ORDER BY 2 DESC, 1",
        *asked.values,
    )
    return {each["version"]: int(each["n"]) for each in found}


async def _excluded(mailing: Mailing) -> dict[str, int]:
    asked = await _question(mailing)
    where = "" if asked.chapter.is_headquarters else " AND m.chapter_id = $1"
    found = await db.rows(
        f"SELECT reason, COUNT(*) AS n FROM (SELECT {asked.reason('q.id')} AS reason"
        " FROM (SELECT DISTINCT m.person_id FROM advocacy_membership m"
        f" WHERE m.state = 'current'{where}) members"
        " JOIN advocacy_person q ON q.id = members.person_id) judged"
        " WHERE reason <> '' GROUP BY reason",
        *asked.values,
    )
    counted = {each["reason"]: int(each["n"]) for each in found}
    return {reason: counted[reason] for reason in REASONS if reason in counted}
