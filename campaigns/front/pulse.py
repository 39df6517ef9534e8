"""How a chapter's membership does: growth over a year, languages spoken, and who takes part."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from markupsafe import Markup

from advocacy import db, moment
from advocacy.chapters.models import Chapter
from advocacy.members.veiling import seen
from advocacy.render import charts, i18n
from advocacy.render.i18n import gettext as _
from advocacy.render.i18n import ngettext

MONTHS = 12
QUARTER = timedelta(days=90)
LANGUAGES = 5
Curve = tuple[tuple[date, int], ...]


@dataclass(frozen=True)
class Share:
    """A part of the members: its name, how many, and out of how many."""

    label: str
    count: int
    whole: int


@dataclass(frozen=True)
class Growth:
    """Members at the end of each of the last months, the sentence over it, and its picture."""

    title: str
    curve: Curve
    svg: Markup
    summary: str


async def growth(chapter: Chapter) -> Growth | None:
    """The members of a chapter at thirteen month's ends; None while nobody joined at all.

    Whoever is a member today or left in between counts; people without a date of joining count
    from the beginning, those with one that is yet to come from today on. Days are those of UTC, as
    the roll keeps them.
    """
    today = moment.now().date()
    ends = _month_ends(today)
    begins, leaves = await _moves(chapter.id)
    begins = [(min(day, today), number) for day, number in begins]
    curve = tuple(
        (day, sum(n for d, n in begins if d <= day) - sum(n for d, n in leaves if d <= day))
        for day in ends
    )
    if not curve[-1][1]:
        return None
    more = curve[-1][1] - curve[0][1]
    title = ngettext(
        "%(num)s more member than a year ago", "%(num)s more members than a year ago", more
    )
    if more <= 0:
        title = ngettext(
            "%(num)s fewer member than a year ago", "%(num)s fewer members than a year ago", -more
        )
    if more == 0:
        title = _("As many members as a year ago")
    svg = await asyncio.to_thread(_drawn, curve, title, _("Members"), i18n.current())
    summary = _(
        "From %(first)s members on %(day)s to %(last)s today.",
        first=i18n.number(curve[0][1]),
        day=i18n.day(ends[0]),
        last=i18n.number(curve[-1][1]),
    )
    return Growth(title, curve, svg, summary)


@lru_cache(maxsize=200)
def _drawn(curve: Curve, title: str, name: str, locale: str) -> Markup:
    points = [(day, float(count)) for day, count in curve]
    return charts.timeline({name: points}, title=title, locale=locale).svg


def _month_ends(today: date) -> list[date]:
    """The last days of the twelve months before this one, and today; the oldest first."""
    ends, day = [today], today
    for _each in range(MONTHS):
        day = day.replace(day=1) - timedelta(days=1)
        ends.append(day)
    return ends[::-1]


async def _moves(chapter_id: int) -> tuple[list[tuple[date, int]], list[tuple[date, int]]]:
    """How many became members and how many left, by day; an unknown day is long ago."""
    joined = await db.rows(
        "SELECT joined_on AS day, COUNT(*) AS n FROM advocacy_membership"
        " WHERE chapter_id = $1 AND state IN ('current', 'left') GROUP BY joined_on",
        chapter_id,
    )
    left = await db.rows(
        "SELECT left_on AS day, COUNT(*) AS n FROM advocacy_membership"
        " WHERE chapter_id = $1 AND state = 'left' GROUP BY left_on",
        chapter_id,
    )
    return _dated(joined), _dated(left)


def _dated(rows: Sequence[dict[str, object]]) -> list[tuple[date, int]]:
    found = []
    for row in rows:
        day = row["day"]
        if isinstance(day, str):
            day = date.fromisoformat(day[:10])
        found.append((day if isinstance(day, date) else date.min, int(str(row["n"]))))
    return found


async def languages(chapter: Chapter) -> list[Share]:
    """The languages the members read, the most read first; beyond five they count together."""
    found = await db.rows(
        f"SELECT {seen('language')} AS language, COUNT(*) AS n FROM advocacy_membership m"
        " JOIN advocacy_person p ON p.id = m.person_id"
        " WHERE m.chapter_id = $1 AND m.state = 'current' GROUP BY 1",
        chapter.id,
    )
    counted: dict[str, int] = {}
    for row in found:
        main = row["language"].split("-")[0]
        counted[main] = counted.get(main, 0) + int(row["n"])
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    whole = sum(counted.values())
    shares = [Share(i18n.language(tag), count, whole) for tag, count in ranked[:LANGUAGES]]
    rest = sum(count for _tag, count in ranked[LANGUAGES:])
    return [*shares, Share(_("Other languages"), rest, whole)] if rest else shares


async def engagement(chapter: Chapter) -> list[Share]:
    """Of the current members: who may be written to, got a letter, followed a link and acted.

    The last three look at ninety days back and at this chapter's letters and campaigns only.
    """
    since = moment.now() - QUARTER
    row = await db.row(
        """SELECT COUNT(*) AS members,
             SUM(CASE WHEN allowed THEN 1 ELSE 0 END) AS allowed,
             SUM(CASE WHEN reached THEN 1 ELSE 0 END) AS reached,
             SUM(CASE WHEN clicked THEN 1 ELSE 0 END) AS clicked,
             SUM(CASE WHEN acted THEN 1 ELSE 0 END) AS acted
           FROM (SELECT
             EXISTS (SELECT 1 FROM advocacy_subscription s WHERE s.person_id = m.person_id
               AND s.chapter_id = m.chapter_id AND s.granted AND s.purpose = 'mailings'
               AND s.channel = 'email') AS allowed,
             EXISTS (SELECT 1 FROM campaigns_delivery d JOIN campaigns_mailing l
               ON l.id = d.mailing_id WHERE d.person_id = m.person_id
               AND l.chapter_id = m.chapter_id AND d.status = 'sent' AND d.sent_at >= $2)
               AS reached,
             EXISTS (SELECT 1 FROM campaigns_delivery d JOIN campaigns_mailing l
               ON l.id = d.mailing_id JOIN campaigns_click k ON k.delivery_id = d.id
               WHERE d.person_id = m.person_id AND l.chapter_id = m.chapter_id
               AND NOT k.is_robot AND k.at >= $2) AS clicked,
             EXISTS (SELECT 1 FROM campaigns_action a WHERE a.person_id = m.person_id
               AND a.chapter_id = m.chapter_id AND a.state = 'confirmed'
               AND a.confirmed_at >= $2) AS acted
           FROM advocacy_membership m
           WHERE m.chapter_id = $1 AND m.state = 'current') AS member""",
        chapter.id,
        since,
    )
    if row is None or not row["members"]:
        return []
    labels = {
        "allowed": _("Allow your letters"),
        "reached": _("Got a letter in the last 90 days"),
        "clicked": _("Followed a link in one"),
        "acted": _("Acted in the last 90 days"),
    }
    whole = int(row["members"])
    return [Share(label, int(row[key] or 0), whole) for key, label in labels.items()]
