"""A letter is a correct message whatever is put into it, and nothing can be smuggled in."""

import email.policy
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.mail.message import lines_of, new_message_id, to_bytes
from tests.advocacy.mail.letters import NOON, body, header, letter, name_in, read

UNSUBSCRIBE = "https://advocacy.example.org/u/abc-DEF_1.2~3"
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=400)
LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=250
)


def test_a_letter_has_text_and_html_and_every_header_it_needs() -> None:
    made = read(to_bytes(letter(language="fr", reply_to="chapter@example.org")))
    assert made.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
    assert made["From"] == "Advocacy <advocacy@example.org>"
    assert made["To"] == "Amira <amira@example.org>"
    assert made["Reply-To"] == "chapter@example.org"
    assert made["Message-ID"] == "<one@example.org>"
    assert parsedate_to_datetime(made["Date"]) == NOON
    assert made["Content-Language"] == "fr"
    assert made["MIME-Version"] == "1.0"
    assert not made.defects
    assert all(not part.defects for part in made.iter_parts())


def test_bulk_can_be_unsubscribed_from_with_one_click() -> None:
    made = read(to_bytes(letter(list_unsubscribe_url=UNSUBSCRIBE, list_id="ke.chapters.example")))
    assert made["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert made["List-Id"] == "<ke.chapters.example>"
    assert made["Auto-Submitted"] is None


def test_a_transactional_letter_says_that_a_machine_sent_it() -> None:
    made = read(to_bytes(letter()))
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["List-Unsubscribe"] is None


@pytest.mark.parametrize("field", ["to", "to_name", "from_addr", "from_name", "reply_to"])
@pytest.mark.parametrize("evil", ["\r\nBcc: x@example.org", "\nX: y", "\rX: y", "\0"])
def test_no_address_or_name_can_add_a_header(field: str, evil: str) -> None:
    good = getattr(letter(), field) or "a@example.org"
    with pytest.raises(ValueError, match=r"CR, LF or NUL|plain ASCII"):
        to_bytes(letter(**{field: good + evil}))


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hello\r\nBcc: x@example.org"},
        {"headers": {"X-Kind": "a\nb"}},
        {"headers": {"X-Kind\r\nBcc": "a"}},
        {"headers": {"Subject": "twice"}},
        {"headers": {"Reply-To": "x@example.org"}},
        {"message_id": "<a@b>\r\nX: y"},
        {"message_id": "no brackets"},
        {"language": "en\r\nX: y"},
        {"list_id": "a.b>\r\nX: y"},
        {"list_unsubscribe_url": "https://example.org/ \r\nX: y"},
        {"list_unsubscribe_url": "javascript:alert(1)"},
    ],
)
def test_no_other_field_can_add_a_header(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        to_bytes(letter(**change))


def test_an_address_that_is_not_ascii_is_refused_clearly() -> None:
    with pytest.raises(ValueError, match="plain ASCII"):
        to_bytes(letter(to="josé@example.org"))


@settings(deadline=None)
@given(subject=LINES, name=LINES, text=TEXTS, html=TEXTS)
def test_whatever_goes_in_comes_out_again(subject: str, name: str, text: str, html: str) -> None:
    raw = to_bytes(letter(subject=subject, to_name=name, text=text, html=html))
    made = read(raw)
    assert header(raw, "Subject") == " ".join(subject.split())
    assert name_in(raw) == " ".join(name.split())
    assert [each.addr_spec for each in made["To"].addresses] == ["amira@example.org"]
    assert body(made, "plain") == lines_of(text)
    assert body(made, "html") == lines_of(html)


@settings(deadline=None)
@given(subject=LINES, name=LINES, text=TEXTS)
def test_a_letter_is_safe_for_every_relay(subject: str, name: str, text: str) -> None:
    raw = to_bytes(letter(subject=subject, to_name=name, text=text))
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
    head, _blank, content = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 78 or b" " not in line.strip() for line in head.split(b"\r\n"))
    assert max(map(len, content.split(b"\r\n"))) <= 76


def test_the_standard_library_would_have_made_the_same_letter() -> None:
    given_letter = letter(
        subject="Ouvrir le point d’échange: une étape après l’autre",
        to_name="أميرة",
        text="مرحبا بكم في الفرع\n",
        html="<p>Prix: 10 € pour l’été</p>\n",
    )
    other = EmailMessage(policy=email.policy.SMTP)
    other["From"], other["To"] = "Advocacy <advocacy@example.org>", "أميرة <amira@example.org>"
    other["Subject"] = given_letter.subject
    other.set_content(given_letter.text, cte="base64")
    other.add_alternative(given_letter.html, subtype="html", cte="quoted-printable")
    made, theirs = read(to_bytes(given_letter)), read(other.as_bytes())
    for name in ("From", "To", "Subject"):
        assert str(made[name]) == str(theirs[name])
    for kind in ("plain", "html"):
        assert body(made, kind) == body(theirs, kind)


def test_a_long_subject_is_folded_and_comes_back_whole() -> None:
    for subject in ("word " * 60, "слово " * 60, "x" * 2000):
        raw = to_bytes(letter(subject=subject))
        assert read(raw)["Subject"] == subject.strip()


def test_dates_keep_their_zone_and_ids_are_never_the_same() -> None:
    made = read(to_bytes(letter(date=NOON + timedelta(hours=1))))
    assert made["Date"] == "Tue, 24 Nov 2026 13:00:05 +0000"
    assert len({new_message_id("example.org") for _each in range(100)}) == 100
