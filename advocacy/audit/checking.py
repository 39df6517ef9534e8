"""A check of the whole log as a task: asked for by a person or by the clock, told by a row."""

from datetime import timedelta

import structlog

from advocacy import db, moment, queue
from advocacy.audit import verifying
from advocacy.audit.models import AuditCheck, AuditHead
from advocacy.audit.recording import SYSTEM, Actor, note

LEASE = timedelta(minutes=2)
log = structlog.get_logger("advocacy.audit")


async def ask(actor: Actor) -> bool:
    """Has the log checked; False while a check is under way already."""
    async with db.transaction():
        made = await db.row(
            "INSERT INTO advocacy_audit_check (state, asked_by, created_at)"
            " SELECT 'waiting', $1, $2 WHERE NOT EXISTS"
            " (SELECT 1 FROM advocacy_audit_check WHERE state <> 'done') RETURNING id",
            actor.name,
            moment.now(),
        )
        if made is None:
            return False
        await queue.after_commit("audit.check", made["id"])
        if actor != SYSTEM:
            await note("audit.check", actor=actor, record=f"audit_check:{made['id']}")
    return True


async def run(check_id: int) -> bool:
    """Walks the chain once and keeps what it found; False for a check that is done or in hand."""
    now = moment.now()
    claimed = await db.execute(
        "UPDATE advocacy_audit_check SET state = 'running', claimed_at = $1, entries_done = 0"
        " WHERE id = $2 AND (state = 'waiting' OR (state = 'running' AND claimed_at < $3))",
        now,
        check_id,
        now - LEASE,
    )
    if claimed != 1:
        return False
    head = await AuditHead.first()
    await AuditCheck.filter(id=check_id).update(entries=head.entries if head else 0)

    async def progress(done: int) -> None:
        await AuditCheck.filter(id=check_id).update(entries_done=done, claimed_at=moment.now())

    verdict = await verifying.verify(progress)
    broken = verdict.broken
    await AuditCheck.filter(id=check_id).update(
        state="done",
        entries=verdict.entries,
        entries_done=verdict.entries,
        broken=broken.how if broken else "",
        broken_entry=broken.entry if broken else None,
        finished_at=moment.now(),
    )
    if broken is not None:
        log.error("the audit log is broken", how=broken.how, entry=broken.entry)
    return True


async def ring_unfinished() -> None:
    """Rings for checks that nobody works on."""
    stale = AuditCheck.filter(state__in=("waiting", "running"), created_at__lt=moment.now() - LEASE)
    for check in await stale.limit(10):
        if check.claimed_at is None or check.claimed_at < moment.now() - LEASE:
            await queue.ring_now("audit.check", check.id)


async def under_way() -> AuditCheck | None:
    """The check that is waiting or running."""
    return await AuditCheck.filter(state__in=("waiting", "running")).order_by("-id").first()


async def latest() -> AuditCheck | None:
    """The last check that came to its end."""
    return await AuditCheck.filter(state="done").order_by("-id").first()


def verdict_of(check: AuditCheck) -> verifying.Verdict:
    """What a finished check found."""
    broken = verifying.Break(check.broken, check.broken_entry) if check.broken else None
    return verifying.Verdict(check.entries, broken)
