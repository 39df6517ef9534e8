"""Enumerations: every word once, in every language of ours, whatever their number."""

import pytest

from advocacy.render import i18n


@pytest.mark.parametrize("locale", i18n.LOCALES)
@pytest.mark.parametrize("number", range(5))
def test_every_word_of_a_list_is_said_once(locale: str, number: int) -> None:
    words = ["Kenya", "Chad", "Peru", "Fiji"][:number]
    with i18n.use(locale):
        said = i18n.listing(words)
    assert [said.count(each) for each in words] == [1] * number
    assert [each for each in sorted(words, key=said.index)] == words
