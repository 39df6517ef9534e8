"""A roll: a CSV file of members as another system exports it. A file that is no roll is refused
as a whole, in bounded memory whatever it holds.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from advocacy.errors import Invalid
from advocacy.members import columns, heads
from advocacy.render import i18n
from advocacy.render.i18n import gettext as _

MAX_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Roll:
    """A file that was read to its end once and can be read again: its dialect and its size."""

    path: Path
    sha256: str
    encoding: str
    separator: str
    fields: tuple[str | None, ...]
    rows: int

    def open(self) -> IO[str]:
        """The file as text, line ends untouched as the CSV reader wants them."""
        return self.path.open(encoding=self.encoding, newline="")


def survey(path: Path, *, places: Mapping[str, int] | None = None, home: str = "") -> Roll:
    """Read the whole file once without judging its rows.

    `places` says which of its columns, counted from 0, are ours; without it the headers do.
    With a `home` chapter the file needs no column that names chapters. Raises Invalid, naming the
    line and the way out, when the file cannot be opened, is too large, no text, in an unknown
    encoding, broken as CSV, or without the columns a roll needs.
    """
    try:
        check_size(path.stat().st_size)
        return _survey(path, places, home)
    except OSError:
        raise Invalid(_("The file cannot be opened. Check its name and your rights.")) from None


def check_size(size: int, most: int = MAX_BYTES) -> None:
    """Raises Invalid for a file of more bytes than we take."""
    if size > most:
        raise Invalid(
            _(
                "The file has %(size)d MB; a roll may have %(most)d MB. Split it.",
                size=size >> 20,
                most=most >> 20,
            )
        )


def _survey(path: Path, places: Mapping[str, int] | None, home: str) -> Roll:
    with path.open("rb") as raw:
        digest = hashlib.file_digest(raw, "sha256").hexdigest()
        raw.seek(0)
        encoding = heads.encoding_of(raw.read(4))
    with path.open(encoding=encoding, newline="") as text:
        lines = heads.Lines(text)
        head = heads.head_of(encoding, lines)
        fields = _fields(head.headers, places, home)
        rows = sum(1 for _row in heads.rows_of(lines, head.separator))
    return Roll(path, digest, encoding, head.separator, fields, rows)


def _fields(
    headers: tuple[str, ...], places: Mapping[str, int] | None, home: str
) -> tuple[str | None, ...]:
    """What each column of the file is to us. Raises Invalid when that makes no roll."""
    found = columns.match(headers)
    if places is None:
        for name in (each for each in columns.FIELDS if len(found.get(each, ())) > 1):
            raise Invalid(_("Two columns of the file are both “%(name)s”.", name=name))
        places = {name: at[0] for name, at in found.items()}
    missing = lacking(places, home)
    if missing:
        raise Invalid(
            _(
                "The first line must name the columns; it lacks: %(names)s.",
                names=i18n.listing(missing),
            )
        )
    names = {at: name for name, at in places.items()}
    return tuple(names.get(at) for at in range(len(headers)))


def lacking(places: Mapping[str, int], home: str = "") -> list[str]:
    """Our columns that a roll needs and this one does not have."""
    missing = [
        name
        for name in columns.REQUIRED
        if name not in places and not (home and name == "chapter_slug")
    ]
    if not any(name in places for name in columns.NAMES):
        missing.append("given_name")
    return missing
