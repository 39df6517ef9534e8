"""A real SMTP server on loopback whose every answer, and every fault, a test can choose."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from advocacy.mail.relay import Server, SmtpTransport

Answer = Callable[[str], str]
DROP = "drop"


@dataclass
class Relay:
    """Answers by rule; keeps the letters it took as (sender, receivers, content)."""

    pipelining: bool = True
    mail: Answer = lambda _address: "250 ok"
    rcpt: Answer = lambda _address: "250 ok"
    final: Answer = lambda _address: "250 2.0.0 queued"
    data_without_rcpt: str = "354 go on"
    per_connection: int = 0
    drop_in_data_after: int = 0
    greeting: Callable[[int], str] = lambda _count: "220 relay ready"
    extensions: tuple[str, ...] = ()
    delay: float = 0.0
    kept: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    lone_dots: int = 0
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from greeting to end."""
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            greeting = self.greeting(self.connections)
            writer.write(greeting.encode() + b"\r\n")
            if greeting.startswith("220"):
                await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, _Dropped):
            pass
        finally:
            self.open_now -= 1
            writer.close()


class _Dropped(Exception):
    pass


class _Session:
    def __init__(
        self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.sender: str | None = None
        self.receivers: list[str] = []
        self.taken = 0

    async def run(self) -> None:
        while line := await self.reader.readline():
            verb, _space, rest = line.decode("ascii").strip().partition(" ")
            address = rest.partition("<")[2].partition(">")[0]
            if verb == "QUIT":
                self.say("221 bye")
                return
            await self.answer(verb.upper(), address)

    async def answer(self, verb: str, address: str) -> None:
        relay = self.relay
        if verb == "EHLO":
            names = [*relay.extensions, *(["PIPELINING"] if relay.pipelining else []), "HELP"]
            lines = ["relay", *names]
            self.say("\r\n".join(f"250-{each}" for each in lines[:-1]) + f"\r\n250 {lines[-1]}")
        elif verb == "MAIL":
            if self.sender is not None:
                self.say("503 nested MAIL")
            elif self.spoke(relay.mail(address)):
                self.sender = address
        elif verb == "RCPT":
            if self.sender is None:
                self.say("503 MAIL first")
            elif self.spoke(relay.rcpt(address)):
                self.receivers.append(address)
        elif verb == "DATA":
            await self.data()
        else:
            self.forget()
            self.say("250 ok")

    async def data(self) -> None:
        relay = self.relay
        if not self.receivers:
            self.say(relay.data_without_rcpt)
            if not relay.data_without_rcpt.startswith("354"):
                return
        else:
            self.say("354 go on")
        if relay.drop_in_data_after:
            await self.reader.readexactly(relay.drop_in_data_after)
            raise _Dropped
        content = await self.content()
        if not self.receivers:
            relay.lone_dots += content == b""
            self.say("554 no valid receiver")
        elif self.spoke(relay.final(self.receivers[0])):
            relay.kept.append((self.sender or "", self.receivers, content))
            self.taken += 1
        self.forget()
        if relay.per_connection and self.taken >= relay.per_connection:
            self.say("421 enough for one connection")
            raise _Dropped

    async def content(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)

    def spoke(self, answer: str) -> bool:
        if answer == DROP:
            raise _Dropped
        self.say(answer)
        if answer.startswith("421"):
            raise _Dropped
        return answer.startswith("2")

    def say(self, text: str) -> None:
        line = text.encode("ascii") + b"\r\n"
        if self.relay.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self.relay.delay, self.writer.write, line)
        else:
            self.writer.write(line)

    def forget(self) -> None:
        self.sender, self.receivers = None, []


@asynccontextmanager
async def running(
    relay: Relay, *, connections: int = 4
) -> AsyncIterator[tuple[Relay, SmtpTransport]]:
    """The relay and a transport to it, both open."""
    server = await asyncio.start_server(relay.serve, "127.0.0.1", 0, limit=2**20)
    relay.port = server.sockets[0].getsockname()[1]
    way = SmtpTransport(
        Server(host="127.0.0.1", port=relay.port, start_tls=False), connections=connections
    )
    await way.open()
    try:
        yield relay, way
    finally:
        await way.close()
        server.close()
