"""Every figure of a report equals a plain recount of the rows, whatever happened."""

import csv
import io
import random
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment
from advocacy.chapters.models import Chapter
from advocacy.members.models import Membership, Person
from advocacy.settings import Settings
from campaigns.actions.models import Action, SourceCode
from campaigns.mailings.models import Click, Delivery, Link, Mailing
from campaigns.reach import exports, reports
from tests import factories


async def _world(seed: int) -> tuple[factories.Petition, list[Chapter]]:
    """A campaign with two letters, clicks of people and robots, and actions in every state."""
    dice = random.Random(seed)
    chapters = [
        await factories.chapter(region=region, country_code=country)
        for region, country in (("Africa", "KE"), ("Africa", "SN"), ("Europe", "FR"))
    ]
    petition = await factories.campaign_with_page(chapters[0])
    people = [
        await factories.member(
            dice.choice(chapters), country_code=dice.choice(("KE", "SN", "FR", ""))
        )
        for _ in range(30)
    ]
    people += [await factories.person(country_code="BR") for _ in range(6)]
    for number in range(2):
        await _letter(petition, people, dice, number)
    for person in people:
        if dice.random() < 0.6:
            await _act(petition, person, dice.choice(chapters), dice)
    return petition, chapters


async def _letter(
    petition: factories.Petition, people: list[Person], dice: random.Random, number: int
) -> None:
    now = moment.now()
    source = await SourceCode.create(
        code=f"{petition.page.slug}-{number}", kind="mailing", campaign=petition.campaign,
        created_at=now,
    )  # fmt: skip
    mailing = await Mailing.create(
        chapter=petition.chapter, campaign=petition.campaign, source=source, name=f"L{number}",
        state="sent", audience_size=0, started_at=now, created_at=now,
    )  # fmt: skip
    link = await Link.create(mailing=mailing, url="/a/x")
    audience = [person for person in people if dice.random() < 0.7]
    for person in audience:
        status = dice.choice(("sent", "sent", "sent", "bounced", "failed", "skipped", "queued"))
        delivery = await Delivery.create(
            mailing=mailing, person=person, text_language="en", status=status,
            sent_at=now if status in ("sent", "bounced") else None,
        )  # fmt: skip
        for _ in range(dice.choice((0, 0, 1, 2))):
            await Click.create(delivery=delivery, link=link, at=now, is_robot=dice.random() < 0.4)
    await Mailing.filter(id=mailing.id).update(audience_size=len(audience))


async def _act(
    petition: factories.Petition, person: Person, chapter: Chapter, dice: random.Random
) -> None:
    state = dice.choice(("confirmed", "confirmed", "waiting", "invalidated"))
    at = moment.now() - timedelta(hours=dice.randint(0, 200))
    await Action.create(
        page=petition.page, campaign=petition.campaign, chapter=chapter, person=person,
        kind="signature", state=state, is_new_person=dice.random() < 0.3, created_at=at,
        confirmed_at=at if state == "confirmed" else None,
    )  # fmt: skip


async def _recounted(campaign_id: int) -> dict[str, set[int]]:
    """The four figures as sets of persons, by reading every row."""
    deliveries = await Delivery.filter(mailing__campaign_id=campaign_id, status="sent")
    reached = {each.person_id for each in deliveries}
    by_id = {each.id: each.person_id for each in deliveries}
    clicks = await Click.filter(is_robot=False)
    clicked = {by_id[each.delivery_id] for each in clicks if each.delivery_id in by_id}
    actions = await Action.filter(campaign_id=campaign_id, state="confirmed")
    acted = {each.person_id for each in actions}
    new = {each.person_id for each in actions if each.is_new_person}
    return {
        "reached": reached, "engaged": reached & (clicked | acted), "acted": acted, "new": new,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_every_figure_equals_the_rows_behind_it(database: Settings, seed: int) -> None:
    petition, _chapters = await _world(seed)
    report = await reports.of(petition.campaign)
    wanted = await _recounted(petition.campaign.id)
    assert report.totals == {key: len(people) for key, people in wanted.items()}
    for table in (report.chapters, report.regions, report.countries):
        for key, total in report.totals.items():
            assert sum(getattr(line, key) for line in table) == total, "parts must sum to the whole"
    assert sum(day.acted for day in report.days) == report.totals["acted"]
    assert sum(day.new for day in report.days) == report.totals["new"]
    for line in report.countries:
        persons = await Person.filter(id__in=wanted["acted"], country_code=line.key).count()
        assert line.acted == persons


async def test_people_stand_in_the_chapter_of_their_earliest_membership(
    database: Settings,
) -> None:
    first, second = await factories.chapter(), await factories.chapter()
    petition = await factories.campaign_with_page(second)
    person = await factories.member(first)
    now = moment.now()
    await Membership.create(person=person, chapter=second, state="current", created_at=now)
    stranger = await factories.person()
    dice = random.Random(1)
    for each in (person, stranger):
        while not await Action.exists(person=each, state="confirmed"):
            await Action.filter(person=each).delete()
            await _act(petition, each, second, dice)
    report = await reports.of(petition.campaign)
    assert {line.key: line.acted for line in report.chapters} == {first.slug: 1, second.slug: 1}
    part = await reports.of(petition.campaign, chapter=second)
    assert part.totals["acted"] == 1
    assert part.mailings == [], "a chapter does not see the letters of headquarters"


@pytest.mark.parametrize("seed", range(2))
async def test_each_letter_s_outcomes_sum_to_its_audience(database: Settings, seed: int) -> None:
    petition, _chapters = await _world(seed)
    report = await reports.of(petition.campaign)
    assert len(report.mailings) == 2
    for each in report.mailings:
        outcomes = ("reached", "bounced", "failed", "skipped", "pending")
        assert sum(int(each[key]) for key in outcomes) == each["audience_size"]
    assert (
        sum(report.submissions.values())
        == await Action.filter(campaign_id=petition.campaign.id).count()
    )


async def test_days_are_those_of_the_campaign_s_zone(database: Settings) -> None:
    petition = await factories.campaign_with_page(timezone="Asia/Kathmandu")
    person = await factories.person()
    at = moment.now().replace(hour=18, minute=20, second=0, microsecond=0) - timedelta(days=2)
    await Action.create(
        page=petition.page, campaign=petition.campaign, chapter=petition.chapter, person=person,
        kind="signature", state="confirmed", created_at=at, confirmed_at=at,
    )  # fmt: skip
    report = await reports.of(petition.campaign)
    next_day = (at + timedelta(hours=5, minutes=45)).date().isoformat()
    assert [(day.day, day.acted) for day in report.days] == [(next_day, 1)]


async def test_the_csv_tables_hold_the_same_figures_and_no_formula(database: Settings) -> None:
    petition, _chapters = await _world(3)
    report = await reports.of(petition.campaign)
    header, rows = exports.table(report, "chapters")
    read: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(exports.as_csv(header, rows))))
    assert sum(int(row["acted"]) for row in read) == report.totals["acted"]
    evil = exports.as_csv(("name",), [["=HYPERLINK(1)"], ["+1"], ["@x"], ["-2"], ["fine"]])
    assert evil.splitlines()[1:] == ["'=HYPERLINK(1)", "'+1", "'@x", "'-2", "fine"]


async def test_a_campaign_without_anything_counts_zero(database: Settings) -> None:
    petition = await factories.campaign_with_page(state="draft")
    report = await reports.of(petition.campaign)
    assert set(report.totals.values()) == {0}
    assert report.chapters == report.days == report.mailings == []
