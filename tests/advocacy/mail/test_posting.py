"""Transactional letters: rendered in a language, posted, and retried only where that helps."""

from pathlib import Path

import pytest

from advocacy.errors import Misconfigured
from advocacy.mail import posting
from advocacy.mail.posting import NotPosted
from advocacy.mail.transport import FolderTransport, SmtpTransport
from advocacy.settings import Settings, load
from tests.advocacy.mail.letters import letter
from tests.advocacy.mail.relays import Relay, running
from tests.conftest import Ground
from tests.postbox import Postbox, links_in

SIGN_IN = {"path": "/sign-in/abc", "minutes": 15}


async def test_a_letter_of_a_template_arrives(database: Settings, ground: Ground) -> None:
    await posting.open_posting(database)
    try:
        for locale in ("en", "fr", "ar"):
            result = await posting.post_letter(
                "sign_in",
                to=f"{locale}@example.org",
                to_name="Amira",
                locale=locale,
                context=SIGN_IN,
            )
            assert result.is_sent
    finally:
        await posting.close_posting()
    post = Postbox(database, ground.smtp)
    (english,) = post.to("en@example.org")
    assert english["From"] == "Advocacy <advocacy@example.org>"
    assert english["Auto-Submitted"] == "auto-generated"
    assert links_in(english) == ["http://testserver/sign-in/abc"]
    assert post.to("ar@example.org")[0]["Content-Language"] == "ar"


async def test_the_transport_follows_the_settings(config: Settings, ground: Ground) -> None:
    with pytest.raises(RuntimeError):
        posting.get_transport()
    await posting.open_posting(config)
    kind = SmtpTransport if ground.smtp else FolderTransport
    assert isinstance(posting.get_transport(), kind)
    assert await posting.check_posting()
    await posting.close_posting()


async def post_through(relay: Relay, folder: Path) -> None:
    """Posts one letter through a relay."""
    async with running(relay):
        url = f"smtp://127.0.0.1:{relay.port}"
        config = load({"SMTP_URL": url, "SECRET_KEY": "k" * 32, "VAR": str(folder)})
        await posting.open_posting(config)
        try:
            await posting.post(letter())
        finally:
            await posting.close_posting()


async def test_a_refusal_for_now_is_raised_so_that_the_task_tries_again(tmp_path: Path) -> None:
    with pytest.raises(NotPosted, match=r"451 4\.7\.1 <address> greylisted"):
        await post_through(Relay(rcpt=lambda address: f"451 4.7.1 {address} greylisted"), tmp_path)


async def test_a_refusal_for_good_is_not_tried_again(tmp_path: Path) -> None:
    relay = Relay(rcpt=lambda _address: "550 5.1.1 unknown")
    await post_through(relay, tmp_path)
    assert not relay.kept


@pytest.mark.parametrize("sender", ["Advocacy", "Advocacy <nowhere>", "<a@b@c>"])
async def test_a_sender_that_is_no_address_is_refused_at_start(sender: str, tmp_path: Path) -> None:
    config = load({"MAIL_FROM": sender, "SECRET_KEY": "k" * 32, "VAR": str(tmp_path)})
    with pytest.raises(Misconfigured, match="MAIL_FROM"):
        await posting.open_posting(config)
