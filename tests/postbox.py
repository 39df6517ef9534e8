"""Letters as the receiver gets them: from the outbox folder or from a real SMTP server."""

import email
import email.policy
import re
import socket
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from advocacy.settings import Settings


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class SmtpSink:
    """An SMTP server on loopback that keeps what it accepts."""

    controller: Controller
    kept: list[bytes] = field(default_factory=list)

    @classmethod
    def start(cls) -> "SmtpSink":
        """Starts on a free port."""
        kept: list[bytes] = []

        class Keep:
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                kept.append(envelope.original_content)
                return "250 kept"

        controller = Controller(Keep(), hostname="127.0.0.1", port=_free_port())
        controller.start()
        return cls(controller, kept)

    @property
    def url(self) -> str:
        """As SMTP_URL."""
        return f"smtp://127.0.0.1:{self.controller.port}?starttls=no"

    def clear(self) -> None:
        """Forgets what was kept."""
        self.kept.clear()

    def stop(self) -> None:
        """Ends the server."""
        self.controller.stop()


@dataclass(frozen=True)
class Postbox:
    """What was sent in this test."""

    config: Settings
    sink: SmtpSink | None

    def letters(self) -> list[EmailMessage]:
        """Every letter, oldest first, parsed by the standard library."""
        if self.sink is not None:
            raw = list(self.sink.kept)
        else:
            folder = self.config.outbox_dir
            files = sorted(folder.rglob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
            raw = [path.read_bytes() for path in files]
        return [parse(each) for each in raw]

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to one address."""
        return [letter for letter in self.letters() if address in str(letter["to"])]


def parse(raw: bytes) -> EmailMessage:
    """A letter by the standard library."""
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def text_of(letter: EmailMessage) -> str:
    """The plain part."""
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part else ""


def links_in(letter: EmailMessage) -> list[str]:
    """Every address in the plain part."""
    return re.findall(r"https?://[^\s<>\"]+", text_of(letter))
