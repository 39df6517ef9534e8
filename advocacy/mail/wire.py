"""One SMTP conversation after greeting and sign-in: transactions, pipelined where offered.

A letter is `unknown` only when the connection ends after its last byte was written and before
the answer came; whatever ends earlier was certainly not delivered.
"""

import asyncio
import re
import time
from typing import NamedTuple

from advocacy.mail.outgoing import Outgoing, Result, Stage, Status, without_addresses

REPLY_TIMEOUT = 60.0
FINAL_TIMEOUT = 300.0
CHUNK = 64 * 1024
MAX_REPLY = 16 * 1024

_MAILBOX = re.compile(r"[!-;=?A-~]+@[A-Za-z0-9.-]+")
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)")


class Reply(NamedTuple):
    """A server's answer to one command."""

    code: int
    text: str


class Lost(ConnectionError):
    """The connection ended; `replies` holds what had been answered before."""

    def __init__(self, why: str, replies: list[Reply]) -> None:
        super().__init__(why)
        self.replies = replies


class Conversation(asyncio.Protocol):
    """Takes over a connection that has been greeted and, where asked, secured and signed in."""

    def __init__(self, transport: asyncio.Transport, *, pipelining: bool, max_size: int) -> None:
        self._transport = transport
        self.pipelining = pipelining
        self._max_size = max_size
        self._buffer = b""
        self._lines: list[str] = []
        self._replies: list[Reply] = []
        self._awaited = 0
        self._waiter: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._why = ""
        self._dirty = False
        self.deadline = 0.0
        self.idle_since = time.monotonic()
        self.served = 0
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether another transaction may begin: nothing lost, nothing said unasked."""
        return not (self._why or self._replies or self._buffer or self._transport.is_closing())

    async def deliver(self, outgoing: Outgoing) -> Result:
        """One transaction. Never raises for a refusal or a lost connection."""
        if refusal := refuse(outgoing, self._max_size):
            return refusal
        try:
            return await self._envelope(outgoing)
        except Lost as lost:
            return _undelivered(outgoing, lost)
        finally:
            self.served += 1
            self.deadline = 0.0
            self.idle_since = time.monotonic()

    async def _envelope(self, outgoing: Outgoing) -> Result:
        commands = [
            f"MAIL FROM:<{outgoing.envelope_from}>\r\n".encode("ascii"),
            f"RCPT TO:<{outgoing.to}>\r\n".encode("ascii"),
            b"DATA\r\n",
        ]
        if self._dirty:
            await self._ask(b"RSET\r\n")
        self._dirty = True
        if self.pipelining:
            replies = await self._ask(b"".join(commands), 3)
        else:
            replies = []
            for command in commands:
                replies += await self._ask(command)
                if replies[-1].code >= 400:
                    break
        stages: tuple[Stage, ...] = ("mail", "rcpt", "data")
        for stage, reply in zip(stages, replies, strict=False):
            if reply.code >= 400 or (stage == "data") != (reply.code == 354):
                if replies[-1].code == 354:
                    await self._abandon()
                return self._refused(outgoing, stage, reply)
        return await self._content(outgoing)

    async def _abandon(self) -> None:
        """DATA was let in although nobody will receive it: ends it with nothing in it."""
        try:
            await self._ask(b".\r\n")
        except Lost:
            self._transport.abort()

    async def _content(self, outgoing: Outgoing) -> Result:
        content = stuffed(outgoing.message)
        last = max(0, (len(content) - 1) // CHUNK) * CHUNK
        for start in range(0, last, CHUNK):
            self._write(content[start : start + CHUNK])
            await self._drained()
        self._write(content[last:] if last else content)
        try:
            (reply,) = await self._replied(1, FINAL_TIMEOUT)
        except Lost as lost:
            text = without_addresses(f"connection lost before the answer: {lost}")
            return Result("unknown", 0, text, "done")
        if 200 <= reply.code < 300:
            self._dirty = False
            return Result("sent", reply.code, without_addresses(reply.text, outgoing.to), "done")
        return self._refused(outgoing, "done", reply)

    def _refused(self, outgoing: Outgoing, stage: Stage, reply: Reply) -> Result:
        if reply.code == 421 or not 400 <= reply.code < 600:
            self._transport.abort()
        return refused(outgoing, stage, reply)

    async def noop(self) -> Reply:
        """Asks for a sign of life. Raises Lost."""
        return (await self._ask(b"NOOP\r\n"))[0]

    def quit(self) -> None:
        """Says goodbye without waiting for the answer."""
        if not self._transport.is_closing():
            self._transport.write(b"QUIT\r\n")
            self._transport.close()

    def abort(self, why: str) -> None:
        """Ends the connection at once."""
        self._why = self._why or why
        self._transport.abort()

    async def _ask(self, commands: bytes, replies: int = 1) -> list[Reply]:
        self._write(commands)
        return await self._replied(replies, REPLY_TIMEOUT)

    def _write(self, data: bytes) -> None:
        if self._why or self._transport.is_closing():
            raise Lost(self._why or "closing", self._taken())
        self._transport.write(data)

    async def _drained(self) -> None:
        self.deadline = time.monotonic() + FINAL_TIMEOUT
        if self._room is not None:
            await self._room
        if self._why:
            raise Lost(self._why, [])

    async def _replied(self, count: int, patience: float) -> list[Reply]:
        if len(self._replies) < count and not self._why:
            # One clock of the pool watches all deadlines: a timer a letter would cost more.
            self.deadline = time.monotonic() + patience
            self._awaited = count
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if len(self._replies) < count:
            raise Lost(self._why, self._taken())
        if len(self._replies) > count:
            self.abort("more replies than commands")
        return self._taken()[:count]

    def _taken(self) -> list[Reply]:
        taken, self._replies = self._replies, []
        return taken

    def data_received(self, data: bytes) -> None:
        """Cuts what arrives into replies and wakes the one who waits for them."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            match = _REPLY_LINE.fullmatch(line.rstrip(b"\r"))
            if match is None:
                self.abort("not an SMTP reply")
                return
            code, mark, text = match.groups()
            self._lines.append(text.decode("ascii", "replace"))
            if mark != b"-":
                self._replies.append(Reply(int(code), " ".join(self._lines)))
                self._lines = []
        if len(self._buffer) > MAX_REPLY or len(self._lines) > 100:
            self.abort("a reply without end")
        elif self._waiter and not self._waiter.done() and len(self._replies) >= self._awaited:
            self._waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wakes whoever waits; they find the reason."""
        self._why = self._why or (type(exc).__name__ if exc else "closed by the server")
        for future in (self._waiter, self._room):
            if future is not None and not future.done():
                future.set_result(None)

    def pause_writing(self) -> None:
        """The socket is full."""
        self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """The socket has room again."""
        if self._room is not None and not self._room.done():
            self._room.set_result(None)
        self._room = None


def refuse(outgoing: Outgoing, max_size: int = 0) -> Result | None:
    """Our own refusal of a letter that must not go over the wire, else None."""
    sender, message = outgoing.envelope_from, outgoing.message
    if not _MAILBOX.fullmatch(outgoing.to) or (sender and not _MAILBOX.fullmatch(sender)):
        return Result("failed", 553, "5.1.3 address is not plain ASCII", "local")
    # A lone CR or LF could smuggle a second letter into servers that read it as a line end.
    if not message.count(b"\r\n") == message.count(b"\n") == message.count(b"\r"):
        return Result("failed", 554, "5.6.0 line ends are not CRLF", "local")
    if max_size and len(message) > max_size:
        return Result("failed", 552, "5.3.4 larger than the relay takes", "local")
    return None


def stuffed(message: bytes) -> bytes:
    """The content with dots doubled at line starts and the closing dot."""
    if b"\n." in message:
        message = message.replace(b"\n.", b"\n..")
    start = b"." if message.startswith(b".") else b""
    end = b".\r\n" if message.endswith(b"\r\n") or not message else b"\r\n.\r\n"
    return start + message + end


def refused(outgoing: Outgoing, stage: Stage, reply: Reply) -> Result:
    """A refusal as a result: for good with 5xx, otherwise for now."""
    status: Status = "failed" if 500 <= reply.code < 600 else "deferred"
    if stage == "mail" and reply.code in _RELAY_NOT_READY:
        status = "deferred"
    return Result(status, reply.code, without_addresses(reply.text, outgoing.to), stage)


# Bad sequence, authentication or encryption required: our set-up is wrong, not the receiver.
_RELAY_NOT_READY = {503, 530, 534, 535, 538}


def _undelivered(outgoing: Outgoing, lost: Lost) -> Result:
    stages: tuple[Stage, ...] = ("mail", "rcpt", "data")
    for stage, reply in zip(stages, lost.replies, strict=False):
        if reply.code >= 400:
            return refused(outgoing, stage, reply)
    return Result("deferred", 0, without_addresses(f"connection lost: {lost}"), "connect")
