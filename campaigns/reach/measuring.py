"""The definitions: every figure about a campaign is defined here and nowhere else.

One query places each person once, so that the parts of a figure always sum to its whole.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from advocacy import db
from advocacy.chapters.safety import named
from advocacy.render.i18n import lazy_gettext

QUARTER = 900


@dataclass(frozen=True)
class Definition:
    """What a figure means; `version` grows when the meaning changes."""

    key: str
    label: Any
    sentence: Any
    version: int = 1


DEFINITIONS = (
    Definition(
        "reached",
        lazy_gettext("People reached"),
        lazy_gettext(
            "Different people to whom a letter of the campaign was sent and not returned."
        ),
    ),
    Definition(
        "engaged",
        lazy_gettext("Engaged"),
        lazy_gettext("Of the people reached, those who followed a link as a human or acted."),
    ),
    Definition(
        "acted",
        lazy_gettext("Acted"),
        lazy_gettext("Different people with at least one confirmed action in the campaign."),
    ),
    Definition(
        "new",
        lazy_gettext("New people"),
        lazy_gettext("Of those who acted, the people first known through this campaign."),
    ),
)
PLACING = lazy_gettext(
    "Each person counts once: in the chapter of their earliest current membership, and without "
    "one in the chapter on whose page they first acted; in the country they told us."
)

# Whoever was erased stands where they stood on that day: a report tells nothing of it.
_ERASED_ON = {
    "sqlite": "date(q.erased_at)",
    "postgres": "CAST(q.erased_at AT TIME ZONE 'UTC' AS date)",
}
_PEOPLE = """
WITH sent AS (
    SELECT DISTINCT d.person_id FROM campaigns_delivery d
    JOIN campaigns_mailing m ON m.id = d.mailing_id
    WHERE m.campaign_id = $1 AND d.status = 'sent'),
clicked AS (
    SELECT DISTINCT d.person_id FROM campaigns_mailing m
    JOIN campaigns_delivery d ON d.mailing_id = m.id AND d.status = 'sent'
    JOIN campaigns_click k ON k.delivery_id = d.id AND NOT k.is_robot
    WHERE m.campaign_id = $1),
acts AS (
    SELECT a.person_id, MIN(a.id) AS first_id,
        MAX(CASE WHEN a.is_new_person THEN 1 ELSE 0 END) AS is_new
    FROM campaigns_action a
    WHERE a.campaign_id = $1 AND a.state = 'confirmed' GROUP BY a.person_id),
people AS (SELECT person_id FROM sent UNION SELECT person_id FROM acts),
homes AS (
    SELECT m.person_id, MIN(m.id) AS first_id FROM people
    JOIN advocacy_membership m ON m.person_id = people.person_id
    JOIN advocacy_person q ON q.id = m.person_id
    WHERE m.state = 'current' OR (q.erased_at IS NOT NULL AND m.left_on = {erased_on})
    GROUP BY m.person_id),
placed AS (
    SELECT people.person_id, COALESCE(home.chapter_id, act.chapter_id, 0) AS chapter_id,
        p.country_code AS country_code,
        CASE WHEN sent.person_id IS NULL THEN 0 ELSE 1 END AS reached,
        CASE WHEN sent.person_id IS NOT NULL
            AND (clicked.person_id IS NOT NULL OR acts.person_id IS NOT NULL)
            THEN 1 ELSE 0 END AS engaged,
        CASE WHEN acts.person_id IS NULL THEN 0 ELSE 1 END AS acted,
        COALESCE(acts.is_new, 0) AS new
    FROM people
    JOIN advocacy_person p ON p.id = people.person_id
    LEFT JOIN sent ON sent.person_id = people.person_id
    LEFT JOIN clicked ON clicked.person_id = people.person_id
    LEFT JOIN acts ON acts.person_id = people.person_id
    LEFT JOIN campaigns_action act ON act.id = acts.first_id
    LEFT JOIN homes ON homes.person_id = people.person_id
    LEFT JOIN advocacy_membership home ON home.id = homes.first_id)
"""
PLACES = (
    _PEOPLE
    + """
SELECT chapter_id, country_code, SUM(reached) AS reached, SUM(engaged) AS engaged,
    SUM(acted) AS acted, SUM(new) AS new
FROM placed GROUP BY chapter_id, country_code ORDER BY chapter_id, country_code
"""
)
FIRST_ACTS = """
SELECT {bucket} AS bucket, COUNT(*) AS acted, SUM(first.new) AS new
FROM (SELECT person_id, MIN(confirmed_at) AS at,
        MAX(CASE WHEN is_new_person THEN 1 ELSE 0 END) AS new
      FROM campaigns_action WHERE campaign_id = $1 AND state = 'confirmed'
      GROUP BY person_id) first
GROUP BY 1 ORDER BY 1
"""
FIRST_ACTS_OF_CHAPTER = (
    _PEOPLE
    + """
SELECT {bucket} AS bucket, COUNT(*) AS acted, SUM(placed.new) AS new
FROM placed
JOIN (SELECT person_id, MIN(confirmed_at) AS at FROM campaigns_action
      WHERE campaign_id = $1 AND state = 'confirmed' GROUP BY person_id) first
    ON first.person_id = placed.person_id
WHERE placed.chapter_id = $2 GROUP BY 1 ORDER BY 1
"""
)
MAILINGS = """
SELECT m.id, m.name, m.state, m.audience_size, m.started_at, h.safety,
    SUM(CASE WHEN d.status = 'sent' THEN 1 ELSE 0 END) AS reached,
    SUM(CASE WHEN d.status = 'bounced' THEN 1 ELSE 0 END) AS bounced,
    SUM(CASE WHEN d.status = 'failed' THEN 1 ELSE 0 END) AS failed,
    SUM(CASE WHEN d.status IN ('skipped', 'held') THEN 1 ELSE 0 END) AS skipped,
    SUM(CASE WHEN d.status IN ('queued', 'claimed', 'deferred', 'unknown') THEN 1 ELSE 0 END)
        AS pending,
    (SELECT COUNT(DISTINCT kd.person_id) FROM campaigns_delivery kd
        JOIN campaigns_click k ON k.delivery_id = kd.id AND NOT k.is_robot
        WHERE kd.mailing_id = m.id) AS clicked,
    (SELECT COUNT(DISTINCT a.person_id) FROM campaigns_action a
        WHERE a.source_id = m.source_id AND a.campaign_id = $1 AND a.state = 'confirmed') AS acted
FROM campaigns_mailing m JOIN advocacy_chapter h ON h.id = m.chapter_id
LEFT JOIN campaigns_delivery d ON d.mailing_id = m.id
WHERE m.campaign_id = $1 AND m.state IN ('sending', 'stopped', 'sent')
GROUP BY m.id, m.name, m.state, m.audience_size, m.started_at, m.source_id, h.safety
ORDER BY m.started_at, m.id
"""


@dataclass(frozen=True)
class Place:
    """How many different people of one chapter and country, by figure."""

    chapter_id: int
    country_code: str
    reached: int
    engaged: int
    acted: int
    new: int


async def places(campaign_id: int) -> list[Place]:
    """Everybody the campaign touched, each once, by chapter and country."""
    found = await db.rows(PLACES.format(erased_on=_ERASED_ON[db.dialect()]), campaign_id)
    return [
        Place(
            int(row["chapter_id"]),
            row["country_code"],
            int(row["reached"]),
            int(row["engaged"]),
            int(row["acted"]),
            int(row["new"]),
        )
        for row in found
    ]


async def days(
    campaign_id: int, zone: tzinfo, *, chapter_id: int | None = None
) -> dict[str, tuple[int, int]]:
    """People who first acted, and the new among them, by day (ISO) on the clocks of a zone.

    Counted in quarters of an hour first: every zone's midnight falls on one.
    """
    if db.dialect() == "sqlite":
        bucket = f"CAST(strftime('%s', first.at) AS INTEGER) / {QUARTER}"
    else:
        bucket = f"CAST(floor(extract(epoch FROM first.at) / {QUARTER}) AS BIGINT)"
    sql = FIRST_ACTS if chapter_id is None else FIRST_ACTS_OF_CHAPTER
    sql = sql.format(bucket=bucket, erased_on=_ERASED_ON[db.dialect()])
    found = await db.rows(sql, campaign_id, *([] if chapter_id is None else [chapter_id]))
    by_day: dict[str, tuple[int, int]] = {}
    for row in found:
        at = datetime.fromtimestamp(int(row["bucket"]) * QUARTER, UTC).astimezone(zone)
        acted, new = by_day.get(at.date().isoformat(), (0, 0))
        by_day[at.date().isoformat()] = (acted + int(row["acted"]), new + int(row["new"] or 0))
    return by_day


async def mailings(campaign_id: int) -> list[dict[str, Any]]:
    """Each mailing's deliveries by outcome (they sum to its audience), clicks and actions.

    `clicked` is None where the sender's safety profile lets nobody count clicks.
    """
    found = [dict(row) for row in await db.rows(MAILINGS, campaign_id)]
    for row in found:
        if not named(row.pop("safety")).clicks_tracked:
            row["clicked"] = None
    return found


async def submissions(campaign_id: int, *, chapter_id: int | None = None) -> dict[str, int]:
    """Actions by state: submitted is their sum. Of one chapter's pages where one is given."""
    where = "" if chapter_id is None else " AND chapter_id = $2"
    found = await db.rows(
        "SELECT state, COUNT(*) AS number FROM campaigns_action"
        f" WHERE campaign_id = $1{where} GROUP BY state",
        campaign_id,
        *([] if chapter_id is None else [chapter_id]),
    )
    counted = {row["state"]: int(row["number"]) for row in found}
    return {state: counted.get(state, 0) for state in ("confirmed", "waiting", "invalidated")}
