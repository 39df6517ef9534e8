"""Whoever is erased, and whoever they were: every published figure stays what it was."""

import random
from datetime import timedelta
from typing import Any

import pytest

from advocacy import db, moment
from advocacy.audit.recording import Actor
from advocacy.duplicates import merging
from advocacy.members.models import Membership, Person, Suppression
from advocacy.rights import asking, working
from campaigns import wiring
from campaigns.actions import tallying
from campaigns.models import Campaign
from campaigns.reach import reports
from tests import factories
from tests.advocacy.rights.test_erasing import MEMBER
from tests.advocacy.rights.traces import traces_of
from tests.campaigns.reach.test_measuring import _world
from tests.conftest import Settings


async def figures(campaign: Campaign) -> dict[str, Any]:
    """A report without what never counted: letters that wait, actions that wait."""
    report = (await reports.of(campaign)).as_dict()
    for mailing in report["mailings"]:
        mailing["not sent"] = mailing.pop("pending") + mailing.pop("skipped")
    told = report.pop("submissions")
    report["submitted"] = [told["confirmed"], told["waiting"] + told["invalidated"]]
    report.pop("cut_off", None)
    return report


async def erase(person_id: int) -> None:
    asked = await asking.ask_erasure(person_id, language="en", actor=MEMBER)
    with moment.shifted(timedelta(hours=25)):
        assert await working.work(asked.id)


@pytest.mark.parametrize("seed", range(3))
async def test_no_report_changes_by_an_erasure(database: Settings, seed: int) -> None:
    wiring.load_tasks()
    petition, chapters = await _world(seed)
    await tallying.fold_all()
    dice = random.Random(seed)
    before = [await figures(petition.campaign), await tallying.count(petition.page.id)]
    parts = [(await reports.of(petition.campaign, chapter=each)).totals for each in chapters]
    people = await Person.all()
    for person in dice.sample(people, 12):
        if dice.random() < 0.3:
            # Who left a chapter earlier, even on this very day, stands in it no more.
            left = {"state": "left", "left_on": moment.now().date()}
            await Membership.filter(person_id=person.id).update(**left)
            before[0] = await figures(petition.campaign)
            parts = [(await reports.of(petition.campaign, chapter=c)).totals for c in chapters]
        await erase(person.id)
        after = [await figures(petition.campaign), await tallying.count(petition.page.id)]
        assert after == before
        now = [(await reports.of(petition.campaign, chapter=each)).totals for each in chapters]
        assert now == parts
    assert await tallying.recount(petition.page.id) == 0


async def test_whoever_was_merged_into_somebody_goes_with_them(database: Settings) -> None:
    wiring.load_tasks()
    kenya = await factories.chapter("kenya")
    kept = await factories.member(kenya, "kept@example.org", given_name="Zzyzxwort")
    lost = await factories.member(kenya, "lost@example.org", given_name="Zzyzxwort")
    await merging.merge(kept.id, lost.id, chapter=kenya, actor=Actor(None, "system"))
    words = ["kept@example.org", "lost@example.org", "Zzyzxwort"]
    assert await traces_of(words)
    await erase(kept.id)
    assert await traces_of(words) == []
    for each in (kept, lost):
        assert await Suppression.exists(address_hash=each.address_hash, reason="erased")


async def test_a_country_stays_only_where_a_report_counts_it(database: Settings) -> None:
    wiring.load_tasks()
    idle = await factories.person(country_code="TV")
    await erase(idle.id)
    assert (await Person.get(id=idle.id)).country_code == ""


async def test_erasing_writes_the_log_without_a_name(database: Settings) -> None:
    wiring.load_tasks()
    gone = await factories.person("gone@example.org")
    await erase(gone.id)
    rows = await db.rows("SELECT act, actor, details FROM advocacy_audit_entry ORDER BY id")
    assert [each["act"] for each in rows] == ["rights.erasure_asked", "person.erased"]
    assert "gone" not in str(rows)
