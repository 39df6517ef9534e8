"""133,000 members by the command, killed in the middle: nothing lost, nothing doubled; and files
that are none, in bounded memory."""

import asyncio
import json
import os
import sys
import zipfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable
from itertools import chain, repeat
from pathlib import Path

import psutil

from advocacy import db
from advocacy.chapters.importing import import_chapters
from advocacy.chapters.models import Chapter
from advocacy.settings import ROOT, Settings
from tests import rolls
from tests.advocacy.members.test_workbooks import parts_of, row

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


HOSTILE = """
import sys
from pathlib import Path
from advocacy.errors import Invalid
from advocacy.members import reading, roll
for path in map(Path, sys.argv[1:]):
    try:
        with reading.as_csv(path) as plain:
            print(path.name, roll.survey(plain, home="benin").rows, "rows")
    except Invalid as refused:
        print(path.name, refused.message)
# The kernel's own figure for resource usage also remembers the process that started this one.
status = Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""
ROW = b"a@example.org,Awa\n"
FILES = {
    "huge.csv": (b"", "The file has 2048 MB"),
    "empty.csv": (b"", "empty line"),
    "header.csv": (b"email,nom\n", "0 rows"),
    "nul.csv": (b"email,nom\n" + ROW * 50_000 + b"a\0b\n", "Line 50002 holds NUL bytes"),
    "columns.csv": (b",".join(b"c%d" % n for n in range(10_000)), "more than 200 columns"),
    "utf16.csv": ("email,nom\na@example.org,Awa\n".encode("utf-16-le"), "NUL"),
    "latin.csv": ("email,nom\na@example.org,Ren\u00e9\n".encode("latin-1"), "CSV UTF-8"),
    "binary.csv": (bytes(range(256)) * 9000, "encoding"),
    "quotes.csv": (b"email,nom\n" + b'"' * 60_000_001, "far too long"),
    "line.csv": (b"email,nom\n" + b"x" * 60_000_000, "far too long"),
    "old.xls": (b"\xd0\xcf\x11\xe0" + b"\0" * 512, "old Excel file"),
    "bomb.xlsx": (b"", "far more than a list of members"),
    "wide.xlsx": (b"", "more than 200 columns"),
    "large.xlsx": (b"", "60000 rows"),
}


def _workbook(path: Path, pieces: Iterable[str]) -> None:
    """A workbook whose only sheet has these pieces, written without holding them."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts_of("").items():
            if "sheet1" not in name:
                archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for piece in ("<worksheet><sheetData>", *pieces, "</sheetData></worksheet>"):
                sheet.write(piece.encode())


async def test_hostile_files_end_in_one_clear_sentence_and_little_memory(tmp_path: Path) -> None:
    for name, (content, _says) in FILES.items():
        (tmp_path / name).write_bytes(content)
    with (tmp_path / "huge.csv").open("r+b") as file:
        file.truncate(2 << 30)
    blank = " " * (1 << 20)
    _workbook(tmp_path / "bomb.xlsx", chain([row(1, ["email", "nom"])], repeat(blank, 100)))
    _workbook(tmp_path / "wide.xlsx", [row(1, [f"c{n}" for n in range(10_000)])])
    people = (row(n, [f"person{n}@example.org", f"Name {n}"]) for n in range(2, 60_002))
    _workbook(tmp_path / "large.xlsx", chain([row(1, ["email", "nom"])], people))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOSTILE, *[str(tmp_path / name) for name in FILES],
        cwd=ROOT, stdout=PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    *lines, peak = output.decode().splitlines()
    assert len(lines) == len(FILES)
    for line, (name, (_content, says)) in zip(lines, FILES.items(), strict=True):
        assert line.startswith(name) and says in line, line
    assert int(peak) << 10 < MOST_MEMORY


async def test_the_command_refuses_a_file_of_two_gigabytes_in_one_line(
    database: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 << 30)
    process = await start(path, database)
    memory, (output, _) = await asyncio.gather(peak_memory(process), process.communicate())
    assert process.returncode == 2
    assert "a roll may have 1024 MB. Split it." in " ".join(output.decode().split())
    assert memory < MOST_MEMORY
