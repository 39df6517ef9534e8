"""Consent: the ledger, where it stands, and the one definition of whom we may write to."""

from collections.abc import Sequence

from advocacy import db, moment
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
  AND p.confirmed_at IS NOT NULL AND p.deliverability IN ('ok', 'soft')
  AND p.erased_at IS NULL AND p.merged_into_id IS NULL
  AND NOT EXISTS (SELECT 1 FROM advocacy_suppression x WHERE x.address_hash = p.address_hash)
"""


def mailable(chapter: str = "$1") -> str:
    """SQL from FROM on: persons `p` with a standing subscription `s` to this sender's letters.

    `chapter` is the placeholder or column with the sender's chapter id; append `AND …` to narrow.
    """
    return _MAILABLE.format(chapter=chapter)


async def still_mailable(chapter_id: int, person_ids: Sequence[int]) -> set[int]:
    """Which of these persons may be written to at this moment."""
    if not person_ids:
        return set()
    found = await db.rows(
        f"SELECT p.id {mailable()} AND p.id IN ({db.marks(len(person_ids), 2)})",
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
    wording_id: int | None = None,
    language: str = "",
    page: str = "",
    origin: str = "",
) -> Consent:
    """Appends to the ledger and moves the subscription to where the ledger now stands."""
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
            MAILINGS,
            EMAIL,
            granted,
            now,
        )
        entry = await Consent.create(
            person_id=person_id,
            chapter_id=chapter_id,
            granted=granted,
            basis=basis,
            wording_id=wording_id,
            language=language,
            page=page[:200],
            origin=origin,
            at=now,
        )
    return entry


async def withdraw(
    person_id: int, chapter_id: int, *, basis: str, page: str = "", origin: str = ""
) -> None:
    """The person gets no more letters from this sender. Repeating it adds nothing."""
    async with db.transaction():
        standing = await Subscription.get_or_none(
            person_id=person_id, chapter_id=chapter_id, purpose=MAILINGS, channel=EMAIL
        )
        if standing is None or standing.granted:
            await record(
                person_id, chapter_id, granted=False, basis=basis, page=page, origin=origin
            )


async def withdraw_all(person_id: int, *, basis: str, page: str = "", origin: str = "") -> None:
    """The person gets no letters from anyone of us: every subscription ends, the address too."""
    async with db.transaction():
        standing = await Subscription.filter(person_id=person_id, granted=True)
        for each in standing:
            await record(
                person_id, each.chapter_id, granted=False, basis=basis, page=page, origin=origin
            )
        person = await Person.get(id=person_id)
        await suppress(person.address_hash, "unsubscribed_all")


async def suppress(address_hash: str, reason: str) -> None:
    """Never write to this address again. The first reason stays."""
    await db.execute(
        "INSERT INTO advocacy_suppression (address_hash, reason, at) VALUES ($1, $2, $3)"
        " ON CONFLICT (address_hash) DO NOTHING",
        address_hash,
        reason,
        moment.now(),
    )


async def lift(address_hash: str) -> None:
    """The person asked to hear from us again: only an own unsubscribe is lifted by that."""
    await Suppression.filter(address_hash=address_hash, reason="unsubscribed_all").delete()


async def rebuilt_subscriptions() -> int:
    """How many subscriptions differ from what the ledger says; 0 when all is well."""
    return int(
        await db.value(
            """SELECT count(*) FROM advocacy_subscription s WHERE s.granted <> (
                 SELECT c.granted FROM advocacy_consent c
                 WHERE c.person_id = s.person_id AND c.chapter_id = s.chapter_id
                   AND c.purpose = s.purpose AND c.channel = s.channel
                 ORDER BY c.id DESC LIMIT 1)"""
        )
        or 0
    )
