"""The one place that looks at SMTP_URL: a relay where it is set, a folder where it is not."""

import asyncio
import ipaddress
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from advocacy import moment
from advocacy.errors import Misconfigured
from advocacy.mail.outgoing import Outgoing, Result, Transport
from advocacy.mail.relay import Server, SmtpTransport
from advocacy.mail.wire import refuse
from advocacy.settings import Settings

__all__ = ["FolderTransport", "Outgoing", "Result", "SmtpTransport", "Transport", "make_transport"]

_START_TLS = {"auto": None, "required": True, "no": False}
_OPTIONS = {"starttls", "cafile"}


def make_transport(config: Settings) -> Transport:
    """The transport that the settings ask for. Raises Misconfigured for an unreadable SMTP_URL."""
    if config.is_embedded_mail:
        return FolderTransport(config.outbox_dir)
    server = parse_server(config.smtp_url, greeting=_greeting(config.base_url))
    return SmtpTransport(server, connections=config.smtp_connections)


def parse_server(url: str, *, greeting: str = "localhost") -> Server:
    """`smtp://user:pass@host:25?starttls=auto|required|no` or `smtps://host:465`.

    With a password encryption is required unless the host is this machine or `starttls=no`
    says otherwise. `auto` encrypts where offered without checking who answers; `required` and
    `smtps` check the certificate, against `cafile=` where given.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (465 if parts.scheme == "smtps" else 25)
    except ValueError as wrong:
        raise Misconfigured("SMTP_URL has a port that is not a number") from wrong
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise Misconfigured("SMTP_URL must look like smtp://user:password@host:587")
    if set(options) - _OPTIONS or options.get("starttls", "auto") not in _START_TLS:
        raise Misconfigured("SMTP_URL takes starttls=auto, required or no, and cafile=")
    start_tls = _START_TLS[options.get("starttls", "auto")]
    if "starttls" not in options and parts.username and not _is_here(parts.hostname):
        start_tls = True
    return Server(
        host=parts.hostname,
        port=port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
        tls=parts.scheme == "smtps",
        start_tls=start_tls,
        verify=parts.scheme == "smtps" or start_tls is True,
        ca_file=options.get("cafile"),
        greeting=greeting,
    )


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _greeting(base_url: str) -> str:
    host = urlsplit(base_url).hostname or "localhost"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"


class FolderTransport:
    """Writes each letter as a file: the embedded default.

    A file appears whole or not at all, whenever the process dies. A power cut may lose the last
    few: making each one durable would cost more than all the rest of a mailing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def open(self) -> None:
        """Makes the folder."""
        await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)

    async def close(self) -> None:
        """Nothing is open."""

    async def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        """Writes all, in the order given."""
        return await asyncio.to_thread(self._write_all, batch)

    async def send_one(self, outgoing: Outgoing) -> Result:
        """Writes one."""
        return (await self.send([outgoing]))[0]

    def describe(self) -> str:
        """One line for people."""
        return f"letters are files in {self.folder}, to be read at /inbox"

    async def check(self) -> str:
        """Writes and removes a file. Raises OSError where it cannot."""

        def probe() -> None:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f".probe-{secrets.token_hex(8)}"
            path.write_bytes(b"")
            path.unlink()

        await asyncio.to_thread(probe)
        return self.describe()

    def _write_all(self, batch: Sequence[Outgoing]) -> list[Result]:
        # A folder an hour keeps listings short when a mailing leaves a hundred thousand files.
        hour = self.folder / moment.now().strftime("%Y%m%dT%H")
        try:
            hour.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            return [_not_written(failure)] * len(batch)
        return [self._write(hour, outgoing) for outgoing in batch]

    def _write(self, hour: Path, outgoing: Outgoing) -> Result:
        if refusal := refuse(outgoing):
            return refusal
        name = f"{moment.now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(6)}"
        draft = hour / f"{name}.part"
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(outgoing.message)
            os.rename(draft, hour / f"{name}.eml")
        except OSError as failure:
            draft.unlink(missing_ok=True)
            return _not_written(failure)
        return Result("sent", 250, "kept as a file", "done")


def _not_written(failure: OSError) -> Result:
    return Result("deferred", 452, f"not written: {os.strerror(failure.errno or 0)}", "local")
