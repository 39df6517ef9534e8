"""Finding members while somebody types: the best twenty by the beginnings of words, at once.

The index is walked in the order of its words, so that whole words come before longer ones. The
rarest word leads and the others are looked up for each member it finds; where every word is
common, a bounded walk nearly always finds enough, and only if it does not all are compared.
"""

from dataclasses import dataclass
from typing import Any

from advocacy import db
from advocacy.roster.sifting import (
    MEMBERS,
    ROLL,
    SEEN_COLUMNS,
    STANDING,
    Sieve,
    Values,
    among_word,
    conditions,
    has_word,
    within,
)
from advocacy.roster.spelling import sort_token, tokens_of

SHOWN = 20
# So many are compared before the best are shown; with more it is said that there are more. Through
# filters, which may let few pass, hardly more than are shown.
COMPARED = 100
COMPARED_FILTERED = 30
# A member has about two words that begin alike: name and address.
WORDS_ALIKE = 2
RARE = 2000
FIRST_WALK = 4000
MEANINGFUL = 3
COLUMNS = f"""
m.id, m.person_id, m.chapter_id, m.member_no, m.joined_on, {SEEN_COLUMNS},
COALESCE(s.granted, FALSE) AS granted
"""


@dataclass(frozen=True)
class Found:
    """The best matches; `count` of them, or at least that many when `has_more`."""

    rows: list[dict[str, Any]]
    count: int
    has_more: bool


async def search(sieve: Sieve, *, limit: int = SHOWN) -> Found:
    """The best members whose words begin with every word asked for.

    Members with the most whole words come first, then by name. Nobody is found by no words.
    """
    words = sieve.words
    if not words:
        return Found([], 0, False)
    lead, others, is_rare = await _ordered(sieve, words)
    walk = None if is_rare or not others else FIRST_WALK
    compared = max(limit, COMPARED_FILTERED if sieve.has_filters else COMPARED)
    rows = await _walk(sieve, lead, others, walk, compared=compared)
    is_cut = walk is not None and len(rows) < limit
    if is_cut and not _is_vague(sieve, words):
        rows = await _walk(sieve, lead, others, None, compared=compared, at_once=True)
        is_cut = False
    has_more = is_cut or (bool(rows) and int(rows[0]["walked"]) >= WORDS_ALIKE * compared)
    rows.sort(key=lambda row: _rank(row, words))
    return Found(rows[:limit], len(rows), has_more)


def _is_vague(sieve: Sieve, words: list[str]) -> bool:
    """True for a few first letters in all chapters, for which half of everybody would be compared:
    whoever types on is found."""
    return sieve.chapter_id is None and all(len(word) < MEANINGFUL for word in words)


async def _ordered(sieve: Sieve, words: list[str]) -> tuple[str, list[str], bool]:
    """The rarest word, the others, and whether it is rare enough to look at all who have it."""
    if len(words) == 1:
        return words[0], [], True
    values = Values()
    scope = ""
    if sieve.chapter_id is not None:
        scope = f"x.chapter_id = {values.mark(sieve.chapter_id)} AND "
    counts = [
        f"(SELECT count(*) FROM (SELECT 1 FROM advocacy_search_token x"
        f" WHERE {scope}{within(word, values)} LIMIT {RARE}) AS few) AS n{number}"
        for number, word in enumerate(words)
    ]
    row = await db.row(f"SELECT {', '.join(counts)}", *values.bound)
    numbers = [int(row[f"n{number}"]) for number in range(len(words))] if row else []
    by_rarity = sorted(range(len(words)), key=lambda each: (numbers[each], -len(words[each])))
    lead = by_rarity[0]
    others = [words[each] for each in by_rarity[1:]]
    return words[lead], others, numbers[lead] < RARE


async def _walk(
    sieve: Sieve,
    lead: str,
    others: list[str],
    walk: int | None,
    *,
    compared: int,
    at_once: bool = False,
) -> list[dict[str, Any]]:
    """Members with a word that begins with `lead`, in the order of that word, who fit the rest.

    `walked` in each row is the number of such words that were come by.
    """
    values = Values()
    range_of_lead = within(lead, values, table="w")
    if sieve.chapter_id is not None:
        range_of_lead += f" AND w.chapter_id = {values.mark(sieve.chapter_id)}"
    held = [
        among_word(word, sieve, values, "w") if at_once else has_word(word, values, "w")
        for word in others
    ]
    if sieve.has_filters:
        # The filters have their say before enough are found, or the few they let through are lost.
        inner = [*conditions(sieve, values), "m.person_id = w.person_id"]
        inner.append("m.chapter_id = w.chapter_id")
        # The offset keeps PostgreSQL from filtering the whole roll first.
        held.append(f"EXISTS (SELECT 1 {ROLL} WHERE {' AND '.join(inner)} LIMIT 1 OFFSET 0)")
    source = "advocacy_search_token w"
    if walk is not None:
        source = (
            f"(SELECT * FROM {source} WHERE {range_of_lead} ORDER BY w.token LIMIT {walk}) AS w"
        )
    else:
        held.append(range_of_lead)
    walked = (
        f"SELECT w.token, w.person_id, w.chapter_id FROM {source} WHERE {' AND '.join(held)}"
        f" ORDER BY w.token LIMIT {WORDS_ALIKE * compared}"
    )
    # Named as a cross join so that SQLite begins with the few and not with the whole roll.
    return await db.rows(
        f"SELECT {COLUMNS}, h.walked FROM (SELECT w.person_id, w.chapter_id,"
        " min(w.token) AS token, sum(count(*)) OVER () AS walked"
        f" FROM ({walked}) AS w GROUP BY w.person_id, w.chapter_id) AS h CROSS JOIN {MEMBERS}"
        " WHERE m.person_id = h.person_id AND m.chapter_id = h.chapter_id"
        f" AND {STANDING}",
        *values.bound,
    )


def _rank(row: dict[str, Any], words: list[str]) -> tuple[int, str, int]:
    names = row["given_name"], row["family_name"], row["email"]
    whole = set(tokens_of(*names)).intersection(words)
    return -len(whole), sort_token(*names), row["id"]
