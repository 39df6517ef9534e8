"""Working on requests: one worker holds a request, says how far it is, and leaves a receipt.

A worker that dies loses its claim after two minutes; the next one goes on from what is committed.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from advocacy import db, moment, queue
from advocacy.errors import Conflict
from advocacy.rights import copying, correcting, erasing, letters
from advocacy.rights.models import RightsRequest

LEASE = timedelta(minutes=2)
MOST_TRIES = 8
MOST = 200
# What else a receipt may tell; `to` is for its letter and goes with it.
MORE = ("size", "fields", "outcome", "to")
# Letters that could not be posted are tried again for so long.
PATIENCE = timedelta(days=3)

Step = Callable[[int], Awaitable[None]]


class Lost(Conflict):
    """Another worker has taken the request over."""


async def work(request_id: int) -> bool:
    """Does what the request asks for; False where it is not due or in somebody else's hands."""
    now = moment.now()
    claimed = await db.execute(
        "UPDATE advocacy_rights_request SET state = 'running', claimed_at = $1 WHERE id = $2"
        " AND ((state = 'waiting' AND not_before <= $1)"
        "  OR (state = 'running' AND claimed_at < $3))",
        now,
        request_id,
        now - LEASE,
    )
    if claimed != 1:
        return False
    request = await RightsRequest.get(id=request_id).select_related("person")
    step = _steps_of(request)
    try:
        if request.kind == "access":
            await finish(request, await copying.make(request, step), letter="rights_copy")
        elif request.kind == "correction":
            await _correct(request)
        else:
            await _erase(request, step)
    except Lost:
        return False
    except Exception:
        await _give_back(request_id)
        raise
    return True


async def finish(request: RightsRequest, told: dict[str, Any], *, letter: str) -> None:
    """The request is done; its receipt says what, when and how much, and a letter carries it."""
    file = str(told.get("file", ""))
    receipt = {**sealed(request, told), **({"letter": letter} if letter else {})}
    async with db.transaction():
        changed = await RightsRequest.filter(id=request.id, state="running").update(
            state="done",
            progress=100,
            file=file,
            receipt=receipt,
            claimed_at=None,
            finished_at=moment.now(),
        )
        if changed != 1:
            await copying.drop(file)
            raise Lost()
        if letter:
            await queue.after_commit("rights.tell", request.id)
    request.receipt = receipt


def sealed(request: RightsRequest, told: dict[str, Any]) -> dict[str, Any]:
    """A receipt: when it was asked and done, the counts, and the SHA-256 of all of that.

    The digest of a copy is that of its file.
    """
    facts = {
        "kind": request.kind,
        "request": request.id,
        "asked_at": request.created_at.isoformat(timespec="seconds"),
        "done_at": moment.now().isoformat(timespec="seconds"),
        "counts": told.get("counts", {}),
    }
    written = json.dumps(facts, sort_keys=True, separators=(",", ":")).encode("utf-8")
    more = {name: told[name] for name in MORE if name in told}
    return {**facts, **more, "digest": told.get("digest") or hashlib.sha256(written).hexdigest()}


def _steps_of(request: RightsRequest) -> Step:
    async def step(percent: int) -> None:
        """Says how far the work is and that its worker lives; raises Lost when it was given up."""
        now = moment.now()
        held = await RightsRequest.filter(
            id=request.id, state="running", claimed_at=request.claimed_at
        ).update(progress=min(percent, 99), claimed_at=now)
        if held != 1:
            raise Lost()
        request.claimed_at = now

    return step


async def _correct(request: RightsRequest) -> None:
    wanted = (request.receipt or {}).get("wanted", {})
    if "email" in wanted and not wanted.get("is_confirmed"):
        await RightsRequest.filter(id=request.id, state="running").update(
            state="cancelled",
            receipt={"reason": "unanswered"},
            claimed_at=None,
            finished_at=moment.now(),
        )
        return
    async with db.transaction():
        told, letter = await correcting.correct(request, wanted)
        await finish(request, told, letter=letter)


async def _erase(request: RightsRequest, step: Step) -> None:
    """The address is kept in memory for one last letter, and nowhere else."""
    person = request.person
    is_here = person.erased_at is None
    counts = await erasing.erase(request, step)
    await finish(request, {"counts": counts}, letter="")
    if is_here:
        await letters.say_farewell(request, to=person.email, name=person.full_name)


async def _give_back(request_id: int) -> None:
    """What went wrong is tried again, later each time; after eight times staff have to look."""
    request = await RightsRequest.get(id=request_id)
    tries = int((request.receipt or {}).get("tries", 0)) + 1
    is_over = tries >= MOST_TRIES
    now = moment.now()
    await RightsRequest.filter(id=request_id, state="running").update(
        state="failed" if is_over else "waiting",
        not_before=now + timedelta(seconds=2**tries),
        receipt={**(request.receipt or {}), "tries": tries},
        claimed_at=None,
        finished_at=now if is_over else None,
    )


async def sweep() -> int:
    """Rings for what is due, what a dead worker left, and letters that are owed; how many."""
    now = moment.now()
    due = await db.rows(
        "SELECT id FROM advocacy_rights_request WHERE (state = 'waiting' AND not_before <= $1)"
        f" OR (state = 'running' AND claimed_at < $2) ORDER BY not_before LIMIT {MOST}",
        now,
        now - LEASE,
    )
    for each in due:
        await queue.ring_now("rights.work", int(each["id"]))
    owed = await db.rows(
        "SELECT id FROM advocacy_rights_request WHERE state <> 'running'"
        " AND CAST(receipt AS TEXT) LIKE '%\"letter\":%'"
        " AND (claimed_at IS NULL OR claimed_at < $1)"
        f" AND COALESCE(finished_at, created_at) BETWEEN $2 AND $1 ORDER BY id LIMIT {MOST}",
        now - LEASE,
        now - PATIENCE,
    )
    for each in owed:
        await queue.ring_now("rights.tell", int(each["id"]))
    return len(due) + len(owed)
