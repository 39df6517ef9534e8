"""A sheet of a workbook as the CSV file that it would be, one line for each of its rows.

Row 12 of the sheet is line 12 of the file. Dates become ISO dates, numbers what one sees, a line
break in a cell a space.
"""

import csv
import re
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from advocacy.errors import Invalid
from advocacy.members import workbooks
from advocacy.members.heads import MAX_COLUMNS, SAMPLES
from advocacy.members.workbooks import Workbook
from advocacy.render.i18n import gettext as _

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
MAX_STRINGS = 64 << 20
# The formats that Excel knows by number alone: dates, then times.
DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')
_ESCAPED = re.compile(r"_x(0[0-9A-Fa-f]{3}|005[fF])_")
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


def names(path: Path) -> list[str]:
    """The sheets that a workbook shows."""
    with workbooks.opened(path) as book:
        return book.sheets


def write_csv(path: Path, target: Path, sheet: str = "") -> None:
    """Writes a sheet of a workbook, the first unless named, as CSV in UTF-8."""
    with target.open("w", encoding="utf-8", newline="") as file:
        _write(path, file, sheet, None)


def write_head(path: Path, target: Path, sheet: str = "") -> None:
    """The same for the first rows alone."""
    with target.open("w", encoding="utf-8", newline="") as file:
        _write(path, file, sheet, SAMPLES + 1)


def _write(path: Path, file: object, sheet: str, most: int | None) -> None:
    writer = csv.writer(file, lineterminator="\n")  # type: ignore[arg-type]
    with workbooks.opened(path) as book:
        line, width = 0, 0
        for number, cells in islice(_rows(book, book.sheet(sheet)), most):
            while line + 1 < number:
                file.write("\n")  # type: ignore[attr-defined]
                line += 1
            width = width or len(cells)
            cells += [""] * (width - len(cells))
            # A row of one empty cell would be written as a pair of quotation marks.
            writer.writerow(cells if any(cells) else [])
            line = number


class _Strings:
    """The texts that the cells of a workbook share, kept as bytes in one piece."""

    def __init__(self) -> None:
        self._texts = bytearray()
        self._ends = array("I", [0])

    def add(self, text: str) -> None:
        self._texts += text.encode("utf-8", "replace")
        self._ends.append(len(self._texts))
        if len(self._texts) + 4 * len(self._ends) > MAX_STRINGS:
            raise Invalid(_("The workbook holds too much text. Save the sheet as “CSV UTF-8”."))

    def __getitem__(self, at: int) -> str:
        return self._texts[self._ends[at] : self._ends[at + 1]].decode()

    def __len__(self) -> int:
        return len(self._ends) - 1


class _Text:
    """What is written between the tags that hold text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._length = 0
        self.wanted = False

    def add(self, text: str) -> None:
        if self.wanted:
            self._length += len(text)
            if self._length > MAX_TEXT:
                raise Invalid(_("A cell holds far too much text."))
            self.parts.append(text)

    def take(self) -> str:
        whole = "".join(self.parts)
        self.parts.clear()
        self._length = 0
        return whole


def _shared(book: Workbook) -> _Strings:
    strings, text = _Strings(), _Text()
    part = book.part_beside("sharedStrings")
    hidden = 0

    def start(tag: str, _given: dict[str, str]) -> None:
        nonlocal hidden
        hidden += tag == "rPh"
        text.wanted = tag == "t" and not hidden

    def end(tag: str) -> None:
        nonlocal hidden
        hidden -= tag == "rPh"
        text.wanted = False
        if tag == "si":
            strings.add(text.take())

    if part:
        book.parse(part, start, end, text.add)
    return strings


def _dated(book: Workbook) -> list[bool]:
    """For each style of a cell whether it shows a number as a date."""
    own: dict[str, str] = {}
    styles: list[bool] = []
    within = [""]

    def start(tag: str, given: dict[str, str]) -> None:
        if tag in ("cellXfs", "cellStyleXfs", "dxfs"):
            within[0] = tag
        elif tag == "numFmt" and len(own) < 10_000:
            own[given.get("numFmtId", "")] = given.get("formatCode", "")[:200]
        elif tag == "xf" and within[0] == "cellXfs" and len(styles) < 100_000:
            number = given.get("numFmtId", "0")
            styles.append(_shows_date(own[number]) if number in own else number in _BY_NUMBER)

    part = book.part_beside("styles")
    if part:
        book.parse(part, start)
    return styles


_BY_NUMBER = frozenset(map(str, DATES))


def _shows_date(code: str) -> bool:
    """Whether a number format has days or years in it, outside of what it quotes."""
    return any(mark in "dy" for mark in _QUOTED.sub("", code).lower())


class _Cell:
    """The cell that is being read: where it stands and how its text is to be understood."""

    column = 0
    kind = "n"
    style = -1


def _rows(book: Workbook, part: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each row that is written in a sheet."""
    strings, dated, text = _shared(book), _dated(book), _Text()
    epoch = datetime(1904, 1, 1) if book.counts_from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
    ready: list[tuple[int, list[str]]] = []
    cells: list[str] = []
    cell, number = _Cell(), 0

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal number, cells
        if tag == "c":
            cell.column = _column(given["r"]) if "r" in given else len(cells)
            cell.kind = given.get("t", "n")
            cell.style = _whole(given.get("s", ""))
        elif tag == "row":
            number = max(number + 1, _whole(given.get("r", "")))
            cells = []
            if number > MAX_ROWS:
                raise Invalid(_("The sheet has more rows than a sheet can have."))
        text.wanted = tag in ("v", "t")

    def end(tag: str) -> None:
        text.wanted = False
        if tag == "c" and text.parts:
            shown = _shown(text.take(), cell, strings, dated, epoch)
            if cell.column >= MAX_COLUMNS:
                raise Invalid(_("The file has more than %(most)d columns.", most=MAX_COLUMNS))
            cells.extend([""] * (cell.column + 1 - len(cells)))
            cells[cell.column] = shown
        elif tag == "row":
            ready.append((number, cells))

    for _pause in book.parsing(part, start, end, text.add):
        yield from ready
        ready.clear()


def _whole(text: str) -> int:
    """The whole number that a text is; -1 for what is none, or longer than any in a workbook."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _column(reference: str) -> int:
    """The number, from 0, of the column in a reference like AB12."""
    at = 0
    for mark in reference[:8]:
        if not "A" <= mark <= "Z":
            break
        at = at * 26 + ord(mark) - 64
    return at - 1 if at else MAX_COLUMNS


def _shown(raw: str, cell: _Cell, strings: _Strings, dated: list[bool], epoch: datetime) -> str:
    """The text of a cell as a CSV file would have it."""
    if cell.kind == "s":
        at = _whole(raw.strip())
        raw = strings[at] if 0 <= at < len(strings) else ""
    elif cell.kind == "b":
        return "true" if raw.strip() == "1" else "false"
    elif cell.kind == "n":
        is_date = 0 <= cell.style < len(dated) and dated[cell.style]
        return _number(raw.strip(), epoch if is_date else None)
    elif cell.kind == "d":
        return raw.strip().removesuffix("T00:00:00").removesuffix("T00:00:00.000")
    if "_x" in raw:
        raw = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw)
    return _BREAKS.sub(" ", raw).replace("\0", "\N{REPLACEMENT CHARACTER}")


def _number(raw: str, epoch: datetime | None) -> str:
    try:
        value = float(raw)
        if epoch is not None:
            at = epoch + timedelta(seconds=round(value * 86_400))
            return at.date().isoformat() if value.is_integer() else at.isoformat(" ")
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    except (ValueError, OverflowError):
        return _BREAKS.sub(" ", raw)
