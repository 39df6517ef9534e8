"""The weight of the public campaign page: every byte over the wire, headers included.

A page of 14,000 bytes fits the first flight of packets of a new connection, so that it arrives in
one round trip. Counted on a socket: the page and all that it loads, by brotli and by gzip.
"""

import argparse
import asyncio
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from advocacy import db, settings
from benchmarks import ground
from benchmarks.result import Row
from campaigns.editions.models import EditionText
from campaigns.starters import choosing
from tests import factories, servers

MOST = 14_000
LANGUAGES = ("en", "ar")
ENCODINGS = ("br", "gzip")
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}
LINKED = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


@dataclass(frozen=True)
class Answer:
    """One answer: what came over the wire, and its decoded body."""

    wire: int
    head: str
    body: bytes


@dataclass(frozen=True)
class Weight:
    """A page with everything it loads: bytes by address, and addresses on other servers."""

    parts: dict[str, int]
    foreign: list[str]
    html: str

    @property
    def total(self) -> int:
        """All bytes together."""
        return sum(self.parts.values())


class Resources(HTMLParser):
    """Collects the addresses that a browser loads without being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what a tag loads."""
        given = {name: value or "" for name, value in attrs}
        self.scripts += tag == "script"
        if tag == "link" and LINKED & set(given.get("rel", "").split()):
            self.found.append(given.get("href", ""))
        elif tag in LOADING and given.get(LOADING[tag]):
            self.found.append(given[LOADING[tag]])


async def fetch(host: str, port: int, path: str, encoding: str) -> Answer:
    """Asks once on a new connection and counts every byte of the answer."""
    reader, writer = await asyncio.open_connection(host, port)
    lines = [f"GET {path} HTTP/1.1", f"host: {host}:{port}", f"accept-encoding: {encoding}"]
    lines += ["accept: text/html", "accept-language: en", "connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    raw = await reader.read(-1)
    writer.close()
    head, _blank, body = raw.partition(b"\r\n\r\n")
    return Answer(len(raw), head.decode("latin-1"), _decoded(head.decode("latin-1"), body))


def _decoded(head: str, body: bytes) -> bytes:
    import gzip

    import brotli

    if "transfer-encoding: chunked" in head.lower():
        body = b"".join(_chunks(body))
    if "content-encoding: br" in head.lower():
        return bytes(brotli.decompress(body))
    return gzip.decompress(body) if "content-encoding: gzip" in head.lower() else body


def _chunks(body: bytes) -> list[bytes]:
    found = []
    while body:
        size, _line, rest = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            break
        found.append(rest[:length])
        body = rest[length + 2 :]
    return found


async def weigh(host: str, port: int, path: str, encoding: str) -> Weight:
    """The page at a path and everything that it and its stylesheets load."""
    here = f"http://{host}:{port}"
    page = await fetch(host, port, path, encoding)
    html = page.body.decode()
    reader = Resources()
    reader.feed(html)
    if reader.scripts:
        raise ValueError(f"{path} has {reader.scripts} scripts")
    parts, foreign = {path: page.wire}, []
    waiting = list(reader.found)
    while waiting:
        address = urljoin(f"{here}{path}", waiting.pop())
        split = urlsplit(address)
        if split.scheme == "data":
            continue
        if f"{split.scheme}://{split.netloc}" != here:
            foreign.append(address)
        elif split.path not in parts:
            answer = await fetch(host, port, split.path, encoding)
            parts[split.path] = answer.wire
            if "text/css" in answer.head:
                waiting += re.findall(r"url\([\"']?([^\"')]+)", answer.body.decode())
    return Weight(parts, foreign, html)


async def real_petition(language: str) -> factories.Petition:
    """A petition with the words of a starter, which are as long as real ones."""
    home = await factories.chapter(f"bench-{language}", languages=language)
    petition = await factories.campaign_with_page(home, languages=(language,))
    words = choosing.fitted(choosing.find("no-shutdowns"), language, home)
    await EditionText.filter(edition_id=petition.edition.id).update(
        title=words.title, summary=words.summary, case=words.case, ask=words.ask
    )
    return petition


async def _paths(url: str) -> dict[str, str]:
    await db.open_database(url)
    try:
        return {each: (await real_petition(each)).path for each in LANGUAGES}
    finally:
        await db.close_database()


def main(args: argparse.Namespace) -> list[Row]:
    """Weighs the page in two scripts by two encodings."""
    rows = []
    with ground.sqlite() as url:
        settings.use(settings.load({"DATABASE_URL": url}))
        paths = asyncio.run(_paths(url))
        port = servers.free_port()
        environ = {"DATABASE_URL": url, "REDIS_URL": "", "SMTP_URL": "", "LOG_LEVEL": "error"}
        with ground.ours("web", "--port", str(port), environ=environ, port=port):
            for language, path in paths.items():
                for encoding in ENCODINGS:
                    found = asyncio.run(weigh("127.0.0.1", port, path, encoding))
                    rows.append(
                        Row(
                            figure=f"public page, {language}, {encoding}",
                            ours=f"{found.total:,} bytes",
                            limit=f"{MOST:,} bytes: one round trip",
                            ratio=f"{found.total / MOST:.2f} x",
                            wanted="at most 1 x, nothing from elsewhere",
                            met=found.total <= MOST and not found.foreign,
                        )
                    )
    return rows
