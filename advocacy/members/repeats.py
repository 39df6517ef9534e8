"""Which rows of one roll say again what an earlier row said, in bounded memory."""

import sqlite3

IN_MEMORY = 150_000


class Repeats:
    """Remembers the accepted addresses of a roll: in memory, and on disk when there are many."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._first: dict[str, str | None] = {}
        self._disk: sqlite3.Connection | None = None

    def kind(self, canonical: str, address: str, raw: str) -> str | None:
        """None for the first row of a person, which is remembered, otherwise how this one repeats.

        `address` is the trimmed form of `raw`. The kind is exact, whitespace, case, plus or dots.
        """
        kept = None if address == canonical else address
        first = self._remember(canonical, kept)
        if first is None:
            return None
        if address == first:
            return "exact" if raw == address else "whitespace"
        if address.lower() == first.lower():
            return "case"
        return "plus" if "+" in address else "dots"

    def _remember(self, canonical: str, kept: str | None) -> str | None:
        """The address under which the person came first, or None when that is now."""
        if canonical in self._first:
            return self._first[canonical] or canonical
        if self._disk is None and len(self._first) < self._in_memory:
            self._first[canonical] = kept
            return None
        return self._remember_on_disk(canonical, kept)

    def _remember_on_disk(self, canonical: str, kept: str | None) -> str | None:
        if self._disk is None:
            # SQLite keeps a database without a name in a temporary file and deletes it itself.
            self._disk = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._disk.execute("PRAGMA journal_mode = OFF")
            self._disk.execute("CREATE TABLE first (canonical TEXT PRIMARY KEY, address TEXT)")
            self._disk.execute("BEGIN")
        row = self._disk.execute(
            "INSERT INTO first VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING 1", (canonical, kept)
        ).fetchone()
        if row:
            return None
        found = self._disk.execute("SELECT address FROM first WHERE canonical = ?", (canonical,))
        return str(found.fetchone()[0] or canonical)

    def close(self) -> None:
        """Give back the memory and the file."""
        self._first.clear()
        if self._disk is not None:
            self._disk.close()
