"""The public list of campaigns: what is open, then what is over and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from advocacy import db
from advocacy.render import i18n
from campaigns.actions.looking import PublicPage, best_text, when
from campaigns.editions.models import EditionText


@dataclass(frozen=True)
class Listed:
    """A campaign in the public list, with the page that suits the reader."""

    slug: str
    mark: str
    title: str
    title_language: str
    dir: str
    summary: str
    chapter: str
    state: str
    goal: int
    count: int
    ends_at: datetime | None


async def public_list(*, language: str = "", chapter: str = "", limit: int = 200) -> list[Listed]:
    """Live campaigns, then ended ones, newest first; one line each.

    `language` keeps those with a text in it, `chapter` (a slug) those with an edition there.
    """
    where, bound = ["c.state IN ('live', 'paused', 'ended')"], []
    if chapter:
        bound.append(chapter)
        where.append(f"h.slug = ${len(bound)}")
    else:
        where.append("e.chapter_id = c.chapter_id")
    if language:
        bound.append(language)
        where.append(
            "EXISTS (SELECT 1 FROM campaigns_edition_text t WHERE t.edition_id = e.id"
            f" AND t.language = ${len(bound)})"
        )
    rows = await db.rows(
        f"""SELECT p.slug, c.slug AS mark, c.state, c.goal, c.ends_at, e.id AS edition_id,
              e.language, h.name AS chapter,
              (SELECT COALESCE(SUM(t.count), 0) FROM campaigns_tally t
                JOIN campaigns_action_page tp ON tp.id = t.page_id
                JOIN campaigns_edition te ON te.id = tp.edition_id
                WHERE te.campaign_id = c.id) AS count
            FROM campaigns_campaign c JOIN campaigns_edition e ON e.campaign_id = c.id
            JOIN campaigns_action_page p ON p.edition_id = e.id
            JOIN advocacy_chapter h ON h.id = e.chapter_id WHERE {" AND ".join(where)}
            ORDER BY CASE c.state WHEN 'ended' THEN 1 ELSE 0 END, c.launched_at DESC, p.id
            LIMIT {int(limit)}""",
        *bound,
    )
    said: dict[int, list[EditionText]] = {}
    for text in await EditionText.filter(edition_id__in=[each["edition_id"] for each in rows]):
        said.setdefault(text.edition_id, []).append(text)
    wanted = language or i18n.current()
    return [
        _listed(row, best_text(said[row["edition_id"]], wanted, row["language"]))
        for row in rows
        if row["edition_id"] in said
    ]


def _listed(row: dict[str, Any], text: EditionText) -> Listed:
    return Listed(
        slug=row["slug"],
        mark=row["mark"],
        title=text.title,
        title_language=text.language,
        dir=i18n.direction(text.language),
        summary=text.summary,
        chapter=row["chapter"],
        state=row["state"],
        goal=row["goal"],
        count=int(row["count"]),
        ends_at=when(row["ends_at"]),
    )


async def more_of(page: PublicPage, limit: int = 3) -> list[Listed]:
    """Other open campaigns for somebody who has just acted: the same chapter's first."""
    found = {
        each.mark: each
        for each in [
            *await public_list(chapter=page.chapter_slug, limit=20),
            *await public_list(limit=20),
        ]
        if each.state == "live" and each.mark != page.campaign_slug
    }
    return list(found.values())[:limit]
