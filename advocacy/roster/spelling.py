"""How names and addresses are spelled for searching: words without case, accents or marks.

The same spelling is given to what is stored and to what is typed, so that each finds the other.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST = 64
MOST_TOKENS = 40
MOST_ASKED = 6
# Above every letter there is: the end of the words that begin with a prefix.
LAST = "\U0010ffff"
# The token that begins with a space is no word but the name as lists sort it.
SORTED = " "
NAMELESS = "\uffff"

VIRAMA = 9
KATAKANA = range(0x30A1, 0x30F7)
TO_HIRAGANA = 0x60
MOST_SUFFIXES = 12
# Letters that no decomposition brings to their plain form.
_SAME = str.maketrans(
    {
        "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "ŧ": "t", "þ": "th",
        "æ": "ae", "œ": "oe", "ŋ": "n", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ɛ": "e", "ɔ": "o",
        "ə": "e", "ґ": "г", "є": "е", "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي",
        "ە": "ه", "ہ": "ه", "ھ": "ه", "ـ": None,
    }
)  # fmt: skip
_APOSTROPHES = "'’‘ʼʻʹʿʾ`´′＇"
_JOINERS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
_HYPHENS = re.compile(r"[-‐‑‒–־]+")
_ADDRESS_LIKE = re.compile(r"[^\W_]{2,}\.[^\W_]|[^\W_][_+][^\W_]")
ARTICLE = "ال"


def typed(text: str) -> str:
    """The text without what is in no name and no database takes: NUL and lone surrogates."""
    return text.encode("utf-8", "ignore").decode().replace("\0", "").strip()


@lru_cache(maxsize=50_000)
def plain(text: str) -> str:
    """The text in lower case without accents, vowel points and invisible signs."""
    if text.isascii():
        return text.lower()
    low = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_bare, low.translate(_JOINERS))).translate(_SAME)


def _bare(letter: str) -> str:
    code = ord(letter)
    if code < 0x300:
        return letter
    if unicodedata.combining(letter) not in (0, VIRAMA) or unicodedata.category(letter) == "Cf":
        return ""
    return chr(code - TO_HIRAGANA) if code in KATAKANA else letter


def tokens_of(given_name: str, family_name: str, email: str) -> list[str]:
    """Everything one person is found by, each once, and the token that sorts them."""
    found = [*_name_tokens(given_name, family_name), *_address_tokens(email)]
    distinct = list(dict.fromkeys(each[:LONGEST] for each in found if each))
    return [*distinct[:MOST_TOKENS], sort_token(given_name, family_name, email)]


def sort_token(given_name: str, family_name: str, email: str) -> str:
    """The person's place in a list by name: family name first, those without a name last."""
    words = [word for name in (family_name, given_name) for word in _chunks(plain(name))]
    text = " ".join(words) if words else NAMELESS + plain(email)
    return (SORTED + text)[:LONGEST]


def asked(text: str) -> list[str]:
    """The words of a question, at most six: each is the beginning of a token that must be there."""
    words: list[str] = []
    for raw in plain(text[:200]).translate(_JOINERS).split():
        if "@" in raw or _ADDRESS_LIKE.search(raw):
            words.append(_address(raw).lstrip("@"))
        else:
            parts = _HYPHENS.sub(" ", raw)
            words += [each.replace("'", "") for each in _chunks(parts)]
    distinct = dict.fromkeys(word[:LONGEST] for word in words if word)
    return list(distinct)[:MOST_ASKED]


def _chunks(text: str) -> list[str]:
    """The runs of letters, marks, digits and apostrophes in a plain text."""
    kept = "".join(each if each.isalnum() or _is_part(each) else " " for each in text)
    return [word for word in (each.strip("'") for each in kept.split()) if word]


def _is_part(letter: str) -> bool:
    return letter == "'" or (letter > "\u02ff" and unicodedata.category(letter)[0] == "M")


def _name_tokens(given_name: str, family_name: str) -> list[str]:
    found: list[str] = []
    for name in (given_name, family_name):
        for raw in plain(name).translate(_JOINERS).split():
            parts = _chunks(_HYPHENS.sub(" ", raw))
            found += [form for part in parts for form in _forms(part)]
            if len(parts) > 1 and _HYPHENS.search(raw):
                found.append("".join(parts).replace("'", ""))
    if not (given_name.isascii() and family_name.isascii()):
        for text in (family_name + given_name, given_name + family_name):
            found += _suffixes(text)
    return found


def _forms(part: str) -> list[str]:
    """A word as it may be typed: `o'neil` also as `oneil` and `neil`, with and without `ال`."""
    forms = [part.replace("'", "")]
    if "'" in part:
        forms += [each for each in part.split("'")[1:] if len(each) > 1]
    if part.startswith(ARTICLE) and len(part) > len(ARTICLE) + 1:
        forms.append(part.removeprefix(ARTICLE))
    return forms


def _suffixes(text: str) -> list[str]:
    """Where a script writes no spaces every part of a name is a beginning of one of these."""
    joined = "".join(unicodedata.normalize("NFC", text).split())
    if not any(map(_is_unspaced, joined)):
        return []
    return [
        "".join(_chunks(plain(joined[start:])))
        for start in range(min(len(joined), MOST_SUFFIXES))
        if _is_unspaced(joined[start])
    ]


def _is_unspaced(letter: str) -> bool:
    """Han, kana and Hangul."""
    code = ord(letter)
    return (
        0x3041 <= code <= 0x30FF
        or 0x3400 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7A3
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x3FFFF
    )


def _address(text: str) -> str:
    return "".join(each for each in plain(text) if each.isalnum() or each in "@._+-'")


def _address_tokens(email: str) -> list[str]:
    """The whole address, also without its `+` part, its domain, and the words before the `@`."""
    whole = _address(email)
    local, _at, domain = whole.rpartition("@")
    plain_form = f"{local.partition('+')[0]}@{domain}" if domain and "+" in local else ""
    return [whole, plain_form, domain, *re.split(r"[._+\-']+", local)[1:]]
