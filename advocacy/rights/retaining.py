"""Running the retention rules: dry, to see what they would do, or for real; at night by themselves.

A run is a row that says how far it is; each batch of a rule is a transaction of its own.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from advocacy import db, moment, queue
from advocacy.audit.recording import SYSTEM, Actor, note
from advocacy.errors import Conflict, NotFound
from advocacy.render.i18n import gettext as _
from advocacy.rights.models import RetentionRun
from advocacy.rights.rules import Rule, all_rules

LEASE = timedelta(minutes=2)
# A rule that finds no end within so many batches goes on the next night.
MOST_BATCHES = 5000


async def start(*, is_dry: bool, actor: Actor, rings: bool = True) -> RetentionRun:
    """A run that a worker will take, or the caller itself, who then does not ring.

    Raises Conflict while another one is under way.
    """
    async with db.transaction():
        # Two who start at once: the second waits here, and then sees the run of the first.
        await db.execute("UPDATE advocacy_chapter SET slug = slug WHERE is_headquarters")
        held = await RetentionRun.filter(state__in=("waiting", "running")).exists()
        if held:
            raise Conflict(_("A run is under way. Wait for its end, then start another one."))
        made = await RetentionRun.create(
            is_dry=is_dry, asked_by_id=actor.user_id, counts={}, created_at=moment.now()
        )
        if rings:
            await queue.after_commit("rights.retain", made.id)
        if not is_dry:
            await note("retention.started", actor=actor, record=f"run:{made.id}")
    return made


async def start_nightly() -> None:
    """The run of the night, unless somebody's is under way."""
    if not await RetentionRun.filter(state__in=("waiting", "running")).exists():
        await start(is_dry=False, actor=SYSTEM)


async def work(run_id: int, tell: Callable[[int], None] | None = None) -> bool:
    """Applies every rule, or counts; False when another worker has the run.

    `tell` hears how far it is, in percent.
    """
    now = moment.now()
    claimed = await db.execute(
        "UPDATE advocacy_retention_run SET state = 'running', claimed_at = $1 WHERE id = $2"
        " AND (state = 'waiting' OR (state = 'running' AND claimed_at < $3))",
        now,
        run_id,
        now - LEASE,
    )
    if claimed != 1:
        return False
    run = await RetentionRun.get(id=run_id)
    counts = {} if run.is_dry else {name: _whole(each) for name, each in run.counts.items()}
    rules = all_rules()
    for number, rule in enumerate(rules):
        before = counts.get(rule.name, 0)
        if run.is_dry:
            counts[rule.name] = await rule.count()
        elif not await _apply(rule, run, counts, before):
            return False
        percent = 100 * (number + 1) // len(rules)
        if not await _step(run, counts, percent):
            return False
        if tell is not None:
            tell(percent)
    await _finish(run, counts)
    return True


async def _apply(rule: Rule, run: RetentionRun, counts: dict[str, int], done: int) -> bool:
    counts[rule.name] = done
    for _batch in range(MOST_BATCHES):
        touched = await rule.apply()
        counts[rule.name] += touched
        if not touched:
            break
        if not await _step(run, counts, run.progress):
            return False
    return True


async def _step(run: RetentionRun, counts: dict[str, int], percent: int) -> bool:
    """Says how far the run is and that its worker lives; False when another took it over."""
    now: datetime = moment.now()
    held = await RetentionRun.filter(id=run.id, state="running", claimed_at=run.claimed_at).update(
        progress=min(percent, 99), counts=counts, claimed_at=now
    )
    run.claimed_at, run.progress = now, percent
    return held == 1


async def _finish(run: RetentionRun, counts: dict[str, int]) -> None:
    async with db.transaction():
        await RetentionRun.filter(id=run.id, state="running").update(
            state="done", progress=100, counts=counts, claimed_at=None, finished_at=moment.now()
        )
        if not run.is_dry:
            await note(
                "retention.done", actor=SYSTEM, record=f"run:{run.id}", rows=sum(counts.values())
            )


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


async def run_here(
    *, is_dry: bool, actor: Actor, tell: Callable[[int], None] | None = None
) -> list[tuple[str, int]]:
    """A whole run in this process; the rules in words, each with its rows. Raises Conflict."""
    made = await start(is_dry=is_dry, actor=actor, rings=False)
    await work(made.id, tell)
    done = await one(made.id)
    return [(str(rule.label), _whole(done.counts.get(rule.name))) for rule in all_rules()]


async def sweep() -> int:
    """Rings for runs that wait or that a dead worker left; how many."""
    overdue = moment.now() - LEASE
    found = await db.rows(
        "SELECT id FROM advocacy_retention_run WHERE (state = 'waiting' AND created_at < $1)"
        " OR (state = 'running' AND claimed_at < $1)",
        overdue,
    )
    for each in found:
        await queue.ring_now("rights.retain", int(each["id"]))
    return len(found)


async def latest(limit: int = 20) -> list[RetentionRun]:
    """The runs, the newest first."""
    return await RetentionRun.all().order_by("-id").limit(limit)


async def one(run_id: int) -> RetentionRun:
    """A run. Raises NotFound."""
    found = await RetentionRun.get_or_none(id=run_id)
    if found is None:
        raise NotFound()
    return found
