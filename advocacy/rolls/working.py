"""What a worker does with an upload: the dry run, then the import, one claim at a time.

A worker that dies leaves a claim which grows old; whoever claims next takes the import up where
its last batch ended. Each claim raises `version`, so that a worker which was thought dead stops.
"""

import time
from datetime import timedelta
from typing import Any

import orjson

from advocacy import db, moment, queue
from advocacy.audit.recording import SYSTEM, note
from advocacy.errors import Conflict, Invalid
from advocacy.members import forecasting, importing
from advocacy.members.counts import Counts
from advocacy.members.terms import Terms
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _
from advocacy.rolls import bases, keeping
from advocacy.rolls.models import RollUpload

STALE = timedelta(seconds=45)
UNDER_WAY = ("checking", "importing")
# An import takes about as long as this many dry runs.
IMPORT_PER_CHECK = 3


async def go_on(upload_id: int) -> None:
    """Does what an upload waits for. Two workers at once: one does it, the other leaves."""
    upload = await _claim(upload_id)
    if upload is None:
        return
    with i18n.use(upload.user.language if upload.user else "en"):
        try:
            if not keeping.path_of(upload.file).exists():
                raise Invalid(_("The file is no longer here. Send it again."))
            if upload.state == "checking":
                await _check(upload)
            else:
                await _import(upload)
        except (Invalid, Conflict) as wrong:
            await _end(upload, "failed", error=wrong.message[:500])
            keeping.drop(upload.file)


async def sweep() -> None:
    """Rings for uploads that nobody works on, and clears away old files."""
    waiting = await db.rows(
        "SELECT id FROM advocacy_roll_upload WHERE state IN ('checking', 'importing')"
        " AND (claimed_at IS NULL OR claimed_at < $1) ORDER BY id LIMIT 20",
        moment.now() - STALE,
    )
    for each in waiting:
        await queue.ring_now("rolls.go_on", int(each["id"]))
    keeping.drop_old()


async def _claim(upload_id: int) -> RollUpload | None:
    now = moment.now()
    claimed = await db.execute(
        "UPDATE advocacy_roll_upload SET claimed_at = $1, version = version + 1 WHERE id = $2"
        " AND state IN ('checking', 'importing') AND (claimed_at IS NULL OR claimed_at < $3)",
        now,
        upload_id,
        now - STALE,
    )
    if not claimed:
        return None
    return await RollUpload.get(id=upload_id).prefetch_related("chapter", "user")


async def _check(upload: RollUpload) -> None:
    began = time.perf_counter()
    forecast = await forecasting.forecast(
        keeping.path_of(upload.file),
        terms=_terms(upload),
        report_path=keeping.report_of(upload.file),
        goes_on=lambda done, part: _beat(upload, done, part),
    )
    if forecast is not None:
        seconds = round((time.perf_counter() - began) * IMPORT_PER_CHECK, 1)
        await _end(upload, "checked", forecast={**forecast, "seconds": seconds})


async def _import(upload: RollUpload) -> None:
    counts = await importing.import_members(
        keeping.path_of(upload.file),
        terms=_terms(upload),
        report_path=keeping.report_of(upload.file),
        raw_report=True,
        goes_on=lambda done, part: _beat(upload, done, part),
    )
    if counts.state == "done":
        await _end(upload, "done", counts=counts)
        keeping.drop(upload.file)
    elif (await RollUpload.get(id=upload.id)).state == "cancelled":
        await importing.cancel_import(counts.import_id)
        await db.execute(
            "UPDATE advocacy_roll_upload SET counts = $1 WHERE id = $2 AND state = 'cancelled'",
            orjson.dumps(counts.as_dict()).decode(),
            upload.id,
        )


def _terms(upload: RollUpload) -> Terms:
    """What this upload says about its file. Its letters and its place in the ledger are its own."""
    mapping: Any = upload.mapping
    basis = bases.BASES.get(bases.key_of(upload.basis))
    return Terms(
        places=mapping["places"],
        home="" if upload.chapter.is_headquarters else upload.chapter.slug,
        letters=basis is None or basis.letters,
        page=f"roll {upload.id}, {upload.basis}",
        ticket=f"upload {upload.id}",
        sheet=mapping["sheet"],
        latest=upload.created_at.date().replace(month=12, day=31),
    )


async def _beat(upload: RollUpload, done: int, part: float) -> bool:
    """Says how far it is; False when the upload was cancelled or is somebody else's by now."""
    held = await db.execute(
        "UPDATE advocacy_roll_upload SET claimed_at = $1, rows_done = $2, part_done = $3"
        " WHERE id = $4 AND version = $5 AND state IN ('checking', 'importing')",
        moment.now(),
        done,
        part,
        upload.id,
        upload.version,
    )
    return bool(held)


async def _end(
    upload: RollUpload,
    state: str,
    *,
    forecast: dict[str, Any] | None = None,
    counts: Counts | None = None,
    error: str = "",
) -> None:
    """Writes what came of it, unless the upload is somebody else's by now."""
    told = counts.as_dict() if counts else None
    async with db.transaction():
        ended = await db.execute(
            "UPDATE advocacy_roll_upload SET state = $1, error = $2, claimed_at = NULL,"
            " part_done = 1, finished_at = $3, version = version + 1,"
            " forecast = COALESCE($4, forecast), counts = $5 WHERE id = $6 AND version = $7",
            state,
            error,
            None if state == "checked" else moment.now(),
            orjson.dumps(forecast).decode() if forecast else None,
            orjson.dumps(told).decode() if told else None,
            upload.id,
            upload.version,
        )
        if ended and state != "checked":
            await note(
                "roll.imported" if state == "done" else "roll.failed",
                actor=SYSTEM,
                record=f"roll:{upload.id}",
                chapter=upload.chapter.slug,
                taken=counts.accepted if counts else None,
            )
