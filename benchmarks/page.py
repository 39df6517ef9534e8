"""The weight of a public campaign page: every byte over the wire of the page and what it needs.

Counted on raw sockets, headers included, as a browser with an empty cache would fetch them, for
every campaign page of the demo; the heaviest one is shown. The limit is what a server may send
before it has to wait for the reader's first answer: ten segments of 1,460 bytes.
"""

import argparse
import re
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from benchmarks import ground
from benchmarks.result import Row, seconds, times
from tests.servers import free_port

FIRST_WINDOW = 10 * 1460
MOST = 14_000
ROUNDS = 30
LANGUAGES = ("en", "ar")
CODINGS = ("br", "gzip")


class Needs(HTMLParser):
    """What a browser fetches for a page, and the pages it links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetched: set[str] = set()
        self.links: set[str] = set()
        self.scripts = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.scripts += tag == "script"
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.fetched.add(given.get("href") or "")
        if given.get("src"):
            self.fetched.add(given["src"] or "")
        if tag == "a":
            self.links.add(given.get("href") or "")


def main(args: argparse.Namespace) -> list[Row]:
    """The heaviest campaign page, in two languages and two encodings, and how fast it comes."""
    with _demo() as port:
        paths = sorted(_campaign_pages(port))
        if not paths:
            raise RuntimeError("the demo shows no campaign page")
        rows = [
            _weight(port, paths, language, coding) for language in LANGUAGES for coding in CODINGS
        ]
        return [*rows, _strangers(port, paths), _speed(port, paths[0], 3 if args.quick else ROUNDS)]


@contextmanager
def _demo() -> Iterator[int]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        words = ("run", "--port", str(port), "--var", folder)
        with ground.ours(*words, environ={}, port=port):
            yield port


def _campaign_pages(port: int) -> set[str]:
    found: set[str] = set()
    for path in ("/", "/campaigns"):
        links = Needs(_text(port, path)).links
        found |= {re.sub(r"[?#].*", "", link) for link in links if link.startswith("/a/")}
    return found


def _weight(port: int, paths: list[str], language: str, coding: str) -> Row:
    weights = {path: _whole(port, path, language, coding) for path in paths}
    heaviest = max(weights, key=lambda path: weights[path])
    return Row(
        figure=f"Heaviest of {len(paths)} campaign pages, {language}, {coding}: {heaviest}",
        ours=f"{weights[heaviest]:,} bytes",
        limit=f"{FIRST_WINDOW:,} bytes (first window)",
        ratio=times(weights[heaviest], FIRST_WINDOW),
        wanted=f"at most {MOST:,} bytes",
        met=weights[heaviest] <= MOST,
    )


def _whole(port: int, path: str, language: str, coding: str) -> int:
    needed = Needs(_text(port, path, language)).fetched
    ours = [each for each in needed if each.startswith("/")]
    return sum(len(_fetch(port, each, language, coding)) for each in [path, *ours])


def _strangers(port: int, paths: list[str]) -> Row:
    pages = [Needs(_text(port, path)) for path in paths]
    scripts = sum(page.scripts for page in pages)
    foreign = sum(not each.startswith("/") for page in pages for each in page.fetched)
    return Row(
        figure="Scripts and requests to third parties on those pages",
        ours=f"{scripts} scripts, {foreign} requests",
        wanted="none",
        met=not scripts and not foreign,
    )


def _speed(port: int, path: str, rounds: int) -> Row:
    bare = statistics.median(_duration(port, "/healthz") for _ in range(rounds))
    page = statistics.median(_duration(port, path) for _ in range(rounds))
    return Row(
        figure="Time to the whole page, median, a new connection each, SQLite",
        ours=seconds(page),
        limit=f"{seconds(bare)} (/healthz of the same process)",
        ratio=times(page, bare),
    )


def _duration(port: int, path: str) -> float:
    start = time.perf_counter()
    _fetch(port, path, "en", "br")
    return time.perf_counter() - start


def _text(port: int, path: str, language: str = "en") -> str:
    head, _, body = _fetch(port, path, language, "identity").partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise RuntimeError(f"{path} answers {head.splitlines()[0].decode()}")
    return body.decode("utf-8", "replace")


def _fetch(port: int, path: str, language: str, coding: str) -> bytes:
    """Everything the server sends for one GET, status line and headers included."""
    ask = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    ask += f"Accept: text/html,*/*\r\nAccept-Language: {language}\r\nAccept-Encoding: {coding}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{ask}\r\n".encode("ascii"))
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)
