"""Which members are asked for: the filters of the roll and the SQL that they become.

A sieve with a chapter sees that chapter's rows of every table and no other's. Only for those who
may see members everywhere is it made without one.
"""

from dataclasses import dataclass, field
from typing import Any

from advocacy.members import veiling
from advocacy.members.veiling import seen
from advocacy.roster.spelling import LAST, asked

LETTERS = ("yes", "no")
ADDRESSES = ("ok", "returned", "complained", "unconfirmed")
MEMBERS = """
advocacy_membership m JOIN advocacy_person p ON p.id = m.person_id
LEFT JOIN advocacy_subscription s ON s.person_id = m.person_id AND s.chapter_id = m.chapter_id
    AND s.purpose = 'mailings' AND s.channel = 'email'
"""
ROLL = f"FROM {MEMBERS}"
STANDING = "m.state = 'current' AND p.erased_at IS NULL AND p.merged_into_id IS NULL"
# What is read of a person, as the chapter of the membership sees it.
SEEN = (*veiling.TEXTS, *veiling.STATE)
SEEN_COLUMNS = ", ".join(f"{seen(name)} AS {name}" for name in SEEN)
_WORKS = f"{seen('confirmed_at')} IS NOT NULL AND {seen('deliverability')} IN ('ok', 'soft')"
REACHED = f"s.granted AND {_WORKS}"
ADDRESS_IS = {
    "ok": _WORKS,
    "returned": f"{seen('deliverability')} = 'bounced'",
    "complained": f"{seen('deliverability')} = 'complained'",
    "unconfirmed": f"{seen('confirmed_at')} IS NULL",
}


@dataclass(frozen=True)
class Sieve:
    """What was asked for; empty parts let everybody through. `chapter_id` None is everywhere."""

    chapter_id: int | None
    wanted: str = ""
    letters: str = ""
    language: str = ""
    tag_id: int | None = None
    address: str = ""

    @property
    def words(self) -> list[str]:
        """The beginnings of words that every member found must have."""
        return asked(self.wanted)

    @property
    def is_hopeless(self) -> bool:
        """True when something was typed in which there is no word: nobody is found by it."""
        return bool(self.wanted.strip()) and not self.words

    @property
    def has_filters(self) -> bool:
        """True when more than words decide."""
        return bool(self.letters or self.language or self.tag_id or self.address)


@dataclass
class Values:
    """The values of a statement in the order of their placeholders."""

    bound: list[Any] = field(default_factory=list)

    def mark(self, value: Any) -> str:
        """The placeholder of one more value."""
        self.bound.append(value)
        return f"${len(self.bound)}"


def conditions(sieve: Sieve, values: Values) -> list[str]:
    """What holds for `m`, `p` and `s` of the roll, the words left out."""
    found = [STANDING]
    if sieve.chapter_id is not None:
        found.append(f"m.chapter_id = {values.mark(sieve.chapter_id)}")
    if sieve.letters:
        yes = f"({REACHED})"
        found.append(yes if sieve.letters == "yes" else f"COALESCE({yes}, FALSE) = FALSE")
    if sieve.language:
        found.append(f"{seen('language')} = {values.mark(sieve.language)}")
    if sieve.address:
        found.append(ADDRESS_IS[sieve.address])
    if sieve.tag_id is not None:
        found.append(
            "EXISTS (SELECT 1 FROM advocacy_tagging g JOIN advocacy_tag t ON t.id = g.tag_id"
            f" WHERE g.person_id = m.person_id AND g.tag_id = {values.mark(sieve.tag_id)}"
            " AND t.chapter_id = m.chapter_id)"
        )
    return found


def within(word: str, values: Values, *, table: str = "x") -> str:
    """SQL: the token of a row of the index begins with the word."""
    begin, end = values.mark(word), values.mark(word + LAST)
    return f"{table}.token >= {begin} AND {table}.token < {end}"


def has_word(word: str, values: Values, row: str = "m") -> str:
    """SQL: the member of a row has a word like this; looked up member by member.

    The sum keeps both engines from looking through all the chapter's words each time.
    """
    return (
        "EXISTS (SELECT 1 FROM advocacy_search_token x"
        f" WHERE x.person_id = {row}.person_id AND x.chapter_id + 0 = {row}.chapter_id"
        f" AND {within(word, values)})"
    )


def among_word(word: str, sieve: Sieve, values: Values, row: str = "m") -> str:
    """SQL: the member of a row has a word like this; all who have it are looked up at once."""
    if sieve.chapter_id is None:
        pair = f"({row}.person_id, {row}.chapter_id)"
        chosen, scope = "x.person_id, x.chapter_id", ""
    else:
        pair, chosen = f"{row}.person_id", "x.person_id"
        scope = f"x.chapter_id = {values.mark(sieve.chapter_id)} AND "
    return (
        f"{pair} IN (SELECT {chosen} FROM advocacy_search_token x"
        f" WHERE {scope}{within(word, values)})"
    )


def found(sieve: Sieve, values: Values) -> str:
    """SQL from FROM on: every member that the sieve lets through, words included."""
    held = conditions(sieve, values)
    held += [among_word(word, sieve, values) for word in sieve.words]
    if sieve.is_hopeless:
        held.append("FALSE")
    return f"{ROLL} WHERE {' AND '.join(held)}"
