"""133,000 members by the command, killed in the middle: nothing lost, nothing doubled."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import psutil

from advocacy import db
from advocacy.chapters.importing import import_chapters
from advocacy.chapters.models import Chapter
from advocacy.settings import ROOT, Settings
from tests import rolls

ROWS = 133_000
MOST_MEMORY = 200 << 20


async def start(path: Path, config: Settings) -> Process:
    environment = os.environ | {
        "VAR": config.var,
        "DATABASE_URL": config.database_url,
        "SECRET_KEY": config.secret_key,
        "REDIS_URL": config.redis_url,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "campaigns", "import", "members", str(path),
        cwd=ROOT, env=environment, stdout=PIPE,
    )  # fmt: skip


async def peak_memory(process: Process) -> int:
    """The most memory the process held, looked at every 50 ms until it ends."""
    peak = 0
    while process.returncode is None:
        try:
            peak = max(peak, psutil.Process(process.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            break
        await asyncio.sleep(0.05)
    return peak


async def rows_done() -> int:
    return int(await db.value("SELECT max(rows_done) AS n FROM advocacy_roll_import") or 0)


async def test_133_000_members_are_imported_exactly_though_killed_in_the_middle(
    database: Settings, tmp_path: Path
) -> None:
    await import_chapters()
    slugs = await Chapter.filter(is_headquarters=False).order_by("slug").values_list("slug")
    roll = rolls.make(ROWS, [slug for (slug,) in slugs], bad_every=100)
    path = roll.write(tmp_path / "members.csv")

    killed = await start(path, database)
    watched = asyncio.create_task(peak_memory(killed))
    while await rows_done() < 30_000 and killed.returncode is None:
        await asyncio.sleep(0.02)
    killed.kill()
    await killed.communicate()
    assert killed.returncode == -9
    assert 30_000 <= await rows_done() < ROWS

    second = await start(path, database)
    memory, (output, _) = await asyncio.gather(peak_memory(second), second.communicate())
    assert second.returncode == 0
    told = output.decode()
    report = json.loads(told[told.index("{") : told.rindex("}") + 1])
    accepted = len(roll.accepted)
    assert (report["rows"], report["accepted"]) == (ROWS, accepted)
    assert report["duplicate"]["by_kind"] == roll.duplicate
    assert report["rejected"]["by_reason"] == roll.rejected
    assert report["accepted_by_email_status"] == roll.count("email_status")
    assert report["accepted_by_language"] == roll.count("language")
    assert report["new"] == {
        "persons": accepted, "memberships": accepted, "subscriptions": accepted,
    }  # fmt: skip
    for table in ("person", "membership", "consent", "subscription"):
        assert await db.value(f"SELECT count(*) AS n FROM advocacy_{table}") == accepted
    assert 0 < max(memory, await watched) < MOST_MEMORY
