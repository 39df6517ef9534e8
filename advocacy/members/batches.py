"""One batch of a roll in the database: staged in a temporary table, then spread by set statements.

Beside the import's own mark nothing is updated here, only added where it is not yet known.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from unicodedata import is_normalized, normalize

import orjson

from advocacy import db, moment, settings
from advocacy.mail import addresses
from advocacy.members import veiling
from advocacy.members.counts import Counts
from advocacy.members.judging import MAX_NAME, Entry
from advocacy.members.models import RollImport
from advocacy.members.refusals import Refusal

MAX_MEMBER_NO = 40
DELIVERABILITY = {"bounced": "bounced", "complained": "complained"}
PER_STATEMENT = 2000
PAGES_KEPT = -24_000
REFUSED_LETTERS = ("unsubscribed", "complained")

# Name and type of the columns of the staging table, in the order of `_staged`.
STAGE = {
    "email": "text",
    "canonical": "text",
    "address_hash": "text",
    "given_name": "text",
    "family_name": "text",
    "language": "text",
    "country_code": "text",
    "deliverability": "text",
    "is_confirmed": "boolean",
    "chapter_id": "bigint",
    "member_no": "text",
    "joined_on": "date",
    "granted": "boolean",
}
PLACED = {"person_id": "bigint", "is_known": "boolean"}
# Whoever was erased is known by the keyed hash alone, and comes back by themselves or not at all.
ERASED = """
DELETE FROM roll_stage WHERE EXISTS (SELECT 1 FROM advocacy_suppression gone
    WHERE gone.address_hash = roll_stage.address_hash AND gone.reason = 'erased')
"""
# Rows go in the order of a key: two imports that add the same people at once wait in line.
PERSONS = """
INSERT INTO advocacy_person (email, canonical, address_hash, given_name, family_name, language,
    country_code, deliverability, created_at, confirmed_at)
SELECT email, canonical, address_hash, given_name, family_name, language,
    country_code, deliverability, {at}, CASE WHEN is_confirmed THEN {at} END
FROM roll_stage WHERE true ORDER BY canonical ON CONFLICT (canonical) DO NOTHING
"""
# Scalar subqueries make PostgreSQL look each row up in an index. It knows nothing yet about tables
# that are being filled, and would plan joins between them as if they were empty.
PLACES = """
UPDATE roll_stage SET (person_id, is_known) = (
    SELECT COALESCE(merged_into_id, id), created_at <> {at} FROM advocacy_person person
        WHERE person.canonical = roll_stage.canonical)
"""
# Whoever allowed the chapter's letters is no stranger to it.
OWN = """
UPDATE roll_stage SET is_known = FALSE WHERE is_known AND EXISTS (
    SELECT 1 FROM advocacy_subscription own WHERE own.person_id = roll_stage.person_id
    AND own.chapter_id = roll_stage.chapter_id AND own.purpose = 'mailings'
    AND own.channel = 'email' AND own.granted)
"""
# Whom others knew before, this chapter sees as its own roll has them: see veiling.py.
VEILED = ", ".join(f"CASE WHEN is_known THEN {name} ELSE '' END" for name in veiling.TEXTS)
MEMBERSHIPS = f"""
INSERT INTO advocacy_membership (person_id, chapter_id, state, member_no, joined_on, created_at,
    is_veiled, {", ".join(veiling.TEXTS)}, deliverability, confirmed_at)
SELECT person_id, chapter_id, 'current', member_no, joined_on, {{at}}, is_known, {VEILED},
    CASE WHEN is_known THEN deliverability ELSE 'ok' END,
    CASE WHEN is_known AND is_confirmed THEN {{at}} END
FROM roll_stage WHERE true ORDER BY person_id ON CONFLICT (person_id, chapter_id) DO NOTHING
"""
SUBSCRIPTIONS = """
INSERT INTO advocacy_subscription (person_id, chapter_id, purpose, channel, granted, changed_at)
SELECT person_id, chapter_id, 'mailings', 'email', granted, {at}
FROM roll_stage WHERE granted IS NOT NULL ORDER BY person_id
ON CONFLICT (person_id, chapter_id, purpose, channel) DO NOTHING
"""
# Whoever adds the subscription's row writes the first line of the ledger, and nobody else does:
# an unsubscribe in between is never followed by a line of ours. SQLite has one writer at a time.
CONSENTS = """
INSERT INTO advocacy_consent (person_id, chapter_id, purpose, channel, granted, language, basis,
    page, origin, at)
SELECT person_id, chapter_id, 'mailings', 'email', granted, language, 'import', {page}, '', {at}
FROM roll_stage WHERE granted IS NOT NULL AND {is_new}
"""
UNKNOWN_IN_SQLITE = """NOT EXISTS (
    SELECT 1 FROM advocacy_subscription known
    WHERE known.person_id = roll_stage.person_id AND known.chapter_id = roll_stage.chapter_id
    AND known.purpose = 'mailings' AND known.channel = 'email')"""
CONSENTS_AND_SUBSCRIPTIONS = f"""
WITH added AS ({SUBSCRIPTIONS} RETURNING person_id)
{CONSENTS.replace("{is_new}", "person_id IN (SELECT person_id FROM added)")}
"""


class Home(NamedTuple):
    """What a row takes from its chapter."""

    id: int
    country_code: str
    main_language: str


Homes = dict[str, Home]


@asynccontextmanager
async def bounded_memory() -> AsyncIterator[None]:
    """Lets SQLite keep fewer pages for the length of an import, which soon fills all it may keep.

    The pages that matter stay in the cache of the operating system.
    """
    if db.dialect() != "sqlite":
        yield
        return
    before = await db.value("PRAGMA cache_size")
    await db.execute(f"PRAGMA cache_size = {PAGES_KEPT}")
    try:
        yield
    finally:
        await db.execute(f"PRAGMA cache_size = {int(before)}")


async def homes(only: str = "") -> Homes:
    """The chapters a roll may name, or the only one it may; headquarters has no roll."""
    found = await db.rows(
        "SELECT slug, id, country_code, languages FROM advocacy_chapter"
        " WHERE NOT is_headquarters AND ($1 = '' OR slug = $1)",
        only,
    )
    return {
        row["slug"]: Home(row["id"], row["country_code"], row["languages"].split()[0])
        for row in found
    }


class Batch(NamedTuple):
    """Rows of a roll as they were judged, and those of them to write as they go to the database."""

    judged: list[Entry | Refusal]
    staged: list[tuple[Any, ...]]


def batch_of(judged: list[Entry | Refusal], homes: Homes, *, letters: bool = True) -> Batch:
    """Make the rows ready for the database; worth a thread of its own.

    Without `letters` nothing is said about consent, whatever a row says.
    """
    key = settings.current().secret_key
    as_text = db.dialect() == "sqlite"
    entries = (row for row in judged if isinstance(row, Entry))
    staged = [
        (*_staged(entry, homes[entry.chapter], key, as_text), _agrees(entry) if letters else None)
        for entry in entries
    ]
    return Batch(judged, staged)


async def take(run: RollImport, batch: Batch, done: int, counts: Counts, *, page: str = "") -> bool:
    """Write a batch that ends after `done` rows and move the mark; False when not ours to take.

    What it added goes to what the import's record says is new, whoever took the batches before.
    """
    at = moment.now()
    async with db.transaction():
        moved = await db.execute(
            "UPDATE advocacy_roll_import SET rows_done = $1"
            " WHERE id = $2 AND rows_done = $3 AND state = 'running'",
            done,
            run.id,
            done - len(batch.judged),
        )
        if not moved:
            return False
        await _stage(batch.staged)
        erased = await db.execute(ERASED)
        added = await _spread(at, page[:200])
        recall(counts, await RollImport.get(id=run.id))
        counts.new_persons += added[0]
        counts.new_memberships += added[1]
        counts.new_subscriptions += added[2]
        counts.suppressed += erased
        await _note(run, counts)
    return True


def recall(counts: Counts, run: RollImport) -> None:
    """Take what the import's record says is new, whoever added it."""
    new: Any = run.counts.get("new", {})
    counts.new_persons = new.get("persons", 0)
    counts.new_memberships = new.get("memberships", 0)
    counts.new_subscriptions = new.get("subscriptions", 0)
    suppressed: Any = run.counts.get("suppressed", {})
    counts.suppressed = suppressed.get("erased", 0)


async def finish(run: RollImport) -> None:
    """Close the import's record; an import that is done stays as it is."""
    await db.execute(
        "UPDATE advocacy_roll_import SET state = 'done', finished_at = $1"
        " WHERE id = $2 AND state = 'running'",
        moment.now(),
        run.id,
    )


def _staged(entry: Entry, home: Home, key: str, as_text: bool) -> tuple[Any, ...]:
    day = entry.joined_on
    return (
        entry.address,
        entry.canonical,
        addresses.address_hash(entry.canonical, key),
        _composed(entry.given_name),
        _composed(entry.family_name),
        entry.language or home.main_language,
        entry.country,
        DELIVERABILITY.get(entry.status, "ok"),
        entry.status == "confirmed",
        home.id,
        entry.member_no[:MAX_MEMBER_NO],
        str(day) if day and as_text else day,
    )


def _agrees(entry: Entry) -> bool:
    return entry.agrees and entry.status not in REFUSED_LETTERS


def _composed(name: str) -> str:
    """The name with composed accents, so that it is found however it was typed."""
    if name.isascii() or is_normalized("NFC", name):
        return name
    composed = normalize("NFC", name)
    return composed if len(composed) <= MAX_NAME else name


async def _stage(staged: list[tuple[Any, ...]]) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in (*STAGE.items(), *PLACED.items()))
    if db.dialect() == "sqlite":
        await db.execute(f"CREATE TEMP TABLE IF NOT EXISTS roll_stage ({columns})")
        await db.execute("DELETE FROM roll_stage")
        for start in range(0, len(staged), PER_STATEMENT):
            await _stage_in_sqlite(staged[start : start + PER_STATEMENT])
        return
    await db.execute(f"CREATE TEMP TABLE roll_stage ({columns}) ON COMMIT DROP")
    async with db.connection().acquire_connection() as raw:
        await raw.copy_records_to_table("roll_stage", records=staged, columns=list(STAGE))


async def _stage_in_sqlite(staged: list[tuple[Any, ...]]) -> None:
    # Few long statements: at each, SQLite's thread may wait for the one that reads ahead.
    row = f"({', '.join('?' * len(STAGE))}, NULL, NULL)"
    values = ", ".join([row] * len(staged))
    async with db.connection().acquire_connection() as raw:
        await raw.execute(
            f"INSERT INTO roll_stage VALUES {values}",
            [cell for each in staged for cell in each],
        )


async def _spread(at: Any, page: str) -> tuple[int, int, int]:
    """Turn the staged rows into persons, memberships and consents; how many of each are new."""
    marks = {"at": "$1", "page": "$2", "is_new": UNKNOWN_IN_SQLITE}
    if db.dialect() == "postgres":
        marks = {"at": "$1::timestamptz", "page": "$2::text"}
    persons = await _added(PERSONS.format(**marks), at)
    await db.execute(PLACES.format(**marks), at)
    await db.execute(OWN)
    memberships = await _added(MEMBERSHIPS.format(**marks), at)
    if db.dialect() == "postgres":
        consents = await _added(CONSENTS_AND_SUBSCRIPTIONS.format(**marks), at, page)
    else:
        consents = await _added(CONSENTS.format(**marks), at, page)
        await db.execute(SUBSCRIPTIONS.format(**marks), at)
    return persons, memberships, consents


async def _added(sql: str, *parameters: Any) -> int:
    """Runs a statement; how many rows it added itself, without what its triggers added."""
    count = await db.execute(sql, *parameters)
    return int(await db.value("SELECT changes()")) if db.dialect() == "sqlite" else count


async def _note(run: RollImport, counts: Counts) -> None:
    await db.execute(
        "UPDATE advocacy_roll_import SET counts = $1 WHERE id = $2",
        orjson.dumps(counts.as_dict()).decode(),
        run.id,
    )
