"""Whatever the script, the case and the accents: what is typed finds what is stored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.roster.spelling import LONGEST, MOST_ASKED, SORTED, asked, tokens_of

NAMES = st.text(max_size=100)


def finds(typed: str, given_name: str, family_name: str = "", email: str = "") -> bool:
    """True when every word typed begins a token of the person."""
    tokens = [t for t in tokens_of(given_name, family_name, email) if not t.startswith(SORTED)]
    words = asked(typed)
    return bool(words) and all(any(t.startswith(word) for t in tokens) for word in words)


@pytest.mark.parametrize(
    ("typed", "given_name", "family_name"),
    [
        ("zoe", "Zoë", "Lefèvre"),
        ("LEFEVRE zo", "Zoë", "Lefèvre"),
        ("Zoe\u0308", "Zoë", ""),
        ("nguyen duc", "Đức", "Nguyễn"),
        ("Nguyễn", "Duc", "Nguyen"),
        ("lodz", "Łódź", ""),
        ("strasse", "Straße", ""),
        ("oneil", "Sean", "O’Neil"),
        ("o'ne", "Sean", "ONeil"),
        ("neil", "Sean", "O'Neil"),
        ("almeida", "Rui", "d’Almeida"),
        ("jean-p", "Jean-Pierre", ""),
        ("jeanpi", "Jean-Pierre", ""),
        ("pierre", "Jean‑Pierre", ""),
        ("محمد", "مُحَمَّد", ""),
        ("احمد", "أحمد", ""),
        ("أحمد", "احمد", ""),
        ("فاطمه", "فاطمة", ""),
        ("حداد", "ليلى", "الحدّاد"),
        ("الحد", "ليلى", "الحدّاد"),
        ("محـــمد", "محمد", ""),
        ("علی", "علي", ""),
        ("प्रि", "प्रिया", "शर्मा"),
        ("शर्मा प्रिया", "प्रिया", "शर्मा"),
        ("шевч", "Тарас", "Шевченко"),
        ("елка", "Ёлка", ""),
        ("ирина", "Йрина", ""),
        ("παππας", "Σοφία", "Παππάς"),
        ("王李", "李娜", "王"),
        ("李娜", "李娜", "王"),
        ("娜", "李娜", "王"),
        ("김민", "민수", "김"),
        ("수", "민수", "김"),
        ("기", "민수", "김"),
        ("サクラ", "さくら", "山田"),
        ("ﾔﾏﾀﾞ", "太郎", "ヤマダ"),
        ("田太", "太郎", "山田"),
        ("ｅｒｉｋａ", "Erika", ""),
        ("አበበ", "አበበ", "በቀለ"),
        ("נועה", "נוֹעָה", ""),
        ("สมชาย", "สมชาย", "ใจดี"),
        ("yilmaz", "Ayşe", "Yılmaz"),
        ("ISTANBUL", "İstanbul", ""),
    ],
)
def test_a_name_is_found_by_its_beginnings(typed: str, given_name: str, family_name: str) -> None:
    assert finds(typed, given_name, family_name)


@pytest.mark.parametrize(
    "typed",
    ["amina", "amina.ok", "AMINA.OKELLO@EXAMPLE.ORG", "okello", "example.o", "@example.org",
     "amina.okello@ex", "bintu"],
)  # fmt: skip
def test_an_address_is_found_by_its_parts(typed: str) -> None:
    assert finds(typed, "", "", "Amina.Okello+bintu@example.org")


@pytest.mark.parametrize("typed", ["mina", "kello", "xample", "okello@", "amina x", "ello"])
def test_the_middle_of_a_word_finds_nobody(typed: str) -> None:
    assert not finds(typed, "Amina", "Okello", "amina.okello@example.org")


@pytest.mark.parametrize("typed", ["", "   ", "%", "_", "'", "- -", "\u200b", "\ud800", "…", "\0"])
def test_a_question_without_letters_asks_for_nothing(typed: str) -> None:
    assert asked(typed) == []


@settings(max_examples=150, deadline=None)
@given(NAMES, NAMES, st.text(max_size=254))
def test_tokens_fit_their_column_and_sort_first(
    given_name: str, family_name: str, email: str
) -> None:
    tokens = tokens_of(given_name, family_name, email)
    assert len(tokens) == len(set(tokens))
    assert all(0 < len(token) <= LONGEST for token in tokens)
    assert [token for token in tokens if token.startswith(SORTED)] == tokens[-1:]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_question_becomes_a_few_words(typed: str) -> None:
    words = asked(typed)
    assert len(words) <= MOST_ASKED
    assert all(0 < len(word) <= LONGEST and not word.startswith(SORTED) for word in words)


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Mn", "Mc"]), min_size=1, max_size=30))
def test_a_whole_word_always_finds_itself(name: str) -> None:
    if asked(name):
        assert finds(name, name)
        assert finds(name.upper(), name)
