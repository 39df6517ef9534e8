"""Returned letters are read for what they say, and for whose they are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.mail.bounces import Bounce, classify, parse, verp_address, verp_token
from advocacy.settings import Settings

DOMAIN = "bounces.example.org"


def report(
    status: str, diagnostic: str, *, action: str = "failed", to: str = "advocacy@example.org"
) -> bytes:
    """A delivery report as RFC 3464 has it."""
    return f"""\
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your letter could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; amira@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {diagnostic}

--b
Content-Type: message/rfc822

Subject: hello

--b--
""".replace("\n", "\r\n").encode()


def read(raw: bytes) -> Bounce:
    """A bounce that must be one."""
    found = parse(raw)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "diagnostic", "kind", "reason"),
    [
        ("5.1.1", "550 5.1.1 <amira@example.org> User unknown", "hard", "unknown"),
        ("5.0.0", "550 No such user here", "hard", "unknown"),
        ("5.0.0", "550 5.1.10 Recipient not found", "hard", "unknown"),
        ("5.4.4", "Host unknown", "hard", "unknown"),
        ("5.2.2", "552 5.2.2 over quota", "soft", "full"),
        ("5.0.0", "552 Mailbox is full", "soft", "full"),
        ("5.7.1", "554 5.7.1 Message refused: listed", "other", "policy"),
        ("5.6.0", "554 5.6.0 Malformed", "other", "content"),
        ("5.0.0", "554 Something went wrong", "soft", "unclear"),
        ("4.4.1", "421 Connection timed out", "soft", "delayed"),
    ],
)
def test_a_report_is_classified(
    keyed: Settings, status: str, diagnostic: str, kind: str, reason: str
) -> None:
    bounce = read(report(status, diagnostic))
    assert (bounce.kind, bounce.reason) == (kind, reason)
    assert bounce.address == "amira@example.org"
    assert "amira" not in bounce.diagnostic


def test_a_delay_is_soft_whatever_it_says(keyed: Settings) -> None:
    bounce = read(report("5.1.1", "User unknown", action="delayed"))
    assert bounce.kind == "soft"


def test_a_bounce_without_a_report_is_read_from_its_words(keyed: Settings) -> None:
    raw = b"""From: MAILER-DAEMON@mx.example.org\r\nTo: advocacy@example.org\r
Subject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.example.org.\r
I'm afraid I wasn't able to deliver your message to the following addresses.\r
This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r
<amira@example.org>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r
--- Below this line is a copy of the message.\r\n\r\nSubject: hello\r\n"""
    bounce = read(raw)
    assert (bounce.kind, bounce.address, bounce.status) == ("hard", "amira@example.org", "5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"From: amira@example.org\r\nSubject: Re: hello\r\n\r\nThanks, user unknown was funny.\r\n",
        b"Auto-Submitted: auto-replied\r\nSubject: away\r\n\r\nI am away until Monday.\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n\r\n\xff\xfe",
    ],
)
def test_other_mail_is_no_bounce(keyed: Settings, raw: bytes) -> None:
    assert parse(raw) is None


@settings(deadline=None, max_examples=50)
@given(raw=st.binary(max_size=2000), cut=st.integers(0, 900))
def test_nothing_makes_the_reading_stumble(raw: bytes, cut: int) -> None:
    parse(raw)
    parse(report("5.1.1", "x")[:cut] + raw)


def test_a_return_path_names_its_delivery_and_cannot_be_forged(keyed: Settings) -> None:
    address = verp_address("12345", DOMAIN)
    assert verp_token(address, DOMAIN) == "12345"
    assert verp_token(address.upper(), DOMAIN) == "12345"
    assert len(address.partition("@")[0]) <= 64
    assert verp_token(address.replace("12345", "12346"), DOMAIN) is None
    assert verp_token(address, "elsewhere.example.org") is None
    assert verp_token("advocacy@example.org") is None
    assert verp_token(address + "\n") == "12345"
    for wrong in ("", "A", "a-b", "a@b", "x" * 25):
        with pytest.raises(ValueError, match="token"):
            verp_address(wrong, DOMAIN)


def test_a_bounce_finds_its_token_in_the_receiver(keyed: Settings) -> None:
    bounce = read(report("5.1.1", "User unknown", to=verp_address("77", DOMAIN)))
    assert bounce.token == "77"
    forged = read(report("5.1.1", "User unknown", to=f"b-77-aaaaaaaaaaaaaaaa@{DOMAIN}"))
    assert forged.token == ""


def test_words_and_status_are_weighed_together() -> None:
    assert classify("5.7.1", "user unknown") == ("hard", "unknown")
    assert classify("5.1.1", "mailbox full") == ("soft", "full")
    assert classify("4.2.2", "") == ("soft", "full")
    assert classify("", "") == ("soft", "unclear")
