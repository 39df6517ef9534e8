"""A load generator of our own: a list of ready-made requests over keep-alive sockets, each once.

Bounded by the list and by a time; it counts answers by status and keeps every latency.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode


@dataclass
class Outcome:
    """What came back: answers by status, latencies in seconds, and how long it all took."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    def percentile(self, share: float) -> float:
        """The latency that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def post(port: int, path: str, fields: dict[str, str], *, origin: str) -> bytes:
    """A form as a browser of today posts it, said to come from an address behind a proxy."""
    body = urlencode(fields).encode()
    head = [
        f"POST {path} HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        "accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "accept-encoding: gzip, br",
        "accept-language: en",
        "sec-fetch-site: same-origin",
        f"origin: http://127.0.0.1:{port}",
        f"x-forwarded-for: {origin}",
        "content-type: application/x-www-form-urlencoded",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def drive(
    port: int, requests: Iterable[bytes], *, connections: int, patience: float
) -> Outcome:
    """Sends every request once over so many connections, until done or out of patience (s)."""
    waiting, outcome = deque(requests), Outcome()
    begun = time.perf_counter()
    deadline = begun + patience
    await asyncio.gather(
        *(_connection(port, waiting, outcome, deadline) for _ in range(connections))
    )
    outcome.elapsed = time.perf_counter() - begun
    return outcome


async def offer(port: int, requests: list[bytes], *, rate: float, connections: int) -> Outcome:
    """Sends each request at its own moment, `rate` a second, whether earlier ones are answered.

    Latencies count from the moment a request was due, so that waiting for a free connection counts.
    """
    outcome, free = Outcome(), asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]()
    for _each in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    begun = time.perf_counter()

    async def one(request: bytes, due: float) -> None:
        reader, writer = await free.get()
        writer.write(request)
        outcome.statuses[await _answer(reader)] += 1
        outcome.latencies.append(time.perf_counter() - due)
        free.put_nowait((reader, writer))

    under_way = []
    for number, request in enumerate(requests):
        due = begun + number / rate
        while (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        under_way.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*under_way)
    outcome.elapsed = time.perf_counter() - begun
    while not free.empty():
        free.get_nowait()[1].close()
    return outcome


async def _connection(port: int, waiting: deque[bytes], outcome: Outcome, deadline: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while waiting and time.perf_counter() < deadline:
            request = waiting.popleft()
            sent = time.perf_counter()
            writer.write(request)
            outcome.statuses[await _answer(reader)] += 1
            outcome.latencies.append(time.perf_counter() - sent)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at >= 0:
        length = int(lower[at + 15 : lower.index(b"\r\n", at)])
        if length:
            await reader.readexactly(length)
    elif b"transfer-encoding: chunked" in lower:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head[9:12])
