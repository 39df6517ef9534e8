"""A letter to many, encoded once for each mailing and language and filled for each receiver.

Texts hold merge fields as `mark("name")`; the marks survive Markdown, HTML escaping and URL
encoding. Filling gives what `message.to_bytes` would make of the finished letter.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import cycle

from advocacy.mail.message import (
    Letter,
    base64_lines,
    closing,
    encode_body,
    lines_of,
    own_headers,
    part_head,
    prefers_base64,
    quoted,
    shared_headers,
    subject_header,
    to_bytes,
)

# The name is in hexadecimal: lower-case letters and digits alone pass every encoder unchanged.
_MARK = re.compile(r"qx9merge((?:[0-9a-f]{2})+)qx9end")
_FIELD = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SOFT = b"=\r\n"
_MAX_OPEN_LINE = 75

Fill = Callable[[Mapping[str, str]], bytes]


def mark(field: str) -> str:
    """The text that stands for a merge field; lower-case words joined by underscores."""
    if not _FIELD.fullmatch(field):
        raise ValueError("A merge field is lower-case words joined by underscores")
    return f"qx9merge{field.encode().hex()}qx9end"


def fields_in(text: str) -> list[str]:
    """The merge fields of a text, in order, each once."""
    return list(dict.fromkeys(_split(text)[1::2]))


def merged(text: str, values: Mapping[str, str], *, escape: bool = False) -> str:
    """The text with its fields filled in, escaped for HTML where asked. Raises KeyError."""
    return "".join(_filled(_split(text), values, _escaped if escape else _plain))


class Skeleton:
    """Everything of a letter that is the same for all receivers, as bytes.

    `letter` holds the texts with marks and everything of the sender; its receiver, Message-ID,
    date and unsubscribe address are only examples, replaced for each receiver. An example
    `list_unsubscribe_url` says that it is bulk. Raises ValueError like `to_bytes`.
    """

    def __init__(self, letter: Letter) -> None:
        to_bytes(letter)
        self.letter = letter
        self.fields = fields_in(f"{letter.subject}\n{letter.text}\n{letter.html}")
        self._shared = b"\r\n".join(shared_headers(letter)) + b"\r\n"
        self._subject = _split(letter.subject)
        self._fixed_subject = subject_header(letter.subject)
        self._text = _part("plain", letter.text, _plain)
        self._html = _part("html", letter.html, _escaped)

    def fill(
        self,
        *,
        to: str,
        message_id: str,
        date: datetime,
        to_name: str = "",
        list_unsubscribe_url: str = "",
        values: Mapping[str, str] | None = None,
    ) -> bytes:
        """The letter to one receiver. Values are plain text; they are escaped in HTML.

        Raises KeyError for a missing value and ValueError for CR, LF or NUL in a header.
        """
        own = values or {}
        if bool(list_unsubscribe_url) != bool(self.letter.list_unsubscribe_url):
            raise ValueError("Bulk letters have an unsubscribe address, others have none")
        subject = self._fixed_subject
        if len(self._subject) > 1:
            subject = subject_header("".join(_filled(self._subject, own, _plain)))
        headers = own_headers(
            to=to,
            to_name=to_name,
            message_id=message_id,
            date=date,
            list_unsubscribe_url=list_unsubscribe_url,
        )
        head = self._shared + subject + b"\r\n" + b"\r\n".join(headers) + b"\r\n"
        return head + self._text(own) + self._html(own) + closing()

    def letter_for(
        self,
        *,
        to: str,
        message_id: str,
        date: datetime,
        to_name: str = "",
        list_unsubscribe_url: str = "",
        values: Mapping[str, str] | None = None,
    ) -> Letter:
        """The same letter slowly, as a value: for previews and as the measure of `fill`."""
        own = values or {}
        return replace(
            self.letter,
            to=to,
            to_name=to_name,
            message_id=message_id,
            date=date,
            list_unsubscribe_url=list_unsubscribe_url,
            subject=merged(self.letter.subject, own),
            text=merged(lines_of(self.letter.text), own),
            html=merged(lines_of(self.letter.html), own, escape=True),
        )


def _split(text: str) -> list[str]:
    """Fixed text and field names in turn, beginning and ending with fixed text."""
    parts = _MARK.split(text)
    parts[1::2] = [bytes.fromhex(each).decode("ascii", "replace") for each in parts[1::2]]
    return parts


def _filled(parts: list[str], values: Mapping[str, str], encode: Callable[[str], str]) -> list[str]:
    return [
        encode(values[part]) if is_field else part
        for part, is_field in zip(parts, cycle((False, True)), strict=False)
    ]


def _part(kind: str, body: str, encode: Callable[[str], str]) -> Fill:
    head = part_head(kind, body)
    parts = _split(lines_of(body))
    if len(parts) == 1:
        whole = head + encode_body(body)
        return lambda _values: whole
    if prefers_base64(body):
        return lambda values: head + base64_lines("".join(_filled(parts, values, encode)))
    return _quoted_part(head, parts, encode)


def _quoted_part(head: bytes, parts: list[str], encode: Callable[[str], str]) -> Fill:
    """Fixed text is encoded once. A soft line break on either side keeps a value to itself."""
    template: list[bytes] = [_open(quoted(fixed)) for fixed in parts[::2]]
    template[0] = head + template[0]
    # lines_of has ended the last line, so the last piece stays closed.
    slots = list(zip(range(1, len(parts), 2), parts[1::2], strict=True))
    pieces: list[bytes] = [b""] * len(parts)
    pieces[::2] = template

    def fill(values: Mapping[str, str]) -> bytes:
        filled = pieces.copy()
        for place, field in slots:
            value = encode(values[field])
            filled[place] = _open(quoted(value)) if value else b""
        return b"".join(filled)

    return fill


def _plain(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value


def _escaped(value: str) -> str:
    return html.escape(_plain(value))


def _open(code: bytes) -> bytes:
    """Encoded text so ended that the line goes on: a soft break unless it ended a line."""
    if not code or code.endswith(b"\n"):
        return code
    line = len(code) - code.rfind(b"\n") - 1
    if line > _MAX_OPEN_LINE:
        cut = 3 if code[-3:-2] == b"=" else 1
        code = code[:-cut] + _SOFT + code[-cut:]
    return code + _SOFT
