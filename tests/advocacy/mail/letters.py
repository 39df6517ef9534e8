"""Letters for the tests of this folder, and the standard library's reading of them."""

import email
import email.policy
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, cast

from advocacy.mail.message import Letter
from advocacy.mail.outgoing import Outgoing

NOON = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)


def letter(**changes: Any) -> Letter:
    """A plain letter with some fields changed."""
    values: dict[str, Any] = {
        "to": "amira@example.org",
        "to_name": "Amira",
        "from_addr": "advocacy@example.org",
        "from_name": "Advocacy",
        "subject": "Open the exchange",
        "text": "Dear Amira,\n\nplease sign.\n",
        "html": "<p>Dear Amira, please sign.</p>\n",
        "message_id": "<one@example.org>",
        "date": NOON,
    }
    return Letter(**{**values, **changes})


def outgoing(to: str = "amira@example.org", body: str = "Hello\r\n", **changes: Any) -> Outgoing:
    """A tiny letter in its envelope."""
    raw = f"Subject: hello\r\nTo: {to}\r\n\r\n{body}".encode()
    values: dict[str, Any] = {"message": raw, "envelope_from": "advocacy@example.org", **changes}
    return Outgoing(to, **values)


def read(raw: bytes) -> EmailMessage:
    """Parsed by the standard library."""
    return cast(EmailMessage, email.message_from_bytes(raw, policy=cast(Any, email.policy.default)))


def body(message: EmailMessage, kind: str) -> str:
    """The text of the plain or html alternative with LF line ends."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def header(raw: bytes, name: str) -> str:
    """A header decoded as RFC 2047 says; the newer parser of 3.11 tears long names apart."""
    value = email.message_from_bytes(raw)[name].replace("\r\n", "")
    return str(make_header(decode_header(value)))


def name_in(raw: bytes) -> str:
    """The receiver's name as a mail program shows it."""
    phrase, _address = parseaddr(email.message_from_bytes(raw)["To"].replace("\r\n", ""))
    return str(make_header(decode_header(phrase)))
