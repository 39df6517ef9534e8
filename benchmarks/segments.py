"""Segment counts: typical questions over all people and over the largest chapter, both engines.

Headquarters asks about everybody, which is the worst there is; the largest of the 130 chapters
about its own. A count is the statement that the builder runs, through our own code; the median of
seven. The plan of each is kept in benchmarks/plans/, as the engine explains it.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from advocacy import db, moment
from advocacy.chapters.models import HEADQUARTERS, Chapter
from advocacy.segments import asking, vocabulary
from advocacy.segments.statement import Statement
from benchmarks import people
from benchmarks.result import Row, seconds
from campaigns import wiring

PROMISED = 133_000
ROUNDS = 7
LIMIT = 0.3
PLANS = Path(__file__).parent / "plans"
CAMPAIGNS, LETTERS = 12, 6
Question = dict[str, Any]
FRENCH: Question = {"field": "language", "is": "is", "value": "fr"}
QUESTIONS: dict[str, Question] = {
    "everybody": {"all": []},
    "language": {"all": [FRENCH]},
    "joined lately": {"all": [{"field": "joined", "is": "within", "value": 365}]},
    "French, has not acted in one": {
        "all": [FRENCH, {"field": "acted", "is": "not_in", "value": "1"}]
    },
    "acted in one, allows letters": {
        "all": [
            {"field": "acted", "is": "in", "value": "1"},
            {"field": "letters", "is": "allowed"},
        ]
    },
    "no sign for half a year": {"all": [{"field": "engaged", "is": "not_within", "value": 180}]},
    "got a letter, followed no link": {
        "all": [
            {"field": "got", "is": "in", "value": "1"},
            {"field": "clicked", "is": "not_in", "value": "1"},
        ]
    },
    "tagged": {"all": [{"field": "tag", "is": "has", "value": "1"}]},
    "or, and, not": {
        "all": [
            {"any": [FRENCH, {"field": "country", "is": "is", "value": "KE"}]},
            {"any": [
                {"field": "acted", "is": "in", "value": "2"},
                {"field": "clicked", "is": "within", "value": 90},
                {"field": "tag", "is": "has", "value": "1"},
            ]},
            {"none": [
                {"field": "joined", "is": "within", "value": 30},
                {"field": "acted", "is": "in", "value": "3"},
            ]},
        ]
    },
}  # fmt: skip


def main(args: argparse.Namespace) -> list[Row]:
    """Both engines at 133,000 and 1,000,000 people; a tenth when quick, and no plans kept."""
    wiring.load_tasks()
    return people.measured(_asked, quick=args.quick)


async def _asked(engine: str, url: str, size: int, *, keeps: bool) -> list[Row]:
    await db.open_database(url)
    try:
        largest = await _largest()
        hq = await Chapter.get(slug=HEADQUARTERS)
        await _fill(largest, hq, size)
        if db.dialect() == "postgres":
            await db.execute("VACUUM (ANALYZE)")
        else:
            await db.execute("ANALYZE")
        plans: list[str] = []
        rows = [
            await _row(engine, size, whose, chapter, plans)
            for whose, chapter in (("everybody", hq), ("the largest chapter", largest))
        ]
        if keeps:
            PLANS.mkdir(exist_ok=True)
            name = f"segments-{engine.lower()}-{size}.txt"
            (PLANS / name).write_text("\n\n".join(plans) + "\n", encoding="utf-8")
        return rows
    finally:
        await db.close_database()


async def _row(engine: str, size: int, whose: str, chapter: Chapter, plans: list[str]) -> Row:
    known = await vocabulary.of(chapter)
    spent: dict[str, float] = {}
    for name, raw in QUESTIONS.items():
        question = asking.read(_of(raw, known), known)
        found, spent[name] = await _timed(chapter, question, known)
        head = f"== {whose}: {name}: {found:,} people, {seconds(spent[name])}"
        plans.append(head + "\n" + await _plan(chapter, question, known))
    listed = ", ".join(f"{name} {seconds(each)}" for name, each in spent.items())
    slowest = max(spent.values())
    total = await asking.total(chapter)
    return Row(
        figure=f"{engine}, {size:,} people: counting {len(spent)} segments of {whose} ({total:,})",
        ours=f"median {seconds(statistics.median(spent.values()))}, slowest {seconds(slowest)}"
        f" ({listed})",
        wanted="each under 300 ms" if size <= PROMISED else "",
        met=slowest < LIMIT if size <= PROMISED else None,
    )


def _of(raw: Question, known: vocabulary.Vocabulary) -> Question:
    """The question with the chapter's own campaigns, letters and tags in place of 1, 2, 3."""
    text = json.loads(json.dumps(raw))

    def settle(part: Question) -> None:
        for each in next(iter(part.values())):
            if "field" not in each:
                settle(each)
            elif each["field"] in ("acted", "clicked", "got", "tag") and each["is"] in (
                "in", "not_in", "has",
            ):  # fmt: skip
                options = known[each["field"]].operators[0].options
                each["value"] = options[int(each["value"]) % len(options)][0]

    settle(text)
    return text


async def _timed(
    chapter: Chapter, question: asking.Group, known: vocabulary.Vocabulary
) -> tuple[int, float]:
    found, times = 0, []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        found = await asking.count(chapter, question, known)
        times.append(time.perf_counter() - begun)
    return found, statistics.median(times)


async def _plan(chapter: Chapter, question: asking.Group, known: vocabulary.Vocabulary) -> str:
    asked = Statement(chapter)
    piece = asking.condition(question, known, asked)
    sql = f"SELECT COUNT(*) AS n {asking.within(chapter)} AND {piece}"
    explain = "EXPLAIN (ANALYZE, BUFFERS)" if db.dialect() == "postgres" else "EXPLAIN QUERY PLAN"
    found = await db.rows(f"{explain} {sql}", *asked.values)
    if db.dialect() == "postgres":
        return "\n".join(str(next(iter(each.values()))) for each in found)
    depths = {0: -1}
    lines = []
    for each in found:
        depths[each["id"]] = depths.get(each["parent"], -1) + 1
        lines.append("  " * depths[each["id"]] + str(each["detail"]))
    return "\n".join(lines)


async def _largest() -> Chapter:
    found = await db.value(
        "SELECT chapter_id FROM advocacy_membership GROUP BY chapter_id"
        " ORDER BY COUNT(*) DESC LIMIT 1"
    )
    return await Chapter.get(id=found)


async def _fill(largest: Chapter, hq: Chapter, size: int) -> None:
    """What people did and got: twelve campaigns, six letters to all, a click of one in twelve.

    The campaigns are of headquarters with editions everywhere, so that both can ask about them.
    """
    now = moment.now()
    for number in range(1, CAMPAIGNS + 1):
        await db.execute(
            "INSERT INTO campaigns_campaign (id, chapter_id, slug, name, state, created_at)"
            " VALUES ($1, $2, $3, $3, 'live', $4)",
            number, hq.id, f"campaign-{number}", now,
        )  # fmt: skip
    await db.execute(
        "INSERT INTO campaigns_edition (id, campaign_id, chapter_id, language, created_at)"
        " SELECT k.id * 1000 + c.id, k.id, c.id, 'en', k.created_at"
        " FROM campaigns_campaign k CROSS JOIN advocacy_chapter c"
    )
    await db.execute(
        "INSERT INTO campaigns_action_page (id, edition_id, slug, created_at)"
        " SELECT id, id, 'page-' || id, created_at FROM campaigns_edition"
    )
    await _act(now)
    await _write(largest, hq, now)
    for chapter in (hq, largest):
        await db.execute(
            "INSERT INTO advocacy_tag (id, chapter_id, name) VALUES ($1, $1, 'board')", chapter.id
        )
        await db.execute(
            f"INSERT INTO advocacy_tagging (tag_id, person_id, at) SELECT {chapter.id}, id,"
            " created_at FROM advocacy_person WHERE id % 50 = 0"
        )
    await db.execute(
        "INSERT INTO advocacy_subscription (person_id, chapter_id, purpose, channel, granted,"
        f" changed_at) SELECT id, {hq.id}, 'mailings', 'email', id % 3 <> 0, created_at"
        " FROM advocacy_person"
    )


def _ago(days: str) -> str:
    """SQL of the moment so many days (an expression) before now."""
    if db.dialect() == "postgres":
        return f"(now() - ({days}) * interval '1 day')"
    return f"strftime('%Y-%m-%d %H:%M:%f+00:00', 'now', '-' || ({days}) || ' days')"


async def _act(now: Any) -> None:
    """Every person acts in each campaign with a chance of one in six, in their own chapter."""
    for number in range(1, CAMPAIGNS + 1):
        at = _ago(f"(m.person_id * 7 + {number} * 31) % 700")
        await db.execute(
            "INSERT INTO campaigns_action (page_id, campaign_id, chapter_id, person_id, kind,"
            f" state, created_at, confirmed_at) SELECT {number} * 1000 + m.chapter_id, {number},"
            f" m.chapter_id, m.person_id, 'signature', 'confirmed', {at}, {at}"
            f" FROM advocacy_membership m WHERE (m.person_id * 2654435761 + {number} * 40503)"
            " % 97 < 16 ON CONFLICT (page_id, person_id) DO NOTHING"
        )


async def _write(largest: Chapter, hq: Chapter, now: Any) -> None:
    for number in range(1, LETTERS * 2 + 1):
        sender = hq if number <= LETTERS else largest
        await db.execute(
            "INSERT INTO campaigns_mailing (id, chapter_id, name, state, created_at)"
            " VALUES ($1, $2, $3, 'sent', $4)",
            number, sender.id, f"Letter {number}", now,
        )  # fmt: skip
        await db.execute(
            "INSERT INTO campaigns_link (id, mailing_id, url) VALUES ($1, $1, '/')", number
        )
        whose = "TRUE" if sender is hq else f"s.chapter_id = {sender.id}"
        await db.execute(
            "INSERT INTO campaigns_delivery (mailing_id, person_id, text_language, status, sent_at)"
            f" SELECT DISTINCT {number}, s.person_id, 'en', 'sent', {_ago('300')}"
            f" FROM advocacy_subscription s WHERE s.granted AND {whose}"
        )
    await db.execute(
        "INSERT INTO campaigns_click (delivery_id, link_id, at, is_robot)"
        f" SELECT d.id, d.mailing_id, {_ago('(d.person_id + d.mailing_id * 50) % 300')},"
        " d.person_id % 5 = 0 FROM campaigns_delivery d"
        " WHERE (d.person_id * 31 + d.mailing_id * 7) % 12 = 0"
    )
