"""Transactional letters, one at a time, and the transport that this process sends through."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

import structlog

from advocacy import moment
from advocacy.errors import Misconfigured
from advocacy.mail import discretion
from advocacy.mail.addresses import well_formed
from advocacy.mail.message import Letter, new_message_id, to_bytes
from advocacy.mail.outgoing import Outgoing, Result, Transport
from advocacy.mail.transport import make_transport
from advocacy.render import templates
from advocacy.settings import Settings

log = structlog.get_logger("advocacy.mail")


class NotPosted(Exception):
    """A letter was not taken over for now; the task that posts it should try again."""


class _Office:
    def __init__(self, transport: Transport, sender: tuple[str, str]) -> None:
        self.transport = transport
        self.sender = sender


_office: _Office | None = None


async def open_posting(config: Settings) -> None:
    """Opens the transport of this process. Raises Misconfigured for unusable settings."""
    global _office
    await close_posting()
    office = _Office(make_transport(config), sender_of(config))
    await office.transport.open()
    _office = office


async def close_posting() -> None:
    """Closes the transport when letters under way have got their result."""
    global _office
    office, _office = _office, None
    if office is not None:
        await office.transport.close()


async def check_posting() -> str:
    """Reaches the relay, or writes into the folder, and describes it. Raises OSError."""
    return await get_transport().check()


def get_transport() -> Transport:
    """The open transport. Raises RuntimeError when there is none."""
    return _open_office().transport


def sender_of(config: Settings) -> tuple[str, str]:
    """Name and address of headquarters as a sender. Raises Misconfigured."""
    name, address = parseaddr(config.mail_from)
    if not well_formed(address):
        raise Misconfigured("MAIL_FROM must look like Name <name@example.org>")
    return name, address


async def post_letter(
    name: str,
    *,
    to: str,
    locale: str,
    context: Mapping[str, Any],
    to_name: str = "",
    reply_to: str = "",
    discreet: bool = False,
) -> Result:
    """Renders `templates/email/<name>/` and posts it from headquarters.

    A `discreet` letter, or one to an address that has to be treated so, shows neither subject nor
    sender in a list of letters. Raises NotPosted when a retry may help. A refusal for good is
    logged and returned.
    """
    from_name, from_addr = _open_office().sender
    values, neutral = dict(context), ""
    if discreet or await discretion.is_due(to):
        from_name, neutral = "", discretion.subject(locale)
        values["preheader"] = discretion.preview(locale)
    subject, text, html = templates.render_email(name, locale, values, subject=neutral)
    letter = Letter(
        to=to,
        to_name=to_name,
        from_addr=from_addr,
        from_name=from_name,
        reply_to=reply_to,
        subject=subject,
        text=text,
        html=html,
        language=locale,
        message_id=new_message_id(from_addr.rpartition("@")[2]),
        date=moment.now(),
    )
    return await post(letter, kind=name)


async def post(letter: Letter, kind: str = "letter") -> Result:
    """Posts a finished letter ahead of mailings under way. Raises NotPosted when it was not taken.

    An unclear outcome counts as not taken: a second sign-in link does less harm than none.
    """
    outgoing = Outgoing(letter.to, to_bytes(letter), letter.envelope_from or letter.from_addr)
    result = await get_transport().send_one(outgoing)
    facts = {"kind": kind, "status": result.status, "code": result.code, "stage": result.stage}
    if result.is_sent:
        log.info("letter posted", **facts)
    else:
        log.warning("letter not posted", **facts)
    if result.status in ("deferred", "unknown"):
        raise NotPosted(f"{result.code} {result.text}")
    return result


def _open_office() -> _Office:
    if _office is None:
        raise RuntimeError("The post is not open")
    return _office
