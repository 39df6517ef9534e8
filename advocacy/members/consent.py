"""Consent: the ledger, where it stands, and the one definition of whom we may write to."""

from collections.abc import Sequence

from advocacy import db, moment
from advocacy.members import safeguarding, topics, veiling
from advocacy.members.models import (
    EMAIL,
    MAILINGS,
    Consent,
    Person,
    Subscription,
    Suppression,
)

# The only place that says whom we may write to. It needs the sender's chapter as a placeholder.
_MAILABLE = """
FROM advocacy_subscription s
JOIN advocacy_person p ON p.id = s.person_id
WHERE s.chapter_id = {chapter} AND s.granted AND s.purpose = 'mailings' AND s.channel = 'email'
  AND p.erased_at IS NULL AND p.merged_into_id IS NULL
  AND NOT EXISTS (SELECT 1 {veil} AND NOT ({reached}))
  AND {reachable}
"""
_REACHABLE = """
  p.confirmed_at IS NOT NULL AND p.deliverability IN ('ok', 'soft')
  AND (p.paused_until IS NULL OR NOT {paused})
  AND NOT EXISTS (SELECT 1 FROM advocacy_suppression x WHERE x.address_hash = p.address_hash)
"""
_NOT_REFUSED = """AND NOT EXISTS (SELECT 1 FROM advocacy_subscription r
    WHERE r.person_id = p.id AND r.purpose = '{purpose}' AND r.channel = 'email' AND NOT r.granted
      AND r.chapter_id IN ({chapter}, (SELECT h.id FROM advocacy_chapter h
                                       WHERE h.is_headquarters)))
"""


def mailable(chapter: str = "$1", *, topic: str = "", seen: bool = False) -> str:
    """SQL from FROM on: persons `p` with a standing subscription `s` to this sender's letters.

    `chapter` is the placeholder or column with the sender's chapter id; append `AND …` to narrow.
    Left out is whom a pause still keeps quiet and, with the `topic` that a letter is about, who
    refused it from this sender or from everybody. Nobody gets letters on the word of another
    chapter: of a veiled member the sender's own roll must say that the address is confirmed.

    With `seen` it is what the sender may know before it writes: for its veiled members its own roll
    alone. Nothing is sent by that.
    """
    reachable = _REACHABLE.format(paused=paused("p"))
    veil = veiling.over(chapter)
    if seen:
        reachable = f"(EXISTS (SELECT 1 {veil}) OR ({reachable}))"
    wanted = _MAILABLE.format(
        chapter=chapter, veil=veil, reached=veiling.reached(), reachable=reachable
    )
    purpose = topics.purpose_of(topic)
    return wanted + _NOT_REFUSED.format(chapter=chapter, purpose=purpose) if purpose else wanted


def paused(person: str) -> str:
    """SQL: true while a pause keeps a person (an alias) quiet; it ends within a minute of its time.

    The present is written out to the minute: bound, each caller would have to number it, and to
    the second, no engine could keep the statement prepared.
    """
    now = moment.now().replace(second=0, microsecond=0)
    return f"({person}.paused_until > '{now.isoformat(' ')}')"


async def still_mailable(
    chapter_id: int, person_ids: Sequence[int], *, topic: str = ""
) -> set[int]:
    """Which of these persons may be written to at this moment, about a topic where one is given."""
    if not person_ids:
        return set()
    found = await db.rows(
        f"SELECT p.id {mailable(topic=topic)} AND p.id IN ({db.marks(len(person_ids), 2)})",
        chapter_id,
        *person_ids,
    )
    return {int(each["id"]) for each in found}


async def record(
    person_id: int,
    chapter_id: int,
    *,
    granted: bool,
    basis: str,
    purpose: str = MAILINGS,
    wording_id: int | None = None,
    language: str = "",
    page: str = "",
    origin: str = "",
) -> Consent:
    """Appends to the ledger and moves the subscription to where the ledger now stands.

    Of the address of origin it keeps what the safety profiles of person and chapter allow.

    `purpose` is letters as such, or one topic of them (see `topics`).
    """
    now = moment.now()
    async with db.transaction():
        # The subscription's row first: who holds it writes the next line of the ledger.
        await db.execute(
            "INSERT INTO advocacy_subscription"
            " (person_id, chapter_id, purpose, channel, granted, changed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (person_id, chapter_id, purpose, channel)"
            " DO UPDATE SET granted = excluded.granted, changed_at = excluded.changed_at",
            person_id,
            chapter_id,
            purpose,
            EMAIL,
            granted,
            now,
        )
        entry = await Consent.create(
            person_id=person_id,
            chapter_id=chapter_id,
            purpose=purpose,
            granted=granted,
            basis=basis,
            wording_id=wording_id,
            language=language,
            page=page[:200],
            origin=await safeguarding.kept_origin(person_id, chapter_id, origin),
            at=now,
        )
        if granted and purpose == MAILINGS and basis in veiling.THEMSELVES:
            await veiling.lift(person_id, chapter_id)
    return entry


async def withdraw(
    person_id: int,
    chapter_id: int,
    *,
    basis: str,
    purpose: str = MAILINGS,
    page: str = "",
    origin: str = "",
) -> bool:
    """The person gets no more letters from this sender, or none about one topic.

    True when that is new: repeating it adds nothing.
    """
    async with db.transaction():
        standing = await Subscription.get_or_none(
            person_id=person_id, chapter_id=chapter_id, purpose=purpose, channel=EMAIL
        )
        if standing is not None and not standing.granted:
            return False
        await record(
            person_id,
            chapter_id,
            granted=False,
            basis=basis,
            purpose=purpose,
            page=page,
            origin=origin,
        )
    return True


async def withdraw_all(
    person_id: int, *, basis: str, page: str = "", origin: str = ""
) -> list[int]:
    """The person gets no letters from anyone of us: every subscription ends, the address too.

    Returns the chapters whose letters they got until now.
    """
    async with db.transaction():
        standing = await Subscription.filter(
            person_id=person_id, purpose=MAILINGS, channel=EMAIL, granted=True
        ).order_by("id")
        for each in standing:
            await record(
                person_id, each.chapter_id, granted=False, basis=basis, page=page, origin=origin
            )
        person = await Person.get(id=person_id)
        await suppress(person.address_hash, "unsubscribed_all")
    return [each.chapter_id for each in standing]


async def suppress(address_hash: str, reason: str) -> None:
    """Never write to this address again. The first reason stays."""
    await db.execute(
        "INSERT INTO advocacy_suppression (address_hash, reason, at) VALUES ($1, $2, $3)"
        " ON CONFLICT (address_hash) DO NOTHING",
        address_hash,
        reason,
        moment.now(),
    )


async def lift(address_hash: str, *, letters: bool = True) -> None:
    """The person came back and showed that the address is theirs: an own erasure is lifted.

    With `letters` they asked to hear from us again: an own unsubscribe is lifted too, no more.
    """
    reasons = ("erased", "unsubscribed_all") if letters else ("erased",)
    await Suppression.filter(address_hash=address_hash, reason__in=reasons).delete()


async def refused_topics(person_id: int) -> dict[int, set[str]]:
    """The topics a person refused, by chapter; under headquarters those refused from everybody."""
    found: dict[int, set[str]] = {}
    for each in await Subscription.filter(person_id=person_id, channel=EMAIL, granted=False):
        topic = topics.topic_of(each.purpose)
        if topic:
            found.setdefault(each.chapter_id, set()).add(topic)
    return found


async def rebuilt_subscriptions() -> int:
    """How many subscriptions differ from what the ledger says; 0 when all is well."""
    return int(
        await db.value(
            """SELECT (SELECT count(*) FROM advocacy_subscription s WHERE s.granted <> (
                 SELECT c.granted FROM advocacy_consent c
                 WHERE c.person_id = s.person_id AND c.chapter_id = s.chapter_id
                   AND c.purpose = s.purpose AND c.channel = s.channel
                 ORDER BY c.id DESC LIMIT 1))
               + (SELECT count(*) FROM (
                 SELECT DISTINCT person_id, chapter_id, purpose, channel FROM advocacy_consent) l
                 WHERE NOT EXISTS (SELECT 1 FROM advocacy_subscription s
                   WHERE s.person_id = l.person_id AND s.chapter_id = l.chapter_id
                     AND s.purpose = l.purpose AND s.channel = l.channel)) AS n"""
        )
        or 0
    )
