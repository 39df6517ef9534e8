"""The inbound process takes bounces for our return paths, loses none, and logs no address."""

import asyncio
import logging
import smtplib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from advocacy.mail import inbound
from advocacy.mail.bounces import verp_address
from advocacy.mail.inbound import InboundMail
from advocacy.settings import Settings
from tests.advocacy.mail.test_bounces import DOMAIN, report
from tests.servers import free_port

Talk = Callable[[smtplib.SMTP], Any]


async def talk(config: Settings, handle: inbound.Handle, say: Talk) -> Any:
    """Runs the inbound process while a client says something to it."""
    stop = asyncio.Event()
    here = replace(config, inbound_port=free_port())
    process = asyncio.create_task(inbound.serve(here, handle, stop))

    def client() -> Any:
        with smtplib.SMTP("127.0.0.1", here.inbound_port, timeout=5) as connection:
            return say(connection)

    try:
        await asyncio.sleep(0.1)
        return await asyncio.to_thread(client)
    finally:
        stop.set()
        await process


async def keep_nothing(mail: InboundMail) -> None:
    """A handler for mails that must not come."""
    raise AssertionError("A mail came through")


async def test_a_bounce_comes_through_with_its_token(
    keyed: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    kept: list[InboundMail] = []

    async def handle(mail: InboundMail) -> None:
        kept.append(mail)

    caplog.set_level(logging.INFO)
    path = verp_address("42", DOMAIN)
    raw = report("5.1.1", "User unknown", to=path)
    await talk(keyed, handle, lambda smtp: smtp.sendmail("", [path], raw))
    (mail,) = kept
    assert mail.token == "42"
    assert mail.bounce is not None
    assert mail.bounce.kind == "hard"
    assert mail.message == raw
    assert "amira" not in caplog.text
    assert path not in caplog.text


async def test_nothing_is_taken_for_other_addresses(keyed: Settings) -> None:
    def say(smtp: smtplib.SMTP) -> list[int]:
        smtp.ehlo()
        smtp.mail("")
        forged = verp_address("42", DOMAIN).replace("42", "43")
        foreign = verp_address("42", "elsewhere.example.org")
        receivers = ("amira@example.org", forged, foreign, "postmaster")
        return [smtp.rcpt(each)[0] for each in receivers]

    codes = await talk(keyed, keep_nothing, say)
    assert all(500 <= code < 600 for code in codes)


async def test_what_cannot_be_handled_now_stays_with_the_sender(keyed: Settings) -> None:
    async def handle(mail: InboundMail) -> None:
        raise ConnectionError("the database is away")

    def say(smtp: smtplib.SMTP) -> int:
        path = verp_address("42", DOMAIN)
        with pytest.raises(smtplib.SMTPDataError) as caught:
            smtp.sendmail("", [path], report("5.1.1", "User unknown"))
        return int(caught.value.smtp_code)

    assert await talk(keyed, handle, say) == 451


async def test_a_mail_without_measure_is_refused(keyed: Settings) -> None:
    def say(smtp: smtplib.SMTP) -> int:
        path = verp_address("42", DOMAIN)
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPSenderRefused)) as caught:
            smtp.sendmail("", [path], b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 20_000)
        return int(caught.value.smtp_code)

    assert await talk(keyed, keep_nothing, say) == 552
