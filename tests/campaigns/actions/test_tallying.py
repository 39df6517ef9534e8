"""Tallying: the tally equals the count of rows, whatever happens at the same time."""

import asyncio
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocacy import db, moment
from advocacy.queue import EmbeddedWorker
from advocacy.settings import Settings
from campaigns.actions import confirming, looking, tallying
from campaigns.actions.models import Action, Tally
from campaigns.actions.taking import Deed, Known, take
from tests import factories

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sign"), st.integers(0, 5)),
        st.tuples(st.just("known"), st.integers(0, 5)),
        st.tuples(st.just("confirm"), st.integers(0, 5)),
        st.tuples(st.just("fold"), st.just(0)),
        st.tuples(st.just("recount"), st.just(0)),
    ),
    max_size=24,
)


async def _confirmed(page_id: int) -> int:
    return await Action.filter(page_id=page_id, state="confirmed").count()


async def _tallied(page_id: int) -> int:
    return sum(each.count for each in await Tally.filter(page_id=page_id))


async def _step(page: looking.PublicPage, known: list[Known], what: str, who: int) -> None:
    if what == "sign":
        await take(page, Deed(email=f"visitor{who}@example.org", given_name="V"))
    elif what == "known":
        await take(page, Deed(), known=known[who])
    elif what == "confirm":
        action = await Action.filter(page_id=page.id).order_by("id").offset(who).first()
        if action is not None:
            await confirming.settle(action.id, basis="confirmed")
    elif what == "fold":
        await tallying.fold(page.id)
    else:
        await tallying.recount(page.id)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(STEPS, min_size=1, max_size=3))
async def test_tally_equals_count_under_any_interleaving(
    database: Settings, rounds: list[list[tuple[str, int]]]
) -> None:
    petition = await factories.campaign_with_page()
    page = await looking.by_slug(petition.page.slug)
    known = [Known(await factories.person(), "confirmed") for _ in range(6)]
    for steps in rounds:
        await asyncio.gather(*(_step(page, known, what, who) for what, who in steps))
        assert await tallying.count(page.id) == await _confirmed(page.id)
    await tallying.fold(page.id)
    assert await _tallied(page.id) == await _confirmed(page.id)
    assert await tallying.recount(page.id) == 0


async def test_folding_at_the_same_moment_counts_each_action_once(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    page = await looking.by_slug(petition.page.slug)
    for _ in range(20):
        await take(page, Deed(), known=Known(await factories.person(), "confirmed"))
    folded = await asyncio.gather(*(tallying.fold(page.id) for _ in range(6)))
    assert sum(folded) == 20
    assert await _tallied(page.id) == 20


async def test_days_are_those_of_the_confirmation(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    page = await looking.by_slug(petition.page.slug)
    for days in (-3, -3, 0):
        with moment.shifted(timedelta(days=days)):
            await take(page, Deed(), known=Known(await factories.person(), "confirmed"))
    await tallying.fold(page.id)
    counts = {each.day: each.count for each in await Tally.filter(page_id=page.id)}
    today = moment.now().date()
    assert counts == {today - timedelta(days=3): 2, today: 1}
    assert await tallying.recount(page.id) == 0
    assert counts == {each.day: each.count for each in await Tally.filter(page_id=page.id)}


async def test_a_recount_finds_and_mends_a_wrong_tally(database: Settings) -> None:
    petition = await factories.campaign_with_page()
    page = await looking.by_slug(petition.page.slug)
    await take(page, Deed(), known=Known(await factories.person(), "confirmed"))
    await tallying.fold(page.id)
    await db.execute("UPDATE campaigns_tally SET count = count + 5")
    assert await tallying.recount(page.id) == 5
    assert await tallying.count(page.id) == 1


async def test_a_signature_rings_and_a_lost_ring_is_found_again(worker: EmbeddedWorker) -> None:
    petition = await factories.campaign_with_page()
    page = await looking.by_slug(petition.page.slug)
    await take(page, Deed(), known=Known(await factories.person(), "confirmed"))
    await worker.idle()
    assert await _tallied(page.id) == 1
    await Action.all().update(tallied=False)
    await Tally.all().delete()
    await tallying.ring_missed()
    await worker.idle()
    assert await _tallied(page.id) == 1
    assert await tallying.pages_behind() == []
