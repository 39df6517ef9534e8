"""The `inbound` process: takes mail by SMTP for our return paths and for nothing else."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP

from advocacy.mail.bounces import Bounce, parse, verp_token
from advocacy.settings import Settings

MAX_SIZE = 1024 * 1024
MAX_RECEIVERS = 10
PATIENCE = 60
LAST_WORDS = 10

log = structlog.get_logger("advocacy.mail")


@dataclass(frozen=True, slots=True)
class InboundMail:
    """A mail to one of our return paths. `bounce` is None where it is not a returned letter."""

    token: str
    message: bytes
    bounce: Bounce | None


Handle = Callable[[InboundMail], Awaitable[None]]


async def serve(config: Settings, handle: Handle, stop: asyncio.Event) -> None:
    """Listens on `inbound_host:inbound_port` until `stop` is set.

    A mail is accepted when `handle` has returned for each of its return paths; when it raises,
    the sender is told to try again later. Handling one mail twice must therefore be harmless.
    """
    server = await start(config, handle)
    log.info("inbound listens", port=config.inbound_port, domain=config.bounce_domain)
    try:
        await stop.wait()
    finally:
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await server.wait_closed()


async def start(config: Settings, handle: Handle) -> asyncio.Server:
    """Starts listening and returns at once."""
    # aiosmtpd would write every address into the log.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    session = partial(
        SMTP,
        _Reception(config.bounce_domain, handle),
        data_size_limit=MAX_SIZE,
        enable_SMTPUTF8=False,
        hostname=config.bounce_domain or "localhost",
        ident="ready",
        timeout=PATIENCE,
    )
    loop = asyncio.get_running_loop()
    return await loop.create_server(session, config.inbound_host, config.inbound_port)


class _Reception:
    """What aiosmtpd asks during a session; the names of its methods are aiosmtpd's."""

    def __init__(self, domain: str, handle: Handle) -> None:
        self.domain = domain
        self.handle = handle

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if verp_token(address, self.domain) is None:
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= MAX_RECEIVERS:
            return "452 4.5.3 Too many receivers"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        tokens = {verp_token(address, self.domain) for address in envelope.rcpt_tos}
        content: bytes = envelope.original_content or b""
        bounce = await asyncio.to_thread(parse, content)
        try:
            for token in sorted(filter(None, tokens)):
                await self.handle(InboundMail(token, content, bounce))
        except Exception as failure:
            log.error("bounce not taken", failure=type(failure).__name__)
            return "451 4.3.0 Cannot take it now, try again later"
        log.info("bounce taken", kind=bounce.kind if bounce else "none")
        return "250 2.0.0 Taken"

    async def handle_exception(self, error: Exception) -> str:
        log.error("inbound session failed", failure=type(error).__name__)
        return "451 4.3.0 Try again later"
