"""Retention: a dry run only counts, a run does just that, and a chapter's safety shortens it."""

from datetime import timedelta
from typing import Any

import pytest

from advocacy import db, moment, queue
from advocacy.audit.recording import SYSTEM
from advocacy.chapters.models import Chapter
from advocacy.chapters.safety import PROFILES
from advocacy.errors import Conflict
from advocacy.members.models import Consent, Person, SignUp
from advocacy.rights import retaining, rules
from advocacy.rights.models import RetentionRun
from campaigns import wiring
from campaigns.actions.models import Action
from campaigns.mailings.models import Click, Delivery, Link
from campaigns.reach import reports
from tests import factories, story
from tests.advocacy.rights.traces import everything


async def old_things(world: story.World) -> None:
    """Something for each rule that has a chapter, 20 days and 400 days old; and lone persons."""
    now = moment.now()
    for chapter in (world.kenya, world.senegal, world.france):
        for days in (20, 400, 800):
            at = now - timedelta(days=days)
            await SignUp.create(
                chapter=chapter, email="a@example.org", canonical=f"{days}@example.org",
                language="en", created_at=at,
            )  # fmt: skip
            await Consent.create(
                person=world.members[0], chapter=chapter, granted=True, basis="import",
                origin="192.0.2.0", at=at,
            )  # fmt: skip
    lone = await factories.person("lone@example.org", confirmed=False)
    busy = await factories.person("busy@example.org", confirmed=False)
    await Person.filter(id__in=[lone.id, busy.id]).update(created_at=now - timedelta(days=800))
    await Action.create(
        page=world.petition.page, campaign=world.petition.campaign, chapter=world.kenya,
        person=busy, kind="signature", state="invalidated", created_at=now - timedelta(days=800),
    )  # fmt: skip
    sent = await Delivery.create(
        mailing=world.mailing, person=world.members[0], text_language="en", status="sent",
        sent_at=now - timedelta(days=800), response="250 ok amina@example.org",
    )  # fmt: skip
    link = await Link.create(mailing=world.mailing, url="https://example.org/")
    for is_robot in (False, False, True):
        await Click.create(
            delivery=sent, link=link, at=now - timedelta(days=799), is_robot=is_robot
        )


async def run(worker: queue.EmbeddedWorker, *, is_dry: bool) -> dict[str, Any]:
    made = await retaining.start(is_dry=is_dry, actor=SYSTEM)
    await worker.idle()
    done = await RetentionRun.get(id=made.id)
    assert done.state == "done" and done.progress == 100
    return {name: number for name, number in done.counts.items() if number}


async def test_a_dry_run_counts_what_a_run_does_and_touches_nothing(
    worker: queue.EmbeddedWorker,
) -> None:
    world = await story.tell()
    await Chapter.filter(id=world.senegal.id).update(safety="careful")
    await Chapter.filter(id=world.france.id).update(safety="strict")
    await old_things(world)
    before = await everything()
    report = (await reports.of(world.petition.campaign)).as_dict()
    forecast = await run(worker, is_dry=True)
    after = await everything()
    before.pop("advocacy_retention_run"), after.pop("advocacy_retention_run")
    assert after == before
    assert forecast["sign_ups"] == 2 + 3 + 3, "kept 30 days, 14 and 7"
    assert forecast["origins"] == 2 + 2 + 3, "kept 365 days, 30 and none"
    assert forecast["persons"] == 1, "who did something stays"
    assert (forecast["clicks"], forecast["responses"]) == (2, 1)
    assert await run(worker, is_dry=False) == forecast
    assert await run(worker, is_dry=True) == {}
    assert not await Person.exists(canonical="lone@example.org")
    assert await Consent.all().count() == len(before["advocacy_consent"]), "the ledger stays"
    later = (await reports.of(world.petition.campaign)).as_dict()
    report.pop("cut_off", None), later.pop("cut_off", None)
    assert later == report


async def test_careful_countries_never_keep_anything_longer() -> None:
    wiring.load_tasks()
    for rule in rules.all_rules():
        days = [rule.days_of(profile) for profile in PROFILES.values()]
        assert days == sorted(days, reverse=True), rule.name


async def test_many_rows_go_in_batches_and_a_dead_worker_is_followed(
    worker: queue.EmbeddedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await story.tell()
    at = moment.now() - timedelta(days=40)
    await SignUp.bulk_create(
        SignUp(chapter=world.kenya, email=f"{n}@example.org", canonical=f"{n}@example.org",
               language="en", created_at=at)
        for n in range(25)
    )  # fmt: skip
    monkeypatch.setattr(rules, "BATCH", 10)
    monkeypatch.setattr(queue, "_broker", None)
    made = await retaining.start(is_dry=False, actor=SYSTEM)
    real, batches = db.execute, []

    async def die(sql: str, *given: Any) -> int:
        if sql.startswith("DELETE FROM advocacy_sign_up"):
            batches.append(sql)
            if len(batches) == 2:
                raise SystemExit
        return await real(sql, *given)

    with monkeypatch.context() as dying:
        dying.setattr(db, "execute", die)
        with pytest.raises(SystemExit):
            await retaining.work(made.id)
    assert await SignUp.all().count() == 15, "what the first batch did stays done"
    assert not await retaining.work(made.id)
    with moment.shifted(timedelta(minutes=3)):
        assert await retaining.sweep() == 1
        assert await retaining.work(made.id)
    done = await RetentionRun.get(id=made.id)
    assert done.counts["sign_ups"] == 25, "both workers' rows are counted"


async def test_one_run_at_a_time(database: Any) -> None:
    await retaining.start(is_dry=True, actor=SYSTEM)
    with pytest.raises(Conflict):
        await retaining.start(is_dry=False, actor=SYSTEM)
    await retaining.start_nightly()
    assert await RetentionRun.all().count() == 1
