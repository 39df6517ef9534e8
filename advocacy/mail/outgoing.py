"""What goes into a transport and what comes back: one letter in its envelope, one result."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Status = Literal["sent", "deferred", "failed", "unknown"]
Stage = Literal["connect", "mail", "rcpt", "data", "done", "local"]
MAX_TEXT = 160

_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter in its envelope. `message` is 7-bit with CRLF, not dot-stuffed."""

    to: str
    message: bytes
    envelope_from: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one letter.

    `sent`: a server took it over. `deferred`: certainly not delivered, try later. `failed`:
    refused for good. `unknown`: the connection was lost after the letter and before the answer,
    so sending again might send twice. `stage` says how far it came: no connection (`connect`), the
    sender refused (`mail`), the receiver (`rcpt`), the letter before (`data`) or after it was
    handed over (`done`); `local` is our own refusal. `text` holds no address.
    """

    status: Status
    code: int
    text: str
    stage: Stage

    @property
    def is_sent(self) -> bool:
        """Whether a server took it over."""
        return self.status == "sent"


class Transport(Protocol):
    """Where letters leave the house."""

    async def open(self) -> None:
        """Makes ready; connects to nothing yet."""

    async def close(self) -> None:
        """Ends all connections; letters under way get their result first."""

    async def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Sends all, several at a time. One result each, in the order given; raises for none."""

    async def send_one(self, outgoing: Outgoing) -> Result:
        """Sends one ahead of batches under way. Raises for no refusal."""

    def describe(self) -> str:
        """One line for people, without credentials."""

    async def check(self) -> str:
        """Reaches the other side and describes it. Raises OSError when it cannot be reached."""


def without_addresses(text: str, to: str = "") -> str:
    """A server's words in one short line, with every address taken out."""
    line = _ADDRESS.sub("<address>", " ".join(text.split()))
    local = to.partition("@")[0]
    # Asked first, because compiling a pattern a letter costs more than sending it.
    if len(local) >= 3 and local.lower() in line.lower():
        line = re.sub(rf"(?i)\b{re.escape(local)}\b", "<name>", line)
    return "".join(each if each.isprintable() else "?" for each in line)[:MAX_TEXT]
