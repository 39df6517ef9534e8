"""The way out by SMTP: a bounded pool of connections to one relay, shared by all batches."""

import asyncio
import contextlib
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import cast

import aiosmtplib
import structlog

from advocacy.mail.outgoing import Outgoing, Result, without_addresses
from advocacy.mail.wire import Conversation

CONNECT_TIMEOUT = 15.0
IDLE_LIMIT = 30.0
TEND_EVERY = 1.0

log = structlog.get_logger("advocacy.mail")


@dataclass(frozen=True, slots=True)
class Server:
    """Where the relay is and how to greet it; `start_tls` None means where it is offered."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False
    start_tls: bool | None = None
    verify: bool = True
    ca_file: str | None = None
    greeting: str = "localhost"


class Unreachable(OSError):
    """The relay cannot be reached, refuses us, or is not what the settings promise."""


class SmtpTransport:
    """Sends over at most `connections` connections at once, in this process."""

    def __init__(self, server: Server, *, connections: int = 20) -> None:
        self.server = server
        self.connections = max(1, connections)
        self._slots = asyncio.Semaphore(self.connections)
        self._idle: list[Conversation] = []
        self._busy: set[Conversation] = set()
        self._urgent = 0
        self._tending: asyncio.TimerHandle | None = None
        self._tls: ssl.SSLContext | None = None

    async def open(self) -> None:
        """Prepares encryption; the first letter makes the first connection."""
        if self.server.tls or self.server.start_tls is not False:
            self._tls = await asyncio.to_thread(_tls_context, self.server)
        self._tend()

    async def close(self) -> None:
        """Waits for letters under way, then says goodbye on every connection."""
        for _each in range(self.connections):
            await self._slots.acquire()
        if self._tending is not None:
            self._tending.cancel()
        for conversation in self._idle:
            conversation.quit()
        self._idle.clear()
        for _each in range(self.connections):
            self._slots.release()

    async def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Sends all over the pool; one result each, in order. Raises for none."""
        work = _Work(batch)
        lanes = min(self.connections, len(batch))
        await asyncio.gather(*(self._lane(work) for _each in range(lanes)))
        return self._finished(work)

    async def send_one(self, outgoing: Outgoing) -> Result:
        """Sends one letter; batches under way make room for it."""
        work = _Work([outgoing])
        self._urgent += 1
        try:
            await self._lane(work)
        finally:
            self._urgent -= 1
        return self._finished(work)[0]

    def describe(self) -> str:
        """One line without credentials."""
        server = self.server
        safety = "TLS" if server.tls else "STARTTLS if offered"
        if not server.tls and server.start_tls is not None:
            safety = "STARTTLS" if server.start_tls else "not encrypted"
        signed = ", signed in" if server.username else ""
        return f"SMTP relay {server.host}:{server.port} ({safety}{signed})"

    async def check(self) -> str:
        """Asks for a sign of life over a kept connection or a new one. Raises OSError."""
        async with asyncio.timeout(CONNECT_TIMEOUT), self._conversation() as conversation:
            reply = await conversation.noop()
        if reply.code >= 400:
            raise Unreachable(f"The relay answered {reply.code}")
        pipelined = ", pipelining" if conversation.pipelining else ""
        return f"{self.describe()}{pipelined}"

    async def _lane(self, work: "_Work") -> None:
        while work.waiting:
            async with self._slots:
                try:
                    async with self._conversation() as conversation:
                        await self._talk(conversation, work)
                except Unreachable as unreachable:
                    work.trouble = str(unreachable)
                    return

    def _finished(self, work: "_Work") -> list[Result]:
        """All results; letters that no connection could be had for are deferred."""
        if work.waiting:
            words = without_addresses(work.trouble)
            log.warning("relay not reached", relay=self.server.host, trouble=words)
            for index in work.waiting:
                work.results[index] = Result("deferred", 0, words, "connect")
        return [result for result in work.results if result is not None]

    async def _talk(self, conversation: Conversation, work: "_Work") -> None:
        """Letter after letter until the work is done, the connection, or someone is in a hurry."""
        while work.waiting and conversation.usable:
            index = work.waiting.popleft()
            fresh = conversation.served == 0
            result = await conversation.deliver(work.batch[index])
            # Many servers end a connection after so many letters: that letter tries once more.
            if result.status == "deferred" and not (conversation.usable or fresh):
                work.waiting.appendleft(index)
            else:
                work.results[index] = result
            if self._urgent and len(work.batch) > 1:
                return

    @contextlib.asynccontextmanager
    async def _conversation(self) -> AsyncIterator[Conversation]:
        conversation = self._kept() or await self._connected()
        self._busy.add(conversation)
        try:
            yield conversation
        except BaseException:
            conversation.abort("given up")
            raise
        finally:
            self._busy.discard(conversation)
            if conversation.usable:
                self._idle.append(conversation)
            else:
                conversation.abort("no longer usable")

    def _kept(self) -> Conversation | None:
        while self._idle:
            conversation = self._idle.pop()
            if conversation.usable:
                return conversation
            conversation.abort("no longer usable")
        return None

    async def _connected(self) -> Conversation:
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls,
            start_tls=False if server.tls else server.start_tls,
            tls_context=self._tls,
            local_hostname=server.greeting,
            timeout=CONNECT_TIMEOUT,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                try:
                    await client.ehlo()
                except aiosmtplib.SMTPHeloError:
                    await client.helo()
        except (aiosmtplib.SMTPException, OSError, ValueError) as failure:
            client.close()
            raise Unreachable(_reason(failure)) from failure
        return Conversation(
            cast(asyncio.Transport, client.transport),
            pipelining=client.supports_extension("pipelining"),
            max_size=_number(client.esmtp_extensions.get("size", "")),
        )

    def _tend(self) -> None:
        """Ends what has been silent for too long: idle connections and unanswered commands."""
        now = time.monotonic()
        for conversation in self._busy:
            if conversation.deadline and now > conversation.deadline:
                conversation.abort("no answer in time")
        stale = [each for each in self._idle if now - each.idle_since > IDLE_LIMIT]
        self._idle = [each for each in self._idle if each not in stale]
        for conversation in stale:
            conversation.quit()
        self._tending = asyncio.get_running_loop().call_later(TEND_EVERY, self._tend)


class _Work:
    """A batch, the letters still waiting, and the results so far."""

    def __init__(self, batch: Sequence[Outgoing]) -> None:
        self.batch = batch
        self.waiting = deque(range(len(batch)))
        self.results: list[Result | None] = [None] * len(batch)
        self.trouble = "not sent"


def _tls_context(server: Server) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=server.ca_file)
    if not server.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(failure: Exception) -> str:
    if isinstance(failure, aiosmtplib.SMTPResponseException):
        return f"relay refused: {failure.code} {failure.message}"
    return f"relay not reached: {type(failure).__name__}"


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
