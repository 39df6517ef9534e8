"""SMTP_URL is read in one place: plain, encrypted, signed in, or a folder."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from aiosmtpd.smtp import Envelope as Taken
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from advocacy.errors import Misconfigured
from advocacy.mail.outgoing import without_addresses
from advocacy.mail.relay import SmtpTransport
from advocacy.mail.transport import FolderTransport, make_transport, parse_server
from advocacy.settings import load
from tests.advocacy.mail.letters import outgoing, read
from tests.servers import free_port


def test_a_url_says_where_and_how() -> None:
    server = parse_server("smtp://ann:p%40ss@relay.example.org:587")
    assert (server.host, server.port) == ("relay.example.org", 587)
    assert (server.username, server.password) == ("ann", "p@ss")
    assert server.start_tls is True
    assert server.verify
    assert parse_server("smtp://relay.example.org").start_tls is None
    assert parse_server("smtp://ann:x@127.0.0.1:25").start_tls is None
    assert parse_server("smtp://ann:x@relay.example.org?starttls=no").start_tls is False
    secure = parse_server("smtps://relay.example.org")
    assert (secure.port, secure.tls, secure.verify) == (465, True, True)


@pytest.mark.parametrize(
    "url",
    [
        "http://relay.example.org",
        "smtp://",
        "smtp://relay:port",
        "smtp://relay?starttls=maybe",
        "smtp://relay?tls=1",
        "smtp://relay/path",
    ],
)
def test_an_unreadable_url_is_refused_without_showing_the_password(url: str) -> None:
    with pytest.raises(Misconfigured, match="SMTP_URL") as caught:
        parse_server(url)
    assert "relay" not in str(caught.value)


def test_a_description_holds_no_password(tmp_path: Path) -> None:
    url = "smtp://ann:secret@relay.example.org:587"
    config = load({"SMTP_URL": url, "VAR": str(tmp_path), "SECRET_KEY": "k" * 32})
    shown = make_transport(config).describe()
    assert shown == "SMTP relay relay.example.org:587 (STARTTLS, signed in)"


class Mailbox:
    """An aiosmtpd handler that keeps what it takes."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Taken) -> str:
        """Takes everything."""
        self.kept.append(envelope.original_content or b"")
        return "250 taken"


def certificate(folder: Path) -> Path:
    """A self-signed certificate for localhost, with its key, in one file; alone in another."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    (folder / "cert.pem").write_bytes(made)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "relay.pem").write_bytes(secret + made)
    return folder / "relay.pem"


async def send_secured(
    folder: Path, query: str, *, scheme: str = "smtp", user: str = "ann:right"
) -> tuple[list[bytes], Any]:
    """Sends three letters to a server that wants encryption and a password."""
    pem = certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)

    def sign_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        is_right = (data.login, data.password) == (b"ann", b"right")
        return AuthResult(success=is_right, handled=False)

    mailbox = Mailbox()
    secured = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context}
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=sign_in,
        auth_required=True,
        auth_require_tls=scheme == "smtp",
        require_starttls=scheme == "smtp",
        **secured,
    )
    controller.start()
    url = f"{scheme}://{user}@localhost:{controller.port}{query.format(folder / 'cert.pem')}"
    way = SmtpTransport(parse_server(url), connections=2)
    await way.open()
    try:
        return mailbox.kept, await way.send([outgoing() for _each in range(3)])
    finally:
        await way.close()
        controller.stop()


@pytest.mark.parametrize("query", ["", "?starttls=auto", "?starttls=required&cafile={}"])
async def test_letters_go_encrypted_and_signed_in(tmp_path: Path, query: str) -> None:
    kept, results = await send_secured(tmp_path, query)
    assert {each.status for each in results} == {"sent"}
    assert read(kept[0])["Subject"] == "hello"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_letters_go_over_a_connection_that_is_encrypted_from_the_start(
    tmp_path: Path,
) -> None:
    kept, results = await send_secured(tmp_path, "?cafile={}", scheme="smtps")
    assert {each.status for each in results} == {"sent"}
    assert len(kept) == 3


async def test_a_relay_that_cannot_prove_who_it_is_gets_nothing(tmp_path: Path) -> None:
    kept, results = await send_secured(tmp_path, "?starttls=required")
    assert {each.status for each in results} == {"deferred"}
    assert not kept


async def test_a_wrong_password_defers_and_says_so(tmp_path: Path) -> None:
    kept, results = await send_secured(tmp_path, "", user="ann:wrong")
    assert {each.status for each in results} == {"deferred"}
    assert "535" in results[0].text
    assert not kept


async def test_a_folder_keeps_whole_letters_only(tmp_path: Path) -> None:
    way = FolderTransport(tmp_path / "outbox")
    await way.open()
    results = await way.send([outgoing(f"p{n}@example.org") for n in range(50)])
    assert {each.status for each in results} == {"sent"}
    files = list((tmp_path / "outbox").rglob("*"))
    letters = [each for each in files if each.is_file()]
    assert len(letters) == 50
    assert all(each.suffix == ".eml" for each in letters)
    assert (await way.send_one(outgoing("no address"))).status == "failed"
    assert "/inbox" in await way.check()


async def test_a_folder_that_cannot_be_written_defers(tmp_path: Path) -> None:
    blocked = tmp_path / "outbox"
    blocked.write_text("a file where the folder should be")
    results = await FolderTransport(blocked).send([outgoing(), outgoing()])
    assert {each.status for each in results} == {"deferred"}
    with pytest.raises(OSError, match="outbox"):
        await FolderTransport(blocked).check()
    assert os.listdir(tmp_path) == ["outbox"]


def test_a_servers_words_are_kept_without_addresses() -> None:
    words = "5.1.1 <amira.k@example.org>: user amira.k unknown\r\n in table"
    assert without_addresses(words, "amira.k@example.org") == (
        "5.1.1 <address>: user <name> unknown in table"
    )
    assert len(without_addresses("x" * 500)) == 160
    assert without_addresses("a\x1b[31mb") == "a?[31mb"
