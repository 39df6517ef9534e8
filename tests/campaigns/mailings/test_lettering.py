"""From Markdown with merge fields to a letter: HTML, a written text part, links and names."""

import pytest

from advocacy.errors import Invalid
from advocacy.mail.skeleton import mark, merged
from campaigns.mailings import lettering, merging, testing
from campaigns.mailings.addressing import Recipient
from campaigns.mailings.composing import Text
from campaigns.mailings.lettering import Sender, Words

SENDER = Sender("Chapitre du *Québec*", "quebec", "http://testserver/a/reseau")


def letter(body: str, *, language: str = "en", given: str = "Zoë", subject: str = "Hi") -> Words:
    words = lettering.compose(SENDER, Text(subject, body), language)
    return testing.filled(words, Recipient(1, "zoe@example.org", given, "Q<b>", language))


def test_every_letter_of_the_text_arrives(config: object) -> None:
    shown = letter("Pourquoi quelques quotas ? qx9 quiz", language="fr")
    assert "Pourquoi quelques quotas ? qx9 quiz" in shown.text
    assert "Pourquoi quelques quotas ? qx9 quiz" in shown.html


def test_names_are_escaped_in_html_and_plain_in_text(config: object) -> None:
    shown = letter("Dear {name},", subject="For {name}")
    assert "Dear Zoë Q&lt;b&gt;," in shown.html
    assert "Dear Zoë Q<b>," in shown.text
    assert shown.subject == "For Zoë Q<b>"


def test_an_unknown_name_has_a_stand_in(config: object) -> None:
    assert "Dear neighbour," in letter("Dear {first_name|neighbour},", given="").text
    assert "Dear friend," in letter("Dear {first_name},", given="").text


def test_a_mark_that_somebody_types_is_no_field(config: object) -> None:
    shown = letter(f"{mark('slot0')} {mark('unknown')} {{first_name}}")
    assert shown.text.count("Zoë") == 1


def test_a_link_alone_becomes_a_button_and_all_links_are_counted_once(config: object) -> None:
    words = lettering.compose(
        SENDER, Text("Hi", "[Sign]({link})\n\nor [sign]({link}) at https://x.example/y\n"), "en"
    )
    assert words.urls == ("http://testserver/a/reseau",)
    assert 'class="button"' in words.html
    assert words.html.count(mark("link0")) == 2
    assert words.text.count(mark("link0")) == 2
    assert f"Sign: {mark('link0')}" in words.text


def test_the_text_part_reads_like_a_letter(config: object) -> None:
    shown = letter("## News\n\n**Now** is _the_ time.\n\n* one\n* two\n\n{chapter}")
    assert shown.text.startswith("News\n\nNow is the time.\n\n* one\n* two\n\nChapitre du *Québec*")
    assert "<em>Québec" not in shown.html, "a chapter's name is no Markdown"


def test_the_frame_speaks_the_language_of_the_text(config: object) -> None:
    arabic = letter("مرحبا", language="ar")
    assert '<html lang="ar" dir="rtl">' in arabic.html


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Hi\n\n{frist_name}", "{frist_name} on line 3"),
        ("{a} {b}\n{name}", "{a} on line 1 and {b} on line 1"),
        ("[x](https://example.org/?n={name})", "Line 1: a link can point"),
    ],
)
def test_wrong_fields_are_named_with_their_line(text: str, complaint: str) -> None:
    with pytest.raises(Invalid) as refused:
        merging.check(text, field="en:body")
    assert complaint in refused.value.message
    assert refused.value.field == "en:body"


def test_braces_can_be_written_as_they_are(config: object) -> None:
    merging.check(r"\{not a field\}", field="en:body")
    assert "{not a field}" in letter(r"\{not a field\}").text
    assert merged("plain", {}) == "plain"
