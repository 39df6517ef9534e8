"""The embedded outbox as a person reads it: letters newest first, and one letter opened."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

from advocacy.errors import NotFound

MAX_SIZE = 2 * 1024 * 1024
MAX_PAGE = 100

_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{12}")
_HOUR = re.compile(r"\d{8}T\d{2}")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A letter from the folder. `links` holds every address in it once, in order.

    `date` is when it was written into the folder.
    """

    id: str
    to: str
    subject: str
    date: datetime
    text: str = ""
    html: str = ""
    language: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def listing(folder: Path, *, limit: int = 50, before: str = "") -> list[KeptLetter]:
    """A page of letters, newest first, without their bodies; `before` is the last id seen.

    Reads at most MAX_PAGE files, however many lie in the folder.
    """
    if before and not _ID.fullmatch(before):
        return []
    ids = islice(_ids(folder, before), min(limit, MAX_PAGE))
    letters = (_read(folder, each, whole=False) for each in ids)
    return [letter for letter in letters if letter is not None]


def read(folder: Path, letter_id: str) -> KeptLetter:
    """One letter with its bodies. Raises NotFound for what is not one of our ids or no file."""
    letter = _read(folder, letter_id, whole=True)
    if letter is None:
        raise NotFound()
    return letter


def _ids(folder: Path, before: str) -> Iterator[str]:
    if not folder.is_dir():
        return
    hours = [each.name for each in folder.iterdir() if _HOUR.fullmatch(each.name)]
    for hour in sorted(hours, reverse=True):
        if before and hour > before[: len(hour)]:
            continue
        stems = [each.stem for each in (folder / hour).iterdir() if each.suffix == ".eml"]
        for stem in sorted(filter(_ID.fullmatch, stems), reverse=True):
            if not before or stem < before:
                yield stem


def _read(folder: Path, letter_id: str, *, whole: bool) -> KeptLetter | None:
    # The pattern leaves no room for a separator or a dot: an id cannot lead out of the folder.
    if not _ID.fullmatch(letter_id):
        return None
    path = folder / letter_id[:11] / f"{letter_id}.eml"
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_SIZE)
    except OSError:
        return None
    message = email.message_from_bytes(raw, policy=email.policy.default)
    text, html = (_body(message, "plain"), _body(message, "html")) if whole else ("", "")
    return KeptLetter(
        id=letter_id,
        to=_header(message, "To"),
        subject=_header(message, "Subject"),
        date=datetime.strptime(letter_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC),
        text=text,
        html=html,
        language=_header(message, "Content-Language"),
        headers=[(name, _header(message, name)) for name in message] if whole else [],
        links=_links(text, html) if whole else [],
    )


def _header(message: EmailMessage, name: str) -> str:
    return str(message[name] or "")


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def _links(text: str, html: str) -> list[str]:
    parser = _Hrefs()
    parser.feed(html)
    web = [each for each in parser.found if _LINK.fullmatch(each)]
    return list(dict.fromkeys([*_LINK.findall(text), *web]))
