"""Reading the log: by who, act, record, chapter and days; the newest first, or all as CSV."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advocacy import db
from advocacy.audit.models import AuditEntry
from advocacy.audit.recording import Actor, note
from advocacy.render import sheets

SHOWN = 50
PAGE = 1000
HEADER = ("id", "at", "actor", "actor_id", "act", "record", "chapter", "origin", "details", "hash")


@dataclass(frozen=True)
class Wanted:
    """What to look for; empty means any. `since` is included, `until` is not."""

    who: str = ""
    act: str = ""
    record: str = ""
    chapter: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Page:
    """Entries from the newest on, and the key behind which the next page begins."""

    entries: list[AuditEntry]
    next_key: int | None


async def read(wanted: Wanted, *, before: int | None = None) -> Page:
    """One page of the entries that are wanted, of those older than the entry `before`."""
    found = await _filtered(wanted)
    if before is not None:
        found = found.filter(id__lt=before)
    entries = await found.order_by("-id").limit(SHOWN + 1)
    shown = entries[:SHOWN]
    return Page(shown, shown[-1].id if len(entries) > SHOWN else None)


async def acts(chapter: str = "") -> list[str]:
    """Every act that the log knows, of one chapter or of all."""
    known = AuditEntry.filter(chapter=chapter) if chapter else AuditEntry.all()
    return sorted(map(str, await known.distinct().values_list("act", flat=True)))


async def export(wanted: Wanted, *, actor: Actor, chapter: str) -> AsyncIterator[str]:
    """Notes that the log is taken out, then gives it line by line as CSV, the oldest first."""
    days = {"since": wanted.since, "until": wanted.until}
    asked = {name: at.isoformat() for name, at in days.items() if at is not None}
    await note("audit.export", actor=actor, chapter=chapter, **asked)
    return _lines(wanted)


async def _lines(wanted: Wanted) -> AsyncIterator[str]:
    yield "\ufeff" + sheets.line(HEADER)
    last = 0
    while True:
        page = await (await _filtered(wanted)).filter(id__gt=last).order_by("id").limit(PAGE)
        if page:
            yield "".join(sheets.line(_cells(entry)) for entry in page)
            last = page[-1].id
        if len(page) < PAGE:
            return


def _cells(entry: AuditEntry) -> list[Any]:
    return [entry.at.isoformat() if name == "at" else getattr(entry, name) for name in HEADER]


async def _filtered(wanted: Wanted) -> Any:
    found = AuditEntry.all()
    exact = {"actor": wanted.who, "act": wanted.act, "record": wanted.record}
    if wanted.chapter:
        exact["chapter"] = wanted.chapter
    found = found.filter(**{name: value for name, value in exact.items() if value})
    if wanted.since is not None:
        found = found.filter(id__gte=await _first_at(wanted.since))
    if wanted.until is not None:
        found = found.filter(id__lt=await _first_at(wanted.until))
    return found


async def _first_at(when: datetime) -> int:
    """The key of the first entry at or after a time. Keys grow with time: halving finds it."""
    ends = await db.row("SELECT min(id) AS low, max(id) AS high FROM advocacy_audit_entry")
    if ends is None or ends["low"] is None:
        return 0
    low, high = int(ends["low"]), int(ends["high"]) + 1
    while low < high:
        middle = (low + high) // 2
        entry = await AuditEntry.filter(id__gte=middle).order_by("id").first()
        if entry is not None and entry.at < when:
            low = entry.id + 1
        else:
            high = middle
    return low
