"""Walking along the chain: is every entry as it was written, and is every one still there?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advocacy import db, settings
from advocacy.audit.recording import HEAD
from advocacy.audit.sealing import FIELDS, GENESIS, seal
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext

PAGE = 1000
Progress = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Break:
    """The first place where the chain is broken.

    `how` is `changed` (the entry was), `gap` (before it one is missing, or it was put in),
    `missing` (the last ones are) or `surplus` (put in behind the end); `entry` is an entry's id.
    """

    how: str
    entry: int | None = None


@dataclass(frozen=True)
class Verdict:
    """How many entries were walked, and the first break where there is one."""

    entries: int
    broken: Break | None = None

    @property
    def sentence(self) -> str:
        """The verdict in the reader's language."""
        if self.broken is None:
            return ngettext("%(num)s entry, unbroken.", "%(num)s entries, unbroken.", self.entries)
        return sentence(self.broken)


def sentence(broken: Break) -> str:
    """What is broken, as a sentence in the reader's language."""
    if broken.how == "changed":
        return _("Entry %(entry)s was changed: its seal does not fit.", entry=broken.entry)
    if broken.how == "gap":
        return _(
            "Before entry %(entry)s something is missing, or this entry was put in.",
            entry=broken.entry,
        )
    if broken.how == "surplus":
        return _("Entry %(entry)s was put in behind the end of the log.", entry=broken.entry)
    return _("The last entries of the log are missing.")


async def verify(progress: Progress | None = None) -> Verdict:
    """Checks every entry in the order of keys, a page at a time; others may go on writing.

    `progress` is awaited after each page with the number of entries walked.
    """
    last, previous, count = -(2**63), GENESIS, 0
    while True:
        page = await _page(last)
        for entry in page:
            if entry["previous"] != previous:
                return Verdict(count, Break("gap", entry["id"]))
            if not _is_sealed(entry):
                return Verdict(count, Break("changed", entry["id"]))
            last, previous, count = entry["id"], entry["hash"], count + 1
        if page and progress is not None:
            await progress(count)
        if len(page) < PAGE:
            # The end is read after the last page: what it counts by then must have been seen.
            head = await db.row(
                "SELECT entries, hash FROM advocacy_audit_head WHERE name = $1", HEAD
            )
            if head is None or head["entries"] <= count:
                return Verdict(count, await _wrong_end(head, count, previous))
            if not await _page(last):
                return Verdict(count, Break("missing"))


async def _page(after: int) -> list[dict[str, Any]]:
    return await db.rows(
        f"SELECT id, at, {', '.join(FIELDS)}, previous, hash FROM advocacy_audit_entry"
        f" WHERE id > $1 ORDER BY id LIMIT {PAGE}",
        after,
    )


def _is_sealed(entry: dict[str, Any]) -> bool:
    at = entry["at"]
    read = {**entry, "at": at if isinstance(at, datetime) else datetime.fromisoformat(at)}
    config = settings.current()
    return any(
        seal(entry["previous"], read, secret) == entry["hash"]
        for secret in (config.secret_key, *config.former_keys)
    )


async def _wrong_end(head: Any, count: int, previous: str) -> Break | None:
    stands = (head["entries"], head["hash"]) if head is not None else (0, GENESIS)
    if stands == (count, previous):
        return None
    if stands[0] == count:
        return Break("missing")
    first = await db.value(
        "SELECT id FROM advocacy_audit_entry ORDER BY id LIMIT 1 OFFSET $1", stands[0]
    )
    return Break("surplus", first)
