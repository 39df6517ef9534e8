"""One letter as bytes: text and HTML alternatives, every header guarded, 7-bit, CRLF.

Headers are encoded here rather than by the standard library because its folding of mixed
encoded words loses spaces on some versions; tests read every letter back with it.
"""

import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from advocacy.mail.addresses import well_formed

# Neither "=_" nor "_" can occur in quoted-printable or base64, so no body contains it.
BOUNDARY = "=_alternative_letter"
MAX_LINE = 76
MAX_WORD = 900
ENCODED_WORD = len("=?utf-8?b??=")

_FORBIDDEN = re.compile(r"[\r\n\0]")
_CONTROLS = dict.fromkeys([*range(0x01, 0x09), *range(0x0E, 0x1C), 0x7F, *range(0x80, 0xA0)])
# The next-line control counts as white space for str.split, like the Unicode separators.
del _CONTROLS[0x85]
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_URL = re.compile(r"https?://[!#-;=?-~]+")
_LIST_ID = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter to one receiver. Addresses are bare ASCII; `date` is aware.

    With `list_unsubscribe_url` it is bulk mail that can be unsubscribed from with one click;
    without, it is transactional and marked as sent by a machine. An empty `envelope_from`
    means that bounces go to `from_addr`.
    """

    to: str
    to_name: str = ""
    from_addr: str
    from_name: str = ""
    reply_to: str = ""
    subject: str
    text: str
    html: str
    language: str = "en"
    message_id: str
    date: datetime
    list_unsubscribe_url: str = ""
    list_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    envelope_from: str = ""


def to_bytes(letter: Letter) -> bytes:
    """The letter as it goes over the wire, before dot-stuffing.

    Raises ValueError for CR, LF or NUL in any header and for addresses that are not plain ASCII.
    """
    head = [
        *shared_headers(letter),
        subject_header(letter.subject),
        *own_headers(
            to=letter.to,
            to_name=letter.to_name,
            message_id=letter.message_id,
            date=letter.date,
            list_unsubscribe_url=letter.list_unsubscribe_url,
        ),
    ]
    bodies = (("plain", letter.text), ("html", letter.html))
    parts = [part_head(kind, body) + encode_body(body) for kind, body in bodies]
    return b"\r\n".join(head) + b"\r\n" + b"".join(parts) + closing()


def new_message_id(domain: str) -> str:
    """A fresh Message-ID at a domain."""
    return f"<{secrets.token_hex(16)}@{domain}>"


def shared_headers(letter: Letter) -> list[bytes]:
    """The headers that are the same for every receiver of a mailing in one language."""
    if not _LANGUAGE.fullmatch(letter.language):
        raise ValueError("The language is not a language tag")
    head = [address_header("From", letter.from_addr, letter.from_name)]
    if letter.reply_to:
        head.append(address_header("Reply-To", letter.reply_to, ""))
    if letter.list_id:
        if not _LIST_ID.fullmatch(letter.list_id):
            raise ValueError("The list id is not made of labels and dots")
        head.append(f"List-Id: <{letter.list_id}>".encode())
    if not letter.list_unsubscribe_url:
        head.append(b"Auto-Submitted: auto-generated")
    taken = {line.split(b":", 1)[0].lower().decode() for line in head} | _OURS
    for name, value in letter.headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in taken:
            raise ValueError("An extra header has a name that is wrong or already used")
        taken.add(name.lower())
        head.append(text_header(name, value))
    head.append(f"Content-Language: {letter.language}".encode())
    head.append(b"MIME-Version: 1.0")
    head.append(f'Content-Type: multipart/alternative;\r\n boundary="{BOUNDARY}"'.encode())
    return head


_OURS = {
    *("from", "to", "cc", "bcc", "sender", "reply-to", "subject", "date", "message-id"),
    *("list-unsubscribe", "list-unsubscribe-post", "list-id", "content-language"),
    *("mime-version", "content-type", "content-transfer-encoding", "auto-submitted"),
}


def own_headers(
    *, to: str, to_name: str, message_id: str, date: datetime, list_unsubscribe_url: str
) -> list[bytes]:
    """The headers that differ from receiver to receiver."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("The Message-ID has not the form <id@domain>")
    head = [
        address_header("To", to, to_name),
        b"Date: " + format_datetime(date).encode("ascii"),
        b"Message-ID: " + message_id.encode("ascii"),
    ]
    if list_unsubscribe_url:
        if not _URL.fullmatch(list_unsubscribe_url):
            raise ValueError("The unsubscribe address is not a plain http address")
        head.append(b"List-Unsubscribe: <" + list_unsubscribe_url.encode("ascii") + b">")
        head.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return head


def subject_header(subject: str) -> bytes:
    """The subject, folded and encoded."""
    return text_header("Subject", subject)


def text_header(name: str, value: str) -> bytes:
    """An unstructured header; runs of white space become one space."""
    return name.encode("ascii") + b": " + _words(_clean(value), len(name) + 2)


def address_header(name: str, address: str, display: str) -> bytes:
    """An address header with a display name in any script."""
    if not well_formed(address):
        raise ValueError("The address is not plain ASCII of the form name@domain")
    shown = _clean(display)
    if not shown:
        return f"{name}: {address}".encode("ascii")
    if not shown.isascii() or "=?" in shown:
        phrase = _words(shown, len(name) + 2)
    elif _PLAIN_NAME.fullmatch(shown):
        phrase = shown.encode("ascii")
    else:
        quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
        phrase = f'"{quoted}"'.encode("ascii")
    start = name.encode("ascii") + b": " + phrase
    gap = b" " if len(start) - start.rfind(b"\n") + len(address) < MAX_LINE else b"\r\n "
    return start + gap + b"<" + address.encode("ascii") + b">"


def _clean(value: str) -> str:
    if _FORBIDDEN.search(value):
        raise ValueError("A header must not contain CR, LF or NUL")
    return " ".join(value.translate(_CONTROLS).split())


def _words(value: str, used: int) -> bytes:
    if not value.isascii() or "=?" in value or _has_long_word(value):
        return _encoded_words(value, used)
    if used + len(value) <= MAX_LINE:
        return value.encode("ascii")
    lines, line = [], ""
    for word in value.split(" "):
        if line and used + len(line) + 1 + len(word) > MAX_LINE:
            lines.append(line)
            line, used = word, 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line]).encode("ascii")


def _has_long_word(value: str) -> bool:
    return len(value) > MAX_WORD and max(map(len, value.split(" "))) > MAX_WORD


def _encoded_words(value: str, used: int) -> bytes:
    words: list[bytes] = []
    chunk = b""
    for character in value:
        code = character.encode("utf-8")
        if len(chunk) + len(code) > (MAX_LINE - used - ENCODED_WORD) // 4 * 3:
            words.append(chunk)
            chunk, used = b"", 1
        chunk += code
    words.append(chunk)
    encode = binascii.b2a_base64
    return b"\r\n ".join(b"=?utf-8?b?" + encode(w, newline=False) + b"?=" for w in words if w)


def part_head(kind: str, body: str) -> bytes:
    """What stands before an alternative; the encoding fits the body's script.

    The line end before a boundary belongs to the boundary, so a body keeps its own last one.
    """
    encoding = "base64" if prefers_base64(body) else "quoted-printable"
    return (
        f"\r\n--{BOUNDARY}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()


def closing() -> bytes:
    """What ends the last alternative."""
    return f"\r\n--{BOUNDARY}--\r\n".encode()


def prefers_base64(body: str) -> bool:
    """Whether base64 is shorter: a byte beyond ASCII costs three in quoted-printable."""
    size = len(body.encode("utf-8"))
    return size - len(body.encode("ascii", "ignore")) > size // 6


def encode_body(body: str) -> bytes:
    """A body that ends with a line end, in the encoding that `part_head` announces."""
    plain = lines_of(body)
    return base64_lines(plain) if prefers_base64(body) else quoted(plain)


def lines_of(body: str) -> str:
    """The body with LF alone as its line end, and one at its end."""
    plain = body.replace("\r\n", "\n").replace("\r", "\n")
    return plain if plain.endswith("\n") else plain + "\n"


def quoted(plain: str) -> bytes:
    """Quoted-printable with CRLF; the text has LF line ends."""
    return binascii.b2a_qp(plain.encode("utf-8")).replace(b"\n", b"\r\n")


def base64_lines(plain: str) -> bytes:
    """Base64 in lines of 76 with CRLF; the text has LF line ends, the coded one CRLF."""
    code = binascii.b2a_base64(plain.replace("\n", "\r\n").encode("utf-8"), newline=False)
    lines = [code[at : at + MAX_LINE] for at in range(0, len(code), MAX_LINE)]
    return b"\r\n".join(lines) + b"\r\n"
