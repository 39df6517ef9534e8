"""Uploads are worked on by one worker at a time, also when the one before was killed."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL
from datetime import timedelta
from pathlib import Path

from advocacy import db, moment, queue
from advocacy.audit.models import AuditEntry
from advocacy.audit.recording import SYSTEM
from advocacy.chapters.models import Chapter
from advocacy.members.models import Membership, Person, RollImport
from advocacy.rolls import keeping, moving, working
from advocacy.rolls.models import RollUpload
from advocacy.settings import ROOT, Settings
from tests import factories, rolls

PLACES = {name: at for at, name in enumerate(rolls.HEADER)}


async def checked(size: int, *, bad_every: int = 10) -> tuple[Chapter, RollUpload, rolls.Roll]:
    """An upload of a chapter that was checked."""
    chapter = await factories.chapter("benin")
    roll = rolls.make(size, ["benin"], bad_every=bad_every)
    name = keeping.new_name()
    path = roll.write(keeping.path_of(name))
    upload_id = await moving.keep(
        chapter, SYSTEM, file=name, filename="C:\\lists\\r.csv", size=path.stat().st_size
    )
    upload = await RollUpload.get(id=upload_id)
    await moving.check(upload, PLACES, chapter=chapter)
    await working.go_on(upload_id)
    return chapter, await RollUpload.get(id=upload_id), roll


async def begun(chapter: Chapter, upload: RollUpload) -> None:
    await moving.begin(upload, SYSTEM, chapter=chapter, basis="form", words="in 2020")


async def grown_old(upload: RollUpload) -> None:
    """As if whoever claimed it had not been heard of for a while."""
    past = moment.now() - working.STALE - timedelta(seconds=1)
    await db.execute("UPDATE advocacy_roll_upload SET claimed_at = $1", past)


async def test_two_workers_at_once_do_it_once(database: Settings) -> None:
    chapter, upload, roll = await checked(300)
    await begun(chapter, upload)
    await asyncio.gather(*[working.go_on(upload.id) for _worker in range(3)])
    upload = await RollUpload.get()
    assert upload.state == "done"
    assert upload.counts is not None
    assert upload.counts["new"] == {
        "persons": len(roll.accepted),
        "memberships": len(roll.accepted),
        "subscriptions": len(roll.accepted),
    }
    assert await Membership.all().count() == len(roll.accepted)
    assert upload.filename == "r.csv"
    acts = await AuditEntry.all().order_by("id").values_list("act", flat=True)
    assert acts == ["roll.uploaded", "roll.import_begun", "roll.imported"]


async def test_a_worker_thought_dead_stops_when_another_has_taken_over(
    database: Settings,
) -> None:
    chapter, upload, roll = await checked(300)
    await begun(chapter, upload)
    claimed = await working._claim(upload.id)
    assert claimed is not None
    assert await working._claim(upload.id) is None
    assert await working._beat(claimed, 0, 0.0)
    await grown_old(upload)
    await working.go_on(upload.id)
    assert (await RollUpload.get()).state == "done"
    assert not await working._beat(claimed, 300, 1.0)
    await working._end(claimed, "failed", error="late")
    assert (await RollUpload.get()).state == "done"
    assert await Person.all().count() == len(roll.accepted)


async def test_an_import_that_ended_without_saying_so_says_the_same_the_second_time(
    database: Settings,
) -> None:
    chapter, upload, roll = await checked(200)
    await begun(chapter, upload)
    claimed = await working._claim(upload.id)
    assert claimed is not None
    counts = await working.importing.import_members(
        keeping.path_of(upload.file), terms=working._terms(claimed)
    )
    assert counts.state == "done"
    await grown_old(upload)
    await working.go_on(upload.id)
    upload = await RollUpload.get()
    assert upload.counts is not None
    assert upload.counts["new"]["memberships"] == len(roll.accepted)  # type: ignore[index]


async def test_the_sweep_rings_for_what_nobody_works_on(worker: queue.EmbeddedWorker) -> None:
    _chapter, _upload, roll = await checked(100)
    await db.execute("UPDATE advocacy_roll_upload SET state = 'importing', basis = 'members'")
    await working.sweep()
    await worker.idle()
    assert (await RollUpload.get()).state == "done"
    assert await Membership.all().count() == len(roll.accepted)


async def test_a_cancelled_import_stops_after_its_batch_and_keeps_what_it_took(
    database: Settings,
) -> None:
    chapter, upload, roll = await checked(6_000, bad_every=500)
    await begun(chapter, upload)
    claimed = await working._claim(upload.id)
    assert claimed is not None
    held = await moving.held(chapter, upload.id)
    await moving.cancel(held, SYSTEM, chapter=chapter)
    roll.write(keeping.path_of(upload.file))
    await working._import(claimed)
    assert (await RollUpload.get()).state == "cancelled"
    run = await RollImport.get()
    assert (run.state, run.rows_done) == ("cancelled", 5_000)
    taken = await Membership.all().count()
    assert 4_900 < taken < len(roll.accepted)
    counts = (await RollUpload.get()).counts
    assert counts is not None
    assert counts["new"]["memberships"] == taken  # type: ignore[index]


async def test_a_file_that_is_gone_or_broken_fails_in_words(database: Settings) -> None:
    chapter, upload, _roll = await checked(50)
    await begun(chapter, upload)
    keeping.drop(upload.file)
    await working.go_on(upload.id)
    upload = await RollUpload.get()
    assert (upload.state, upload.error) == ("failed", "The file is no longer here. Send it again.")


async def test_old_files_and_reports_are_cleared_away(database: Settings) -> None:
    old, new = keeping.path_of(keeping.new_name()), keeping.path_of(keeping.new_name())
    for path, days in ((old, 8), (new, 6)):
        path.write_text("x")
        report = keeping.report_of(path.name)
        report.write_text("x")
        for each in (path, report):
            os.utime(each, (time.time() - days * 86_400,) * 2)
    await working.sweep()
    assert not old.exists()
    assert new.exists() and keeping.report_of(old.name).exists()


async def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    database: Settings, tmp_path: Path
) -> None:
    chapter, upload, roll = await checked(24_000, bad_every=200)
    await begun(chapter, upload)
    killed = await _worker(upload.id, database)
    while not (await RollUpload.get()).rows_done and killed.returncode is None:
        await asyncio.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert await killed.wait() == -9
    taken = await Membership.all().count()
    assert 0 < taken < len(roll.accepted)
    await grown_old(upload)
    await working.go_on(upload.id)
    upload = await RollUpload.get()
    assert upload.state == "done"
    assert upload.counts is not None
    assert upload.counts["accepted"] == len(roll.accepted)
    assert upload.counts["new"]["memberships"] == len(roll.accepted)  # type: ignore[index]
    for table in ("person", "membership", "consent", "subscription"):
        assert await db.value(f"SELECT count(*) AS n FROM advocacy_{table}") == len(roll.accepted)


async def _worker(upload_id: int, config: Settings) -> asyncio.subprocess.Process:
    """A process that does nothing but go on with one upload."""
    program = (
        "import asyncio\n"
        "from advocacy import db, settings\n"
        "from advocacy.rolls import working\n"
        "from campaigns import wiring\n"
        "async def main():\n"
        "    await db.open_database(settings.current().database_url)\n"
        f"    await working.go_on({upload_id})\n"
        "asyncio.run(main())\n"
    )
    environment = os.environ | {
        "VAR": config.var, "DATABASE_URL": config.database_url, "SECRET_KEY": config.secret_key,
    }  # fmt: skip
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, env=environment, stdout=DEVNULL
    )
