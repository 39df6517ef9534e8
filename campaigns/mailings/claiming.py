"""The ledger of a sending: every change of a delivery's status between `queued` and its end.

A worker holds a batch (`claim` begins with `h`) and marks a small group of it, durably, before
that group is handed to the transport (`w`, on the wire). The rule after a worker died: what was
held goes back, because it was provably never handed over; what was on the wire becomes `unknown`
and is never sent again by itself. Each statement changes only rows that still bear its claim, so
two workers never both send one delivery, however late one of them is.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from advocacy import db, moment
from advocacy.members import topics
from advocacy.members.consent import mailable, paused

BATCH = 500
PATIENCE = timedelta(minutes=2)
MAX_RESPONSE = 200
OPEN = ("queued", "claimed", "deferred", "held")

_HELD, _WIRE = "h", "w"
_LAST = 2**63 - 1
# Counts where EXISTS would read better: PostgreSQL cannot turn them into a join, and a join that it
# plans on the statistics of a table just filled reads all recipients for every group.
_SENDING = (
    "(SELECT COUNT(*) FROM campaigns_mailing m WHERE m.id = {mailing}"
    " AND m.state = 'sending' AND NOT m.is_paused) = 1"
)
_ALLOWED = "(SELECT COUNT(*) {mailable} AND p.id = campaigns_delivery.person_id)"
_BACK = (
    "status = CASE WHEN due_at IS NULL THEN 'queued' ELSE 'deferred' END,"
    " claim = '', claimed_at = NULL"
)


@dataclass
class Batch:
    """Deliveries that this worker holds; `ids` are those not yet on the wire.

    `topic` is what the mailing is about, which some refuse.
    """

    mailing_id: int
    chapter_id: int
    topic: str = ""
    token: str = field(default_factory=lambda: secrets.token_hex(15))
    ids: list[int] = field(default_factory=list)

    @property
    def held(self) -> str:
        """The claim of what waits."""
        return _HELD + self.token

    @property
    def wire(self) -> str:
        """The claim of what may have been handed to the transport."""
        return _WIRE + self.token


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery that was on the wire."""

    delivery_id: int
    status: str
    reason: str = ""
    response: str = ""
    due_at: datetime | None = None


async def claim(mailing_id: int, chapter_id: int, *, limit: int = BATCH) -> Batch:
    """Up to `limit` deliveries that are queued, else deferred and due; none while it is held."""
    batch = Batch(mailing_id, chapter_id, await _topic_of(mailing_id))
    for status, condition in (("queued", ""), ("deferred", " AND due_at <= $2")):
        # Ordered by the whole index: for `ORDER BY id` alone PostgreSQL would rather read all
        # deliveries of earlier mailings first.
        free = (
            "SELECT id FROM campaigns_delivery"
            f" WHERE (mailing_id, status, id) > ($3, '{status}', 0)"
            f" AND (mailing_id, status, id) < ($3, '{status}', {_LAST}){condition}"
            f" AND {_SENDING.format(mailing='$3')} ORDER BY mailing_id, status, id LIMIT $4"
        )
        # As a plain subquery PostgreSQL may run it again and again, and claim past the limit.
        chosen = (
            f"= ANY (ARRAY({free} FOR UPDATE SKIP LOCKED))"
            if db.dialect() == "postgres"
            else f"IN ({free})"
        )
        found = await db.rows(
            "UPDATE campaigns_delivery SET status = 'claimed', claim = $1, claimed_at = $2"
            f" WHERE id {chosen} RETURNING id",
            batch.held,
            moment.now(),
            mailing_id,
            limit,
        )
        batch.ids = sorted(int(each["id"]) for each in found)
        if batch.ids:
            break
    return batch


async def _topic_of(mailing_id: int) -> str:
    found = await db.value(
        "SELECT c.topic FROM campaigns_mailing m JOIN campaigns_campaign c ON c.id = m.campaign_id"
        " WHERE m.id = $1",
        mailing_id,
    )
    return found if topics.purpose_of(found or "") else ""


async def put_on_wire(batch: Batch, ids: Sequence[int]) -> dict[int, int]:
    """Marks a group as handed to the transport; returns how many attempts each has had with this.

    Left out: what the worker lost, whom consent, a pause, a refused topic or suppression no longer
    allow (skipped with the reason), and everybody once the mailing is paused or stopped (put back).
    Safe to repeat when its answer was lost.
    """
    marks = db.marks(len(ids), 6)
    found = await db.rows(
        "UPDATE campaigns_delivery SET claim = $1, claimed_at = $2, attempts = attempts + 1"
        f" WHERE id IN ({marks}) AND claim IN ($3, $1) AND {_SENDING.format(mailing='$5')}"
        f" AND {_ALLOWED.format(mailable=mailable('$4', topic=batch.topic))} = 1"
        " RETURNING id, attempts",
        batch.wire,
        moment.now(),
        batch.held,
        batch.chapter_id,
        batch.mailing_id,
        *ids,
    )
    marked = {int(each["id"]): int(each["attempts"]) for each in found}
    batch.ids = [each for each in batch.ids if each not in set(ids)]
    left = [each for each in ids if each not in marked]
    if left:
        await _skip(batch, left)
        await _put_back(batch, left)
    return marked


async def _skip(batch: Batch, ids: Sequence[int]) -> None:
    await db.execute(
        "UPDATE campaigns_delivery SET status = 'skipped', claim = '', claimed_at = NULL,"
        " due_at = NULL, reason = (SELECT CASE"
        " WHEN EXISTS (SELECT 1 FROM advocacy_suppression x WHERE x.address_hash = q.address_hash)"
        " THEN 'suppressed' WHEN q.deliverability IN ('bounced', 'complained')"
        " THEN q.deliverability WHEN NOT EXISTS (SELECT 1 FROM advocacy_subscription u"
        " WHERE u.person_id = q.id AND u.chapter_id = $2 AND u.granted AND u.purpose = 'mailings'"
        f" AND u.channel = 'email') THEN 'unsubscribed' WHEN {paused('q')} THEN 'paused'"
        f" ELSE '{'topic' if batch.topic else 'unsubscribed'}' END"
        " FROM advocacy_person q WHERE q.id = campaigns_delivery.person_id)"
        f" WHERE id IN ({db.marks(len(ids), 4)}) AND claim IN ($1, $3)"
        f" AND {_ALLOWED.format(mailable=mailable('$2', topic=batch.topic))} = 0",
        batch.held,
        batch.chapter_id,
        batch.wire,
        *ids,
    )


async def settle(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Writes what became of deliveries on the wire, all in one transaction.

    Also where a sweep has meanwhile called one `unknown`: a known end is better than none.
    """
    sent = [each for each in outcomes if each.status == "sent"]
    rest = [each for each in outcomes if each.status != "sent"]
    if sent and not rest:
        await _settle_sent(batch, sent)
        return
    async with db.transaction():
        if sent:
            await _settle_sent(batch, sent)
        await db.execute_many(
            "UPDATE campaigns_delivery SET status = $2, reason = $3, response = $4, due_at = $5,"
            " claim = '', claimed_at = NULL"
            " WHERE id = $1 AND (claim = $6 OR status = 'unknown')",
            [
                (
                    each.delivery_id,
                    each.status,
                    each.reason,
                    each.response[:MAX_RESPONSE],
                    each.due_at,
                    batch.wire,
                )
                for each in rest
            ],
        )


async def _settle_sent(batch: Batch, sent: Sequence[Outcome]) -> None:
    values: list[int | str] = []
    for each in sent:
        values += [each.delivery_id, each.response[:MAX_RESPONSE]]
    lines = ", ".join(
        f"(CAST(${n} AS BIGINT), CAST(${n + 1} AS VARCHAR({MAX_RESPONSE})))"
        for n in range(3, 3 + len(values), 2)
    )
    await db.execute(
        f"WITH done (id, response) AS (VALUES {lines})"
        " UPDATE campaigns_delivery SET status = 'sent', sent_at = $1, claim = '',"
        " claimed_at = NULL, due_at = NULL, reason = '', response = done.response"
        " FROM done WHERE campaigns_delivery.id = done.id"
        " AND (campaigns_delivery.claim = $2 OR campaigns_delivery.status = 'unknown')",
        moment.now(),
        batch.wire,
        *values,
    )


async def release(batch: Batch) -> int:
    """Puts back what is still held, as queued or deferred as it was; returns how many."""
    back = await _put_back(batch, batch.ids) if batch.ids else 0
    batch.ids = []
    return back


async def _put_back(batch: Batch, ids: Sequence[int]) -> int:
    """Only for deliveries that were never handed over, whatever an unanswered mark may say."""
    return await db.execute(
        f"UPDATE campaigns_delivery SET {_BACK}"
        f" WHERE id IN ({db.marks(len(ids), 3)}) AND claim IN ($1, $2)",
        batch.held,
        batch.wire,
        *ids,
    )


async def keep_alive(batch: Batch) -> None:
    """Says that the worker of this batch is alive though the relay is slow."""
    await db.execute(
        "UPDATE campaigns_delivery SET claimed_at = $1"
        " WHERE mailing_id = $2 AND status = 'claimed' AND claim IN ($3, $4)",
        moment.now(),
        batch.mailing_id,
        batch.held,
        batch.wire,
    )


async def bury() -> tuple[int, int]:
    """Takes over from dead workers: how many deliveries went back, how many became `unknown`."""
    limit = moment.now() - PATIENCE
    back = await db.execute(
        f"UPDATE campaigns_delivery SET {_BACK}"
        " WHERE status = 'claimed' AND claimed_at < $1 AND claim LIKE 'h%'",
        limit,
    )
    unknown = await db.execute(
        "UPDATE campaigns_delivery SET status = 'unknown', claim = '', claimed_at = NULL,"
        " due_at = NULL, reason = 'worker_lost'"
        " WHERE status = 'claimed' AND claimed_at < $1 AND claim LIKE 'w%'",
        limit,
    )
    return back, unknown


async def skip_queued(
    person_id: int, chapter_id: int | None = None, *, reason: str = "unsubscribed"
) -> int:
    """Skips what waits for a person of one sender or of all, because nobody writes to them now."""
    sender = "" if chapter_id is None else " AND m.chapter_id = $3"
    return await db.execute(
        "UPDATE campaigns_delivery SET status = 'skipped', reason = $2, due_at = NULL"
        " WHERE person_id = $1 AND status IN ('queued', 'deferred', 'held')"
        f" AND EXISTS (SELECT 1 FROM campaigns_mailing m WHERE m.id = mailing_id{sender})",
        person_id,
        reason,
        *([] if chapter_id is None else [chapter_id]),
    )


async def requeue_unknown(mailing_id: int) -> int:
    """Staff decided to send again where the outcome is unknown; some may get it twice."""
    return await db.execute(
        "UPDATE campaigns_delivery SET status = 'queued', reason = '', response = ''"
        " WHERE mailing_id = $1 AND status = 'unknown'",
        mailing_id,
    )
