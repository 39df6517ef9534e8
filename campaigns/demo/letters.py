"""The demo's mailings: sent ones with deliveries, bounces and clicks; scheduled ones; a draft."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from advocacy import db, moment
from advocacy.members.consent import mailable
from advocacy.render import i18n
from campaigns.actions.models import SourceCode
from campaigns.demo.plots import Stage
from campaigns.demo.words import LETTERS
from campaigns.mailings import audience
from campaigns.mailings.models import Link, Mailing, MailingText

DELIVERIES = """INSERT INTO campaigns_delivery (mailing_id, person_id, text_language, country_code,
    status, attempts, sent_at, bounced_at, reason, response)
    VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9)"""
CLICKS = """INSERT INTO campaigns_click (delivery_id, link_id, at, is_robot)
    VALUES ($1, $2, $3, $4)"""


@dataclass(frozen=True)
class Visit:
    """A person who followed a letter's link as a human, and when."""

    person_id: int
    at: datetime
    source_id: int


@dataclass(frozen=True)
class Post:
    """One mailing of the demo: `day` after the launch; `kind` names its text."""

    kind: str
    day: int


async def write(stage: Stage, post: Post, *, state: str = "draft") -> Mailing:
    """A mailing with its texts; a scheduled one goes out in three days."""
    campaign = stage.campaign
    now = moment.now()
    spoken = i18n.best(stage.pages[0][1].main_language)
    source = await SourceCode.create(
        code=f"{campaign.slug[:28]}-{post.kind[:6]}-{post.day}",
        kind="mailing",
        label=LETTERS[post.kind][spoken][0],
        campaign=campaign,
        created_at=now,
    )
    mailing = await Mailing.create(
        chapter_id=campaign.chapter_id,
        campaign=campaign,
        page=stage.pages[0][0],
        source=source,
        name=LETTERS[post.kind][spoken][0],
        state=state,
        created_at=(campaign.launched_at or now) + timedelta(days=max(0, post.day - 1)),
        send_at=now + timedelta(days=3) if state == "scheduled" else None,
    )
    for language, (subject, body) in LETTERS[post.kind].items():
        await MailingText.create(mailing=mailing, language=language, subject=subject, body=body)
    if state == "scheduled":
        mailing.audience_size = await audience.count(mailing)
        await mailing.save(update_fields=["audience_size"])
    return mailing


async def send(stage: Stage, post: Post, dice: random.Random) -> list[Visit]:
    """A mailing that went out on its day: one delivery for each person who could be written to."""
    mailing = await write(stage, post)
    launched = stage.campaign.launched_at or moment.now()
    started = launched.replace(hour=9, minute=30) + timedelta(days=post.day)
    people = await db.rows(
        f"SELECT p.id, p.language, p.country_code {mailable()} AND p.created_at < $2 ORDER BY p.id",
        mailing.chapter_id,
        started,
    )
    rows, bounced, quit_people = _deliveries(mailing, people, started, dice)
    await db.execute_many(DELIVERIES, rows)
    await _bounce(bounced)
    await _quit(quit_people, mailing.chapter_id, started)
    await Mailing.filter(id=mailing.id).update(
        state="sent",
        audience_size=len(rows),
        send_at=started,
        started_at=started,
        finished_at=started + timedelta(seconds=20 + len(rows) // 400),
        version=2,
    )
    return await _clicks(stage, mailing, dice)


def _deliveries(
    mailing: Mailing, people: list[dict[str, object]], started: datetime, dice: random.Random
) -> tuple[list[tuple[object, ...]], list[int], list[int]]:
    rows: list[tuple[object, ...]] = []
    bounced: list[int] = []
    quit_people: list[int] = []
    for number, person in enumerate(people):
        at = started + timedelta(seconds=number / 400)
        language = str(person["language"]).split("-")[0]
        spoken = language if language in ("en", "fr", "es", "ar") else "en"
        head = (mailing.id, person["id"], spoken, person["country_code"])
        chance = dice.random()
        if chance < 0.011:
            bounced.append(int(str(person["id"])))
            later = at + timedelta(minutes=dice.randint(1, 90))
            rows.append((*head, "bounced", at, later, "hard_bounce", "5.1.1"))
        elif chance < 0.015:
            rows.append((*head, "failed", None, None, "refused", "550 5.7.1"))
        elif chance < 0.021:
            quit_people.append(int(str(person["id"])))
            rows.append((*head, "skipped", None, None, "unsubscribed", ""))
        else:
            rows.append((*head, "sent", at, None, "", "250"))
    return rows, bounced, quit_people


async def _bounce(people: list[int]) -> None:
    await db.execute_many(
        "UPDATE advocacy_person SET deliverability = 'bounced' WHERE id = $1",
        [(person,) for person in people],
    )


async def _quit(people: list[int], chapter_id: int, at: datetime) -> None:
    await db.execute_many(
        "INSERT INTO advocacy_consent (person_id, chapter_id, granted, basis, at)"
        " VALUES ($1, $2, FALSE, 'page', $3)",
        [(person, chapter_id, at) for person in people],
    )
    await db.execute_many(
        "UPDATE advocacy_subscription SET granted = FALSE, changed_at = $3"
        " WHERE person_id = $1 AND chapter_id = $2",
        [(person, chapter_id, at) for person in people],
    )


async def _clicks(stage: Stage, mailing: Mailing, dice: random.Random) -> list[Visit]:
    link = await Link.create(mailing=mailing, url=f"/a/{stage.pages[0][0].slug}")
    sent = await db.rows(
        "SELECT id, person_id, sent_at FROM campaigns_delivery WHERE mailing_id = $1"
        " AND status = 'sent' ORDER BY id",
        mailing.id,
    )
    latest = moment.now() - timedelta(minutes=5)
    rows: list[tuple[object, ...]] = []
    visits: list[Visit] = []
    for each in sent:
        chance = dice.random()
        if chance >= 0.34:
            continue
        sent_at = each["sent_at"]
        sent_at = datetime.fromisoformat(sent_at) if isinstance(sent_at, str) else sent_at
        is_robot = chance < 0.05
        hours = 0.001 if is_robot else dice.expovariate(1 / 14)
        at = min(sent_at + timedelta(hours=hours), latest)
        rows.append((each["id"], link.id, at, is_robot))
        if not is_robot:
            visits.append(Visit(int(each["person_id"]), at, mailing.source_id or 0))
    await db.execute_many(CLICKS, rows)
    return visits
