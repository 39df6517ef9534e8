"""Six weeks of actions: members who came by a letter or by themselves, and new people."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from advocacy import db, moment, settings
from advocacy.mail.addresses import address_hash, canonical
from campaigns.actions.models import ActionPage, SourceCode
from campaigns.demo import names
from campaigns.demo.letters import Visit
from campaigns.demo.plots import Stage
from campaigns.demo.words import COMMENTS

ACTIONS = """INSERT INTO campaigns_action (page_id, campaign_id, chapter_id, person_id, kind, state,
    display_name, is_named, country_code, language, comment, source_id, is_new_person, created_at,
    confirmed_at, wrote_at)
    VALUES ($1, $2, $3, $4, 'signature', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13)
    ON CONFLICT (page_id, person_id) DO NOTHING"""
PERSONS = """INSERT INTO advocacy_person (email, canonical, address_hash, given_name, family_name,
    language, country_code, deliverability, created_at, confirmed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'ok', $8, $9) ON CONFLICT (canonical) DO NOTHING"""


async def act(stage: Stage, visits: list[Visit], dice: random.Random) -> None:
    """Fills a campaign's pages with actions; visits of letters come first."""
    share = await SourceCode.create(
        code=f"{stage.campaign.slug[:30]}-share",
        kind="share",
        label="Shared by a signer",
        campaign=stage.campaign,
        created_at=stage.campaign.created_at,
    )
    members = await _members(stage)
    pages = {chapter.id: page for page, chapter in stage.pages}
    rows: list[tuple[Any, ...]] = []
    for visit in visits:
        person = members.get(visit.person_id)
        if person is not None and dice.random() < 0.62:
            at = visit.at + timedelta(minutes=dice.uniform(0.5, 8))
            rows.append(_row(stage, pages, person, at, visit.source_id, dice))
    came = {visit.person_id for visit in visits}
    for person in members.values():
        if person["id"] not in came and dice.random() < stage.plot.part * 0.45:
            source = share.id if dice.random() < 0.4 else None
            rows.append(_row(stage, pages, person, _moment(stage, dice), source, dice))
    rows += await _newcomers(stage, pages, len(rows) // 4, share.id, dice)
    await db.execute_many(ACTIONS, rows)


async def _members(stage: Stage) -> dict[int, dict[str, Any]]:
    """Members of the chapters of the campaign; of all chapters for headquarters."""
    chapters = [chapter.id for _page, chapter in stage.pages]
    everyone = any(chapter.is_headquarters for _page, chapter in stage.pages)
    where = "" if everyone else f"AND m.chapter_id IN ({db.marks(len(chapters))})"
    found = await db.rows(
        "SELECT p.id, p.given_name, p.family_name, p.language, p.country_code, m.chapter_id"
        " FROM advocacy_membership m JOIN advocacy_person p ON p.id = m.person_id"
        f" WHERE m.state = 'current' AND p.confirmed_at IS NOT NULL {where} ORDER BY p.id",
        *([] if everyone else chapters),
    )
    return {int(each["id"]): each for each in found}


def _moment(stage: Stage, dice: random.Random) -> datetime:
    """More at the start and towards the end, fewer at weekends and at night."""
    begun: datetime = stage.campaign.launched_at or moment.now()
    last: datetime = (stage.campaign.ended_at or moment.now()) - timedelta(minutes=10)
    while True:
        part = dice.random() ** 1.6 if dice.random() < 0.7 else 1 - dice.random() ** 1.5 * 0.4
        at: datetime = begun + (last - begun) * part
        if (at.weekday() < 5 or dice.random() < 0.55) and (
            7 <= at.hour < 22 or dice.random() < 0.2
        ):
            return at


def _row(
    stage: Stage,
    pages: dict[int, ActionPage],
    person: dict[str, Any],
    at: datetime,
    source_id: int | None,
    dice: random.Random,
    *,
    is_new: bool = False,
) -> tuple[Any, ...]:
    home = person["chapter_id"] if person["chapter_id"] in pages else stage.campaign.chapter_id
    end = (stage.campaign.ended_at or moment.now()) - timedelta(seconds=30)
    at = min(at, end)
    chance = dice.random()
    state = "waiting" if chance < 0.04 else "invalidated" if chance < 0.05 else "confirmed"
    language = str(person["language"]).split("-")[0]
    comments = COMMENTS.get(language, ())
    return (
        pages[home].id,
        stage.campaign.id,
        home,
        person["id"],
        state,
        f"{person['given_name']} {person['family_name']}".strip(),
        dice.random() < 0.4,
        person["country_code"],
        person["language"],
        dice.choice(comments) if comments and dice.random() < 0.08 else "",
        source_id,
        is_new and state == "confirmed",
        at,
        None if state == "waiting" else at + timedelta(seconds=dice.randint(5, 3600)),
    )


async def _newcomers(
    stage: Stage, pages: dict[int, ActionPage], count: int, share_id: int, dice: random.Random
) -> Iterable[tuple[Any, ...]]:
    """People first known through this campaign: most come by a shared link."""
    chapters = [chapter for _page, chapter in stage.pages]
    key = settings.current().secret_key
    made: dict[str, tuple[Any, ...]] = {}
    for number in range(count):
        chapter = dice.choice(chapters)
        language = chapter.main_language
        given, family = names.of(language)
        address = f"supporter{stage.campaign.id}.{number}@example.net"
        at = _moment(stage, dice)
        made[canonical(address)] = (
            address, canonical(address), address_hash(canonical(address), key),
            dice.choice(given), dice.choice(family), language,
            chapter.country_code or dice.choice(("KE", "BR", "FR", "IN", "US", "NG", "DE")),
            at, at,
        )  # fmt: skip
    await db.execute_many(PERSONS, list(made.values()))
    found = await db.rows(
        "SELECT id, canonical, given_name, family_name, language, country_code"
        " FROM advocacy_person WHERE canonical LIKE $1 ORDER BY id",
        f"supporter{stage.campaign.id}.%",
    )
    by_country = {chapter.country_code: chapter.id for chapter in chapters}
    rows = []
    for person in found:
        at = made[person["canonical"]][7]
        person["chapter_id"] = by_country.get(person["country_code"], stage.campaign.chapter_id)
        source = share_id if dice.random() < 0.7 else None
        rows.append(_row(stage, pages, person, at, source, dice, is_new=True))
    return rows
