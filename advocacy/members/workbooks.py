"""An Excel workbook (.xlsx) opened with care: what claims to be one may be anything.

Its parts are unpacked and parsed as a stream, so that memory stays bounded whatever they hold:
a zip bomb, a lying directory, entities, names without end.
"""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any
from xml.parsers import expat

from advocacy.errors import Invalid
from advocacy.render.i18n import gettext as _

PIECE = 64 * 1024
MAX_DIRECTORY = 1 << 20
MAX_PARTS = 1000
MAX_UNPACKED = 600 << 20
MAX_RATIO = 150
SMALL = 32 << 20
MAX_DEPTH = 40
MAX_NAMES = 500
MAX_TOKEN = 1 << 20

OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
RELATIONS = "_rels/{}.rels"
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def is_workbook(path: Path) -> bool:
    """Whether the file has to be read as a workbook. Raises Invalid for one we cannot read."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:
        raise Invalid(_("The file cannot be opened. Check its name and your rights.")) from None
    if start == OLD_EXCEL:
        raise Invalid(
            _(
                "This is an old Excel file (.xls), or one with a password. "
                "Save it as .xlsx without a password, or as “CSV UTF-8”."
            )
        )
    return start == ZIP


class _Wary:
    """A file that hands out no more than a bounded piece at once, whatever a directory claims."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY:
            raise Invalid(_("The workbook is broken: its table of contents is far too long."))
        return self._file.read(size if size >= 0 else MAX_DIRECTORY)


class Workbook:
    """The parts of a workbook and the names of its sheets."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._unpacked = 0
        self._refuse_others()
        self._main = self._main_part()
        self._sheets, self.counts_from_1904 = self._listed()

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets that are shown, in their order."""
        return [name for name, _part in self._sheets]

    def sheet(self, name: str = "") -> str:
        """The part of a sheet: the first one unless a name is given."""
        for each, part in self._sheets:
            if not name or each == name:
                return part
        raise Invalid(_("The workbook has no sheet “%(name)s”.", name=name))

    def part_beside(self, name: str) -> str | None:
        """The part `sharedStrings` or `styles` of the workbook, if it has one."""
        for kind, target in self._relations(self._main).values():
            if kind == name and target in self._archive.NameToInfo:
                return target
        return None

    def parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Parses a part as XML, calling back with names without their prefix.

        Raises Invalid for what is broken, or bigger or stranger than a sheet can be.
        """
        for _nothing in self.parsing(part, start, end, text):
            pass

    def parsing(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """The same, pausing after every piece of the part, so that a reader may stop early."""
        reading = _Xml(start, end, text)
        for piece in self._pieces(part):
            reading.feed(piece)
            yield
        reading.feed(b"", final=True)
        yield

    def _pieces(self, part: str) -> Iterator[bytes]:
        info = self._archive.NameToInfo.get(part)
        if info is None:
            raise Invalid(_("The workbook is broken: a part of it is missing."))
        done = 0
        try:
            with self._archive.open(info) as stream:
                while piece := stream.read(PIECE):
                    done += len(piece)
                    self._unpacked += len(piece)
                    too_dense = done > SMALL and done > MAX_RATIO * max(info.compress_size, 1)
                    if too_dense or self._unpacked > MAX_UNPACKED:
                        raise Invalid(
                            _(
                                "The workbook unpacks to far more than a list of members can be. "
                                "Save the sheet with the members alone as “CSV UTF-8”."
                            )
                        )
                    yield piece
        except (
            zipfile.BadZipFile,
            OSError,
            EOFError,
            RuntimeError,
            NotImplementedError,
            zlib.error,
        ):
            raise Invalid(_("The workbook is broken. Open it, save it again and retry.")) from None

    def _refuse_others(self) -> None:
        names = self._archive.NameToInfo
        if len(names) > MAX_PARTS:
            raise Invalid(_("The workbook has far too many parts."))
        if any(info.flag_bits & 1 for info in names.values()):
            raise Invalid(_("The file has a password. Save it without one."))
        # Other packings than Excel's own unpack whatever they hold at once.
        if any(info.compress_type not in PACKED for info in names.values()):
            raise Invalid(_("The workbook is broken. Open it, save it again and retry."))
        if "content.xml" in names and "mimetype" in names:
            raise Invalid(_("This is an OpenDocument file. Save it as .xlsx or as “CSV UTF-8”."))
        if any(PurePosixPath(name).name.lower() == "vbaproject.bin" for name in names):
            raise Invalid(_("The workbook holds macros. Save it as .xlsx without them."))
        if any(name.lower().endswith("workbook.bin") for name in names):
            raise Invalid(_("This is a binary workbook (.xlsb). Save it as .xlsx."))

    def _main_part(self) -> str:
        for kind, target in self._relations("").values():
            if kind == "officeDocument" and target in self._archive.NameToInfo:
                return target
        raise Invalid(_("This is an archive, but no Excel workbook. Send a .xlsx or a CSV file."))

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to: id -> (the last word of its kind, name of the other part)."""
        folder, name = PurePosixPath(part).parent, PurePosixPath(part).name
        listed = str(folder / RELATIONS.format(name)) if part else RELATIONS.format("")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship" and given.get("TargetMode") != "External":
                target = given.get("Target", "")
                whole = target.lstrip("/") if target.startswith("/") else str(folder / target)
                found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], whole)

        if listed in self._archive.NameToInfo:
            self.parse(listed, start)
        return found

    def _listed(self) -> tuple[list[tuple[str, str]], bool]:
        relations, old_dates = self._relations(self._main), [False]
        sheets: list[tuple[str, str]] = []

        def start(tag: str, given: dict[str, str]) -> None:
            if tag == "workbookPr":
                old_dates[0] = given.get("date1904") in ("1", "true")
            if tag != "sheet" or given.get("state", "visible") != "visible":
                return
            number = next((given[key] for key in given if key.rpartition(":")[2] == "id"), "")
            kind, part = relations.get(number, ("", ""))
            if kind == "worksheet" and len(sheets) < MAX_PARTS:
                sheets.append((given.get("name", "")[:100], part))

        self.parse(self._main, start)
        if not sheets:
            raise Invalid(_("The workbook has no sheet with cells."))
        return sheets, old_dates[0]


class _Xml:
    """An XML parser that refuses what no sheet has: entities, depth, endless names or tags."""

    def __init__(self, start: Any, end: Any, text: Any) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        if text:
            self._parser.CharacterDataHandler = text
        self._on_start, self._on_end = start, end
        self._names: dict[str, str] = {}
        self._attributes: set[str] = set()
        self._depth = self._fed = 0

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(piece, final)
        except expat.ExpatError:
            raise Invalid(_("The workbook is broken. Open it, save it again and retry.")) from None
        self._fed += len(piece)
        # A tag is held in memory until it ends.
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            self._refuse()

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._depth += 1
        if not given.keys() <= self._attributes:
            self._attributes.update(given)
        if name not in self._names:
            self._names[name] = name.rpartition(":")[2]
        if self._depth > MAX_DEPTH or len(self._names) + len(self._attributes) > MAX_NAMES:
            self._refuse()
        self._on_start(self._names[name], given)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._on_end:
            self._on_end(self._names[name])

    def _refuse(self, *_anything: object) -> None:
        raise Invalid(_("The workbook holds things that no list of members has."))


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """A workbook for reading. Raises Invalid for what is none."""
    with path.open("rb") as file:
        try:
            archive = zipfile.ZipFile(_Wary(file))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            raise Invalid(_("The workbook is broken. Open it, save it again and retry.")) from None
        with archive:
            yield Workbook(archive)
