"""A campaign's life: every step checked against its state, its version and its chapter."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from advocacy import moment
from advocacy.errors import Conflict, Invalid, NotFound
from campaigns import lifecycle
from campaigns.lifecycle import LABELS, MOVES
from campaigns.models import STATES, Campaign
from tests import factories

pytestmark = pytest.mark.usefixtures("database")
VERBS: dict[str, Any] = {
    "publish": lifecycle.publish,
    "withdraw": lifecycle.withdraw,
    "pause": lifecycle.pause,
    "resume": lifecycle.resume,
    "end": lifecycle.end,
    "archive": lifecycle.archive,
    "restore": lifecycle.restore,
}


async def _in_state(state: str, **changes: Any) -> Campaign:
    chapter = await factories.chapter()
    made = await lifecycle.create(chapter, "Keep the net on")
    await Campaign.filter(id=made.id).update(state=state, **changes)
    return await Campaign.get(id=made.id).select_related("chapter")


async def test_a_new_campaign_is_a_draft_in_the_zone_of_its_chapter() -> None:
    chapter = await factories.chapter(timezone="Asia/Tokyo")
    made = await lifecycle.create(chapter, "  Câbles pour tous  ", topic="cables", goal=250)
    assert (made.state, made.timezone, made.goal) == ("draft", "Asia/Tokyo", 250)
    assert (made.name, made.slug, made.version) == ("Câbles pour tous", "cables-pour-tous", 1)


@pytest.mark.parametrize("move", VERBS)
async def test_a_step_works_from_its_states_and_from_no_other(move: str) -> None:
    for state in STATES:
        campaign = await _in_state(state)
        step = VERBS[move](campaign.chapter, campaign.slug, version=1)
        if state in MOVES[move]:
            moved = await step
            assert moved.version == 2
            assert moved.state != state
        else:
            with pytest.raises(Conflict):
                await step
            assert (await Campaign.get(id=campaign.id)).state == state


async def test_every_state_has_words() -> None:
    assert set(LABELS) == set(STATES)


@pytest.mark.parametrize("move", VERBS)
async def test_no_chapter_moves_the_campaign_of_another(move: str) -> None:
    campaign = await _in_state(MOVES[move][0])
    stranger = await factories.chapter()
    with pytest.raises(NotFound):
        await VERBS[move](stranger, campaign.slug, version=1)
    assert (await Campaign.get(id=campaign.id)).version == 1


async def test_publishing_dates_the_launch() -> None:
    campaign = await _in_state("draft")
    live = await lifecycle.publish(campaign.chapter, campaign.slug, version=1)
    assert live.state == "live"
    assert live.launched_at is not None
    assert abs(live.launched_at - moment.now()) < timedelta(minutes=1)


async def test_a_start_ahead_schedules_and_the_clock_begins_it() -> None:
    campaign = await _in_state("draft", starts_at=moment.now() + timedelta(hours=3))
    waiting = await lifecycle.publish(campaign.chapter, campaign.slug, version=1)
    assert (waiting.state, waiting.launched_at) == ("scheduled", None)
    assert await lifecycle.keep_time() == (0, 0)
    with moment.shifted(timedelta(hours=4)):
        assert await lifecycle.keep_time() == (1, 0)
        assert await lifecycle.keep_time() == (0, 0)
    begun = await Campaign.get(id=campaign.id)
    assert begun.state == "live"
    assert begun.launched_at is not None
    assert begun.version == waiting.version + 1


@pytest.mark.parametrize("state", ["live", "paused"])
async def test_the_clock_ends_what_is_past_its_deadline(state: str) -> None:
    campaign = await _in_state(state, ends_at=moment.now() + timedelta(hours=1))
    assert await lifecycle.keep_time() == (0, 0)
    with moment.shifted(timedelta(hours=2)):
        assert await lifecycle.keep_time() == (0, 1)
    over = await Campaign.get(id=campaign.id)
    assert over.state == "ended"
    assert over.ended_at is not None


async def test_a_past_deadline_stops_publishing_and_resuming() -> None:
    past = moment.now() - timedelta(minutes=1)
    for state, verb in (("draft", lifecycle.publish), ("paused", lifecycle.resume)):
        campaign = await _in_state(state, ends_at=past)
        with pytest.raises(Invalid) as refused:
            await verb(campaign.chapter, campaign.slug, version=1)
        assert refused.value.field == "ends_on"


async def test_an_old_version_is_a_conflict_and_changes_nothing() -> None:
    campaign = await _in_state("draft")
    plan: dict[str, Any] = {"starts_at": None, "ends_at": None, "goal": 10}
    await lifecycle.edit(campaign.chapter, campaign.slug, version=1, name="First", **plan)
    with pytest.raises(Conflict):
        await lifecycle.edit(campaign.chapter, campaign.slug, version=1, name="Second", **plan)
    assert (await Campaign.get(id=campaign.id)).name == "First"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 161}, "name"),
        ({"goal": 0}, "goal"),
        ({"goal": 10_000_001}, "goal"),
        ({"ends_at": datetime(2020, 1, 1, tzinfo=UTC)}, "ends_on"),
        (
            {
                "starts_at": datetime(2999, 1, 2, tzinfo=UTC),
                "ends_at": datetime(2999, 1, 1, tzinfo=UTC),
            },
            "ends_on",
        ),
    ],
)
async def test_a_wrong_plan_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    campaign = await _in_state("draft")
    plan: dict[str, Any] = {"name": "Right", "goal": 10, "starts_at": None, "ends_at": None}
    with pytest.raises(Invalid) as refused:
        await lifecycle.edit(campaign.chapter, campaign.slug, version=1, **{**plan, **changes})
    assert refused.value.field == field


async def test_the_outcome_is_told_at_the_end_and_can_be_corrected() -> None:
    campaign = await _in_state("live")
    over = await lifecycle.end(campaign.chapter, campaign.slug, version=1, outcome=" Won. ")
    assert (over.state, over.outcome) == ("ended", "Won.")
    told = await lifecycle.conclude(
        campaign.chapter, campaign.slug, version=over.version, outcome="Won, in part."
    )
    assert (told.state, told.outcome) == ("ended", "Won, in part.")


async def test_what_comes_back_from_the_archive_is_what_it_was() -> None:
    for state, dates in (("draft", {}), ("ended", {"launched_at": moment.now()})):
        campaign = await _in_state(state, **dates)
        away = await lifecycle.archive(campaign.chapter, campaign.slug, version=1)
        back = await lifecycle.restore(campaign.chapter, campaign.slug, version=away.version)
        assert back.state == state


def test_a_deadline_is_the_last_minute_of_its_day_on_the_campaigns_clocks() -> None:
    last = lifecycle.last_moment(date(2027, 3, 1), "Africa/Nairobi")
    assert last == datetime(2027, 3, 1, 20, 59, tzinfo=UTC)
    assert lifecycle.first_moment(date(2027, 3, 1), "Asia/Tokyo") == datetime(
        2027, 2, 28, 15, tzinfo=UTC
    )
    assert lifecycle.last_moment(None, "UTC") is None


def test_a_deadline_knows_summer_time() -> None:
    before = lifecycle.last_moment(date(2027, 3, 27), "Europe/Paris")
    after = lifecycle.last_moment(date(2027, 3, 28), "Europe/Paris")
    assert before is not None and after is not None
    assert after - before == timedelta(hours=23)


@pytest.mark.parametrize("year", [1, 1999, 3001, 9999])
def test_a_year_that_no_campaign_lives_in_is_refused(year: int) -> None:
    for moment_of, field in (
        (lifecycle.first_moment, "starts_on"),
        (lifecycle.last_moment, "ends_on"),
    ):
        with pytest.raises(Invalid) as refused:
            moment_of(date(year, 12, 31), "America/Caracas")
        assert refused.value.field == field
