"""Dispatching: a worker's way through one batch, group by group, from the claim to the ledger."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from advocacy import db, moment, queue
from advocacy.mail.outgoing import Outgoing, Result
from advocacy.mail.posting import get_transport
from advocacy.members import safeguarding
from campaigns.mailings import addressing, claiming, sending
from campaigns.mailings.addressing import Edition, Recipient
from campaigns.mailings.claiming import Batch, Outcome
from campaigns.mailings.models import Mailing

GROUP = 50
SLICE = 10
SETTLE_EVERY = 0.25
PATIENCE = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
ALIVE_EVERY = 30.0
MAX_ATTEMPTS = 5
# An unreachable relay is our trouble, not the receiver's: it is tried for as long as a relay would.
LIFETIME = timedelta(days=2)
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=20),
    timedelta(hours=1),
)
RELAY_WAIT = timedelta(seconds=30)
UNADDRESSABLE = Result("failed", 553, "5.1.3 cannot be addressed", "local")

T = TypeVar("T")
log = structlog.get_logger("advocacy.mailings")


async def send_batch(mailing_id: int) -> None:
    """Claims up to 500 deliveries, sends them in small groups and rings for the next batch.

    A group is marked before it goes to the transport and settled as results come, so that a kill
    leaves at most this group unclear. Pause, stop and unsubscribes count before each group.
    """
    mailing = await Mailing.get_or_none(id=mailing_id)
    if mailing is None or mailing.state != "sending" or mailing.is_paused:
        return
    batch = await claiming.claim(mailing_id, mailing.chapter_id)
    if not batch.ids:
        await sending.finish(mailing_id)
        return
    await sending.rang(mailing_id)
    try:
        goes_on = await _go_through(batch, mailing)
    finally:
        await _patiently(partial(claiming.release, batch))
    if goes_on:
        await queue.ring_now("mailings.send_batch", mailing_id)


async def _go_through(batch: Batch, mailing: Mailing) -> bool:
    """True where it makes sense to go on at once: not paused, and the relay answers."""
    edition = await addressing.edition(mailing)
    recipients = await _recipients(batch)
    while batch.ids:
        group = batch.ids[:GROUP]
        attempts = await _patiently(partial(claiming.put_on_wire, batch, group))
        if not attempts and not await _is_sending(mailing.id):
            return False
        if attempts and not await _send_group(batch, mailing, edition, recipients, attempts):
            log.warning("relay not reached", mailing=mailing.id)
            return False
    return True


async def _send_group(
    batch: Batch,
    mailing: Mailing,
    edition: Edition,
    recipients: dict[int, Recipient],
    attempts: dict[int, int],
) -> bool:
    """Sends what is on the wire and settles it as results come; False for a relay out of reach."""
    ids = list(attempts)
    pending = {
        asyncio.create_task(_send_slice(edition, [recipients[i] for i in ids[at : at + SLICE]]))
        for at in range(0, len(ids), SLICE)
    }
    reached, alive = False, time.monotonic()
    try:
        while pending:
            done, pending = await asyncio.wait(pending, timeout=SETTLE_EVERY)
            results = [pair for each in done for pair in each.result()]
            if results:
                outcomes = [_outcome(i, result, attempts[i], mailing) for i, result in results]
                await _patiently(partial(claiming.settle, batch, outcomes))
            reached = reached or any(result.stage != "connect" for _i, result in results)
            if time.monotonic() - alive > ALIVE_EVERY:
                alive = time.monotonic()
                await _patiently(partial(claiming.keep_alive, batch))
    finally:
        # Whoever is interrupted here leaves rows on the wire, which become unclear, not lost.
        for each in pending:
            each.cancel()
    return reached


async def _patiently(write: Callable[[], Awaitable[T]]) -> T:
    """Writes again when the database was away: what we know makes no letter unclear by that."""
    for wait in PATIENCE:
        try:
            return await write()
        except Exception as failure:
            log.warning("not written yet", failure=type(failure).__name__)
            await asyncio.sleep(wait)
    return await write()


async def _send_slice(
    edition: Edition, recipients: Sequence[Recipient]
) -> list[tuple[int, Result]]:
    results: list[tuple[int, Result]] = []
    ready: list[tuple[int, Outgoing]] = []
    for each in recipients:
        try:
            ready.append((each.delivery_id, edition.address(each)))
        except ValueError:
            # A name or an address that no header may hold: this letter's trouble, no other's.
            results.append((each.delivery_id, UNADDRESSABLE))
    sent = await get_transport().send([outgoing for _id, outgoing in ready])
    return results + [(key, result) for (key, _o), result in zip(ready, sent, strict=True)]


def _outcome(delivery_id: int, result: Result, attempts: int, mailing: Mailing) -> Outcome:
    response = f"{result.code} {result.text}".strip()
    if result.status == "deferred":
        now = moment.now()
        if result.stage == "connect":
            begun = mailing.started_at or now
            if now - begun < LIFETIME:
                return Outcome(
                    delivery_id, "deferred", "relay_lost", response, now + _spread(RELAY_WAIT)
                )
        elif attempts < MAX_ATTEMPTS:
            wait = WAITS[min(attempts, len(WAITS)) - 1]
            return Outcome(delivery_id, "deferred", "refused_now", response, now + _spread(wait))
        return Outcome(delivery_id, "failed", "given_up", response)
    reasons = {"failed": "refused", "unknown": "no_answer"}
    return Outcome(delivery_id, result.status, reasons.get(result.status, ""), response)


def _spread(wait: timedelta) -> timedelta:
    return wait * random.uniform(0.8, 1.2)  # noqa: S311


async def _is_sending(mailing_id: int) -> bool:
    return await Mailing.exists(id=mailing_id, state="sending", is_paused=False)


async def _recipients(batch: Batch) -> dict[int, Recipient]:
    found = await db.rows(
        "SELECT d.id, p.email, p.given_name, p.family_name, d.text_language, d.person_id"
        " FROM campaigns_delivery d JOIN advocacy_person p ON p.id = d.person_id"
        f" WHERE d.id IN ({db.marks(len(batch.ids))})",
        *batch.ids,
    )
    profiles = await safeguarding.profiles_of(
        [int(each["person_id"]) for each in found], batch.chapter_id
    )
    return {
        int(each["id"]): Recipient(
            int(each["id"]),
            each["email"],
            each["given_name"],
            each["family_name"],
            each["text_language"],
            profiles[int(each["person_id"])],
            int(each["person_id"]),
        )
        for each in found
    }
