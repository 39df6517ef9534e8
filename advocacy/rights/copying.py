"""Copying: everything we hold about a person, as a JSON file that only they can fetch, for a week.

The file is written section by section, so that a long history is never in memory as a whole.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from advocacy import moment, settings
from advocacy.errors import NotFound
from advocacy.members.ties import all_ties
from advocacy.render.i18n import gettext as _
from advocacy.rights.family import family_of
from advocacy.rights.models import RightsRequest

KEPT = timedelta(days=7)
FORMAT = "advocacy.person/1"
STALE = 86_400 * 8
# In this order people read it; whatever else there is follows.
READ_FIRST = ("person", "memberships", "consents", "actions", "letters", "notes", "sign_ups")
Step = Callable[[int], Awaitable[None]]


class Part(NamedTuple):
    """Rows of one table."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


class Section(NamedTuple):
    """What one slice holds; `more` rows are only in the file, where it is above 0."""

    name: str
    label: Any
    parts: list[Part]
    more: int


def folder() -> Path:
    """Where copies lie until they are fetched or a week old."""
    return settings.current().var_path / "copies"


async def make(request: RightsRequest, step: Step) -> dict[str, Any]:
    """Writes the file; its name, counts by section, size in bytes and SHA-256."""
    name = f"{request.id}-{secrets.token_hex(16)}.json"
    file = _Writer(folder() / name)
    persons = await family_of(request.person_id)
    ties = all_ties()
    counts: dict[str, int] = {}
    await asyncio.to_thread(file.begin)
    try:
        for number, tie in enumerate(ties):
            rows = [row for person_id in persons for row in await tie.collect(person_id)]
            await asyncio.to_thread(file.add, tie.name, rows)
            counts[tie.name] = len(rows)
            await step(100 * (number + 1) // len(ties))
    except BaseException:
        file.drop()
        raise
    digest, size = await asyncio.to_thread(file.finish)
    counted = {key: number for key, number in counts.items() if number}
    return {"file": name, "counts": counted, "digest": digest, "size": size}


class _Writer:
    """One JSON object, a section at a time, under another name until it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.draft = path.with_suffix(".part")
        self.digest = hashlib.sha256()
        self.size = 0

    def begin(self) -> None:
        """Makes the file, for us alone."""
        self.draft.parent.mkdir(parents=True, exist_ok=True)
        self.draft.touch(mode=0o600)
        made = {"format": FORMAT, "made_at": moment.now().isoformat(timespec="seconds")}
        self._write(orjson.dumps(made)[:-1])

    def add(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Adds a section, a line a row."""
        self._write(b",\n" + orjson.dumps(name) + b": [")
        for number, row in enumerate(rows):
            self._write((b",\n  " if number else b"\n  ") + orjson.dumps(row, default=str))
        self._write(b"\n]" if rows else b"]")

    def finish(self) -> tuple[str, int]:
        """Closes the object and gives the file its name."""
        self._write(b"\n}\n")
        self.draft.rename(self.path)
        return self.digest.hexdigest(), self.size

    def drop(self) -> None:
        """Leaves nothing behind."""
        self.draft.unlink(missing_ok=True)

    def _write(self, part: bytes) -> None:
        with self.draft.open("ab") as file:
            file.write(part)
        self.digest.update(part)
        self.size += len(part)


def is_there(request: RightsRequest) -> bool:
    """True while the file of a copy can be fetched."""
    return bool(
        request.state == "done"
        and request.file
        and request.finished_at is not None
        and request.finished_at > moment.now() - KEPT
        and (folder() / request.file).is_file()
    )


def path_of(request: RightsRequest) -> Path:
    """The file of a copy. Raises NotFound when there is none, or not any more."""
    if not is_there(request):
        raise NotFound(_("This copy was removed after a week. Ask for a new one."))
    return folder() / request.file


async def read(request: RightsRequest, most: int) -> list[Section]:
    """The sections of a copy for reading, at most so many rows of each. Raises NotFound."""
    path = path_of(request)
    found = await asyncio.to_thread(lambda: orjson.loads(path.read_bytes()))
    ties = sorted(all_ties(), key=lambda tie: _place(tie.name))
    return [
        Section(tie.name, tie.label, _parts(found[tie.name][:most]), len(found[tie.name]) - most)
        for tie in ties
        if found.get(tie.name)
    ]


def _place(name: str) -> int:
    return READ_FIRST.index(name) if name in READ_FIRST else len(READ_FIRST)


def _parts(rows: list[dict[str, Any]]) -> list[Part]:
    """Rows with the same columns together, one table each."""
    parts: dict[tuple[str, ...], Part] = {}
    for row in rows:
        columns = tuple(row)
        parts.setdefault(columns, Part(columns, [])).rows.append(row)
    return list(parts.values())


async def expire() -> int:
    """Deletes copies that are a week old, and drafts that nobody finished; how many."""
    old = await RightsRequest.filter(finished_at__lt=moment.now() - KEPT).exclude(file="")
    for request in old:
        await drop(request.file)
        await RightsRequest.filter(id=request.id).update(file="")
    return len(old) + await asyncio.to_thread(_sweep_strays)


async def drop(name: str) -> None:
    """Deletes the file of a copy that nobody wants any more."""
    if name:
        await asyncio.to_thread((folder() / name).unlink, missing_ok=True)


async def drop_all(person_ids: list[int]) -> int:
    """Deletes every copy of these persons at once, and what a dead worker left of one."""
    asked = RightsRequest.filter(person_id__in=person_ids)
    numbers = await asked.filter(kind="access").values_list("id", flat=True)
    await asyncio.to_thread(_drop_of, {str(each) for each in numbers})
    found = await asked.exclude(file="")
    for request in found:
        await drop(request.file)
        await RightsRequest.filter(id=request.id).update(file="")
    return len(found)


def _drop_of(numbers: set[str]) -> None:
    """Files are named after their request."""
    if numbers and folder().is_dir():
        for path in folder().iterdir():
            if path.name.partition("-")[0] in numbers:
                path.unlink(missing_ok=True)


def _sweep_strays() -> int:
    removed = 0
    if not folder().is_dir():
        return 0
    oldest = moment.now().timestamp() - STALE
    for path in folder().iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
