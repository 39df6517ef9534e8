"""A file in a posted form, written to disk as it comes in and never held in memory."""

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

MAX_FIELDS = 64 * 1024


class TooLarge(Exception):
    """The file has more bytes than were allowed."""


class Received(NamedTuple):
    """The name that the browser gave the file, how many bytes it has, and the other fields."""

    filename: str
    size: int
    fields: dict[str, str]


async def receive(request: Request, path: Path, *, name: str, most: int) -> Received:
    """Writes the file of field `name` to `path`, as the body comes in.

    Raises TooLarge when the body says or turns out to be longer than `most` bytes and a little,
    and HTTPException 400 for a body that is no such form or ends early; no file is left then.
    """
    try:
        return await _receive(request, path, name, most)
    except BaseException:
        _forget(path)
        raise


async def _receive(request: Request, path: Path, name: str, most: int) -> Received:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most + MAX_FIELDS:
        raise TooLarge
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise HTTPException(400)
    parts = _Parts(name, most)
    try:
        parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
        with path.open("wb") as file:
            async for piece in request.stream():
                parser.write(piece)
                if written := parts.taken():
                    await asyncio.to_thread(file.write, written)
        parser.finalize()
    except (FormParserError, ClientDisconnect, UnicodeError):
        raise HTTPException(400) from None
    if not parts.is_whole:
        raise HTTPException(400)
    return parts.received()


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


class _Parts:
    """What the parser has found: bytes of the file not yet written, and the small fields."""

    def __init__(self, name: str, most: int) -> None:
        self._name, self._most = name, most
        self._pending = bytearray()
        self._header, self._value = bytearray(), bytearray()
        self._disposition: dict[bytes, bytes] = {}
        self._fields: dict[str, bytearray] = {}
        self._small = self._size = 0
        self._filename = ""
        self.is_whole = False

    def callbacks(self) -> dict[str, Any]:
        """What the parser calls."""
        return {
            "on_part_begin": self._disposition.clear,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._on_header,
            "on_part_data": self._on_data,
            "on_end": self._on_end,
        }

    def taken(self) -> bytes:
        """The bytes of the file since the last call."""
        taken = bytes(self._pending)
        self._pending.clear()
        return taken

    def received(self) -> Received:
        """What came in all."""
        texts = {name: text.decode("utf-8", "replace") for name, text in self._fields.items()}
        return Received(self._filename, self._size, texts)

    def _on_header(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            _kind, self._disposition = parse_options_header(self._value.decode("latin-1"))
        self._header.clear()
        self._value.clear()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        name = self._disposition.get(b"name", b"").decode("utf-8", "replace")
        if name == self._name and b"filename" in self._disposition:
            self._filename = self._disposition[b"filename"].decode("utf-8", "replace")
            self._size += end - start
            if self._size > self._most:
                raise TooLarge
            self._pending += data[start:end]
            return
        self._small += end - start
        if self._small > MAX_FIELDS or len(self._fields) > 50:
            raise HTTPException(400)
        self._fields.setdefault(name, bytearray()).extend(data[start:end])

    def _on_end(self) -> None:
        self.is_whole = True
