"""A filled skeleton is the letter that would have been made one by one, only sooner."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.mail.message import to_bytes
from advocacy.mail.skeleton import Skeleton, fields_in, mark, merged
from tests.advocacy.mail.letters import NOON, body, letter, read

UNSUBSCRIBE = "https://advocacy.example.org/u/{}"
PIECES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=120)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60
)
FIELDS = st.sampled_from(["given_name", "link_1", "chapter"])
WITH_FIELDS = st.lists(st.one_of(PIECES, FIELDS.map(mark)), max_size=8).map("".join)
VALUES = st.fixed_dictionaries({"given_name": PIECES, "link_1": PIECES, "chapter": PIECES})


def skeleton(**changes: object) -> Skeleton:
    """A bulk letter with a field in each place."""
    values: dict[str, object] = {
        "subject": f"{mark('given_name')}, please sign",
        "text": f"Dear {mark('given_name')},\n\n{mark('link_1')}\n",
        "html": f'<p>Dear {mark("given_name")}</p><a href="{mark("link_1")}">Sign</a>',
        "list_unsubscribe_url": UNSUBSCRIBE.format("example"),
    }
    return Skeleton(letter(**{**values, **changes}))


@settings(deadline=None)
@given(
    subject=st.lists(st.one_of(NAMES, st.just(mark("given_name")))).map("".join),
    text=WITH_FIELDS,
    html=WITH_FIELDS,
    values=VALUES,
    name=NAMES,
    given_name=NAMES,
)
def test_a_filled_skeleton_reads_like_the_letter_made_one_by_one(
    subject: str, text: str, html: str, values: dict[str, str], name: str, given_name: str
) -> None:
    bones = skeleton(subject=subject, text=text, html=html)
    receiver = {
        "to": "bo@example.org",
        "to_name": name,
        "message_id": "<two@example.org>",
        "date": NOON + timedelta(seconds=3),
        "list_unsubscribe_url": UNSUBSCRIBE.format("bo"),
        "values": {**values, "given_name": given_name},
    }
    filled = bones.fill(**receiver)  # type: ignore[arg-type]
    single = to_bytes(bones.letter_for(**receiver))  # type: ignore[arg-type]
    first, second = read(filled), read(single)
    assert sorted((k, str(v)) for k, v in first.items()) == sorted(
        (k, str(v)) for k, v in second.items()
    )
    for kind in ("plain", "html"):
        assert body(first, kind) == body(second, kind)
    assert filled.isascii()
    assert filled.count(b"\r\n") == filled.count(b"\r") == filled.count(b"\n")
    content = filled.partition(b"\r\n\r\n")[2]
    assert max(map(len, content.split(b"\r\n"))) <= 76


def test_a_value_is_escaped_in_html_and_not_in_text() -> None:
    filled = read(
        skeleton().fill(
            to="bo@example.org",
            message_id="<two@example.org>",
            date=NOON,
            list_unsubscribe_url=UNSUBSCRIBE.format("bo"),
            values={"given_name": "<b>Bo & Co</b>", "link_1": 'https://x.example/?a=1&b="'},
        )
    )
    assert "Dear <b>Bo & Co</b>," in body(filled, "plain")
    assert "&lt;b&gt;Bo &amp; Co&lt;/b&gt;" in body(filled, "html")
    assert 'href="https://x.example/?a=1&amp;b=&quot;"' in body(filled, "html")
    assert filled["Subject"] == "<b>Bo & Co</b>, please sign"
    assert filled["List-Unsubscribe"] == f"<{UNSUBSCRIBE.format('bo')}>"


def test_a_value_cannot_hold_a_field_of_its_own() -> None:
    filled = merged(f"Dear {mark('given_name')}", {"given_name": mark("link_1"), "link_1": "x"})
    assert filled == f"Dear {mark('link_1')}"


@pytest.mark.parametrize(
    "change",
    [
        {"to": "bo@example.org\r\nBcc: x@example.org"},
        {"to_name": "Bo\nX: y"},
        {"message_id": "<a@b>\nX: y"},
        {"list_unsubscribe_url": "https://x.example/\nX: y"},
        {"list_unsubscribe_url": ""},
        {"values": {"given_name": "Bo\nX: y", "link_1": ""}},
    ],
)
def test_nothing_filled_in_can_add_a_header(change: dict[str, object]) -> None:
    receiver: dict[str, object] = {
        "to": "bo@example.org",
        "message_id": "<two@example.org>",
        "date": NOON,
        "list_unsubscribe_url": UNSUBSCRIBE.format("bo"),
        "values": {"given_name": "Bo", "link_1": ""},
    }
    with pytest.raises(ValueError):
        skeleton().fill(**{**receiver, **change})  # type: ignore[arg-type]


def test_a_missing_value_is_an_error_and_fields_are_known_beforehand() -> None:
    bones = skeleton()
    assert bones.fields == ["given_name", "link_1"] == fields_in(bones.letter.html)
    with pytest.raises(KeyError):
        bones.fill(
            to="bo@example.org",
            message_id="<two@example.org>",
            date=NOON,
            list_unsubscribe_url=UNSUBSCRIBE.format("bo"),
        )
    for wrong in ("Given", "given name", "_a", "a__b", ""):
        with pytest.raises(ValueError, match="merge field"):
            mark(wrong)


def test_scripts_beyond_ascii_are_filled_the_same_way() -> None:
    bones = skeleton(text="مرحبا " * 50 + mark("given_name"), subject="مرحبا")
    receiver = {"to": "bo@example.org", "message_id": "<two@example.org>", "date": NOON}
    filled = bones.fill(
        **receiver,  # type: ignore[arg-type]
        list_unsubscribe_url=UNSUBSCRIBE.format("bo"),
        values={"given_name": "أميرة", "link_1": "x"},
    )
    assert body(read(filled), "plain") == "مرحبا " * 50 + "أميرة\n"
    assert replace(bones.letter, text="").subject == read(filled)["Subject"]
