"""The embedded outbox: newest first, a page at a time, and nothing outside it."""

from pathlib import Path

import pytest

from advocacy.errors import NotFound
from advocacy.mail import outbox
from advocacy.mail.message import to_bytes
from advocacy.mail.outgoing import Outgoing
from advocacy.mail.transport import FolderTransport
from tests.advocacy.mail.letters import letter


async def fill(folder: Path, count: int) -> None:
    """Writes letters one after another."""
    way = FolderTransport(folder)
    for number in range(count):
        made = letter(
            subject=f"Letter {number}",
            text="See https://example.org/a?b=1&c=2 now\n",
            html='<a href="https://example.org/z?b=1&amp;c=2">x</a><a href="javascript:x">y</a>',
        )
        await way.send_one(Outgoing(made.to, to_bytes(made)))


async def test_letters_are_listed_newest_first_and_paged(tmp_path: Path) -> None:
    await fill(tmp_path, 7)
    first = outbox.listing(tmp_path, limit=4)
    assert [each.subject for each in first] == [f"Letter {n}" for n in (6, 5, 4, 3)]
    rest = outbox.listing(tmp_path, limit=4, before=first[-1].id)
    assert [each.subject for each in rest] == ["Letter 2", "Letter 1", "Letter 0"]
    assert outbox.listing(tmp_path, before=rest[-1].id) == []
    assert outbox.listing(tmp_path / "none") == []
    assert outbox.listing(tmp_path, before="../..") == []


async def test_a_letter_is_opened_with_its_parts_and_links(tmp_path: Path) -> None:
    await fill(tmp_path, 1)
    (listed,) = outbox.listing(tmp_path)
    opened = outbox.read(tmp_path, listed.id)
    assert opened.to == "Amira <amira@example.org>"
    assert opened.text == "See https://example.org/a?b=1&c=2 now\n"
    assert opened.html.startswith("<a href=")
    assert opened.links == ["https://example.org/a?b=1&c=2", "https://example.org/z?b=1&c=2"]
    assert ("Auto-Submitted", "auto-generated") in opened.headers


@pytest.mark.parametrize(
    "letter_id",
    [
        "../../secret",
        "20261124T120000000000-abcdefabcdef",
        "20261124T120000000000-abcdefabcdef/../../x",
        "20261124T120000000000-abcdefabcdef\n",
        "",
        "\0",
    ],
)
async def test_nothing_outside_the_folder_can_be_read(tmp_path: Path, letter_id: str) -> None:
    (tmp_path / "secret.eml").write_text("Subject: secret\n\n")
    with pytest.raises(NotFound):
        outbox.read(tmp_path / "outbox", letter_id)


async def test_rubbish_in_the_folder_is_passed_over(tmp_path: Path) -> None:
    await fill(tmp_path, 1)
    (hour,) = tmp_path.iterdir()
    (hour / "notes.txt").write_text("x")
    (hour / "20261124T120000000000-abcdefabcdef.part").write_text("x")
    (hour / "99991231T230000000000-abcdefabcdef.eml").write_bytes(b"\xff\x00 no letter at all")
    assert [each.subject for each in outbox.listing(tmp_path)] == ["Letter 0"]
