"""Two clocks never do one thing twice, and a failing job does not stop the others."""

import asyncio
from datetime import timedelta

import pytest

from advocacy import clock, db, moment
from advocacy.clock import Beat
from advocacy.settings import Settings

RAN: list[str] = []


@pytest.fixture(autouse=True)
def only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock knows two jobs, one of which fails."""
    RAN.clear()
    monkeypatch.setattr(clock, "_periods", {})

    @clock.every(60, "test.fine")
    async def fine() -> None:
        await asyncio.sleep(0.05)
        RAN.append("fine")

    @clock.every(60, "test.broken")
    async def broken() -> None:
        RAN.append("broken")
        raise RuntimeError("out of order")


async def test_a_job_runs_once_in_its_period(database: Settings) -> None:
    await clock.tick()
    await clock.tick()
    assert sorted(RAN) == ["broken", "fine"]
    with moment.shifted(timedelta(seconds=61)):
        await clock.tick()
    assert sorted(RAN) == ["broken", "broken", "fine", "fine"]


async def test_many_clocks_at_once_run_it_once(database: Settings) -> None:
    await asyncio.gather(*(clock.tick() for _ in range(8)))
    assert sorted(RAN) == ["broken", "fine"]


async def test_a_failure_is_kept_and_the_next_job_still_runs(database: Settings) -> None:
    await clock.tick()
    broken = await Beat.get(name="test.broken")
    assert broken.last_error == "RuntimeError: out of order"
    assert broken.last_finished_at is not None
    assert (await Beat.get(name="test.fine")).last_error == ""
    assert await db.value("SELECT count(*) FROM advocacy_beat") == 2
