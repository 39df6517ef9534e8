"""The demo's members: a roll file, made always the same, and taken in by the real import."""

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from advocacy import db, moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.members import importing
from campaigns.demo import names

COLUMNS = (
    "member_no", "email", "given_name", "family_name", "chapter_slug", "country_code", "language",
    "joined_on", "email_status", "consent",
)  # fmt: skip
FAVOURED = {"senegal": 9.0, "egypt": 7.0, "kenya": 8.0, "mexico": 6.0}
Report = Callable[[float], None]


async def enrol(members: int, folder: Path, seed: int, report: Report) -> None:
    """Imports that many members into the chapters; a few chapters are well filled."""
    chapters = await Chapter.filter(is_headquarters=False).order_by("slug")
    path = folder / f"demo-members-{members}.csv"
    _write(path, members, chapters, random.Random(seed))  # noqa: S311
    await importing.import_members(path, progress=lambda _rows, part: report(part))
    path.unlink()
    await _backdate()
    await _allow_headquarters()


def _write(path: Path, members: int, chapters: list[Chapter], dice: random.Random) -> None:
    ranked = list(chapters)
    dice.shuffle(ranked)
    weights = [
        FAVOURED.get(chapter.slug, 0) + 6.0 / (rank + 3) ** 0.8
        for rank, chapter in enumerate(ranked)
    ]
    today = moment.now().date()
    # Every chapter has somebody; the rest fall by weight.
    homes = ranked[:members] + dice.choices(ranked, weights, k=max(0, members - len(ranked)))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, chapter in enumerate(homes, 1):
            writer.writerow(_member(number, chapter, today, dice))


def _member(number: int, chapter: Chapter, today: date, dice: random.Random) -> list[str]:
    spoken = chapter.language_codes
    language = spoken[0] if dice.random() < 0.8 else dice.choice(spoken)
    given, family = names.of(language)
    joined = today - timedelta(days=int(1800 * dice.random() ** 1.7))
    chance = dice.random()
    status = "unconfirmed" if chance < 0.03 else "bounced" if chance < 0.045 else "confirmed"
    return [
        f"D{number:06}",
        f"member{number}@{dice.choice(('example.org', 'example.com', 'example.net'))}",
        dice.choice(given),
        dice.choice(family),
        chapter.slug,
        chapter.country_code,
        language,
        joined.isoformat(),
        status,
        "yes" if dice.random() < 0.92 else "no",
    ]


async def _backdate() -> None:
    """A person is known since the day they joined, not since the demo was loaded."""
    day = "m.joined_on || ' 09:00:00+00:00'"
    if db.dialect() == "postgres":
        day = "m.joined_on::timestamptz"
    await db.execute(
        "UPDATE advocacy_person SET created_at = COALESCE("
        f"(SELECT {day} FROM advocacy_membership m"
        " WHERE m.person_id = advocacy_person.id LIMIT 1), created_at)"
    )


async def _allow_headquarters() -> None:
    """Two in three of those who allow their chapter's letters allow those of headquarters."""
    now = moment.now()
    wanted = """FROM advocacy_subscription s
        JOIN advocacy_chapter c ON c.id = s.chapter_id AND NOT c.is_headquarters
        JOIN advocacy_chapter h ON h.slug = $1
        WHERE s.granted AND s.person_id % 3 <> 0"""
    instant = "$2::timestamptz" if db.dialect() == "postgres" else "$2"
    await db.execute(
        "INSERT INTO advocacy_consent (person_id, chapter_id, purpose, channel, granted, language,"
        f" basis, page, origin, at) SELECT s.person_id, h.id, 'mailings', 'email', TRUE, '',"
        f" 'import', '', '', {instant} {wanted}",
        HEADQUARTERS,
        now,
    )
    await db.execute(
        "INSERT INTO advocacy_subscription (person_id, chapter_id, purpose, channel, granted,"
        f" changed_at) SELECT s.person_id, h.id, 'mailings', 'email', TRUE, {instant} {wanted}"
        " ON CONFLICT (person_id, chapter_id, purpose, channel) DO NOTHING",
        HEADQUARTERS,
        now,
    )
