"""A letter comes back by SMTP: the inbound process marks its delivery, its person, its report."""

import asyncio
import smtplib
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage

import pytest

from advocacy import moment
from advocacy.mail import inbound
from advocacy.mail.bounces import verp_address
from advocacy.members.consent import still_mailable
from advocacy.members.models import Person
from advocacy.settings import Settings
from campaigns.mailings import tracking
from campaigns.mailings.models import Delivery, Mailing
from campaigns.reach import reports
from tests import story
from tests.browser.conftest import free_port

REPORT = """Content-Type: text/plain

Your message could not be delivered.
"""
STATUS = """Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; amina@example.org
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} No such user here
"""


def returned(status: str) -> bytes:
    """A delivery status notification as relays write them (RFC 3464)."""
    letter = EmailMessage()
    letter["From"] = "MAILER-DAEMON@mx.example.org"
    letter["To"] = "bounces@bounces.example.org"
    letter["Subject"] = "Undelivered Mail Returned to Sender"
    raw = letter.as_bytes().rstrip(b"\n") + b"\n"
    return (
        raw
        + (
            "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;"
            ' boundary="=_b"\n\n--=_b\n'
            f"{REPORT}\n--=_b\nContent-Type: message/delivery-status\n\n"
            f"{STATUS.format(status=status)}\n--=_b--\n"
        ).encode()
    )


@pytest.fixture
async def port(database: Settings) -> AsyncIterator[int]:
    """The inbound server of this installation on a free port."""
    chosen = replace(database, inbound_port=free_port())
    server = await inbound.start(chosen, tracking.take_inbound)
    yield chosen.inbound_port
    server.close()


async def send(port: int, to: str, message: bytes) -> int:
    """The code that the inbound server answers a mail with."""

    def talk() -> int:
        with smtplib.SMTP("127.0.0.1", port) as relay:
            relay.ehlo()
            relay.mail("")
            code, _text = relay.rcpt(to)
            return code if code != 250 else relay.data(message)[0]

    return await asyncio.to_thread(talk)


async def sent_delivery() -> Delivery:
    """A letter that went out to Amina of Kenya."""
    world = await story.tell()
    now = moment.now()
    await Mailing.filter(id=world.mailing.id).update(
        state="sent", audience_size=1, started_at=now, finished_at=now
    )
    return await Delivery.create(
        mailing=world.mailing,
        person=world.members[0],
        text_language="en",
        status="sent",
        sent_at=now,
    )


async def test_a_hard_bounce_marks_delivery_person_and_report(
    database: Settings, port: int
) -> None:
    delivery = await sent_delivery()
    mailing = await Mailing.get(id=delivery.mailing_id).select_related("campaign")
    assert mailing.campaign is not None
    assert (await reports.of(mailing.campaign)).totals["reached"] == 1
    to = verp_address(str(delivery.id), database.bounce_domain)
    assert await send(port, to, returned("5.1.1")) == 250
    assert (await Delivery.get(id=delivery.id)).status == "bounced"
    assert (await Person.get(id=delivery.person_id)).deliverability == "bounced"
    assert await still_mailable(mailing.chapter_id, [delivery.person_id]) == set()
    report = await reports.of(mailing.campaign)
    assert report.totals["reached"] == 0, "a returned letter reached nobody"
    assert report.mailings[0]["bounced"] == 1
    assert await send(port, to, returned("5.1.1")) == 250, "the same report twice is harmless"


async def test_a_soft_bounce_leaves_the_person_reachable(database: Settings, port: int) -> None:
    delivery = await sent_delivery()
    mailing = await Mailing.get(id=delivery.mailing_id)
    to = verp_address(str(delivery.id), database.bounce_domain)
    assert await send(port, to, returned("4.2.2")) == 250
    assert await still_mailable(mailing.chapter_id, [delivery.person_id]) == {delivery.person_id}


async def test_forged_return_paths_and_other_addresses_are_refused(
    database: Settings, port: int
) -> None:
    delivery = await sent_delivery()
    good = verp_address(str(delivery.id), database.bounce_domain)
    forged = good.split("@")[0].replace(str(delivery.id), str(delivery.id + 1), 1)
    for to in ("lead@bounces.example.org", f"{forged}@bounces.example.org", "x@example.net"):
        assert await send(port, to, returned("5.1.1")) == 550
    assert (await Delivery.get(id=delivery.id)).status == "sent"
