"""The desk: requests with their due days, for the data protection officer at headquarters alone."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from advocacy import moment
from advocacy.identity.models import Session
from advocacy.members.models import Person
from advocacy.rights import asking
from advocacy.rights.models import RetentionRun, RightsRequest
from tests import factories, story
from tests.advocacy.rights.test_erasing import MEMBER
from tests.advocacy.rights.traces import settled
from tests.conftest import Site
from tests.flows.test_access import sign_in
from tests.postbox import text_of

DESK = "/console/hq/rights"


async def officer(site: Site, browser: Any) -> story.World:
    """The world with an officer, signed in."""
    world = await story.tell()
    world.users["officer"] = await factories.user(
        "officer@example.org", role="data_protection_officer"
    )
    await sign_in(browser, world, "officer")
    return world


async def test_an_officer_sees_who_waits_and_until_when(site: Site) -> None:
    world = await officer(site, site.http)
    request = await asking.ask_erasure(world.members[0].id, language="en", actor=MEMBER)
    page = await site.http.get(DESK)
    assert "amina@example.org" in page.text and "late" not in page.text
    await RightsRequest.filter(id=request.id).update(created_at=moment.now() - timedelta(days=31))
    assert "1 request is late" in (await site.http.get(DESK)).text
    assert (await site.http.get(f"{DESK}/{request.id}")).status_code == 200
    for elsewhere in ("/console/kenya/rights", f"/console/kenya/rights/{request.id}",
                      "/console/kenya/retention"):  # fmt: skip
        assert (await site.http.get(elsewhere)).status_code == 404


@pytest.mark.parametrize("who", ["director", "analyst", "lead", "africa"])
async def test_nobody_else_sees_who_asked(site: Site, who: str) -> None:
    world = await story.tell()
    request = await asking.ask_erasure(world.members[0].id, language="en", actor=MEMBER)
    async with site.browser() as browser:
        await sign_in(browser, world, who)
        for path in (DESK, f"{DESK}/{request.id}", "/console/hq/retention"):
            assert (await browser.get(path)).status_code == 403
        for path in (f"{DESK}/erase", f"{DESK}/{request.id}/refuse"):
            answer = await browser.post(path, data={"email": "fatou@example.org", "reason": "x"})
            assert answer.status_code == 403
    assert await RightsRequest.all().count() == 1


async def test_an_erasure_for_somebody_who_wrote_takes_a_fresh_proof(site: Site) -> None:
    await officer(site, site.http)
    form = {"email": "fatou@example.org"}
    await Session.all().update(proved_at=moment.now() - timedelta(minutes=16))
    asked = await site.http.post(f"{DESK}/erase", data=form)
    assert asked.status_code == 303 and "prove" in asked.headers["location"]
    assert await RightsRequest.all().count() == 0
    await Session.all().update(proved_at=moment.now())
    asked = await site.http.post(f"{DESK}/erase", data=form)
    assert asked.status_code == 303 and "/rights/" in asked.headers["location"]
    again = await site.http.post(f"{DESK}/erase", data=form)
    assert again.status_code == 409 and "already" in again.text
    kept = await RightsRequest.get()
    assert (kept.kind, kept.state) == ("erasure", "waiting") and kept.asked_by_id
    await settled(site)
    assert len(site.post.to("fatou@example.org")) == 1
    unknown = await site.http.post(f"{DESK}/copy", data={"email": "nobody@example.org"})
    assert unknown.status_code == 404 and "We know nobody" in unknown.text


async def test_a_refusal_says_why_by_letter_and_only_once(site: Site) -> None:
    world = await officer(site, site.http)
    request = await asking.ask_erasure(world.members[0].id, language="en", actor=MEMBER)
    await settled(site)
    path = f"{DESK}/{request.id}/refuse"
    assert (await site.http.post(path, data={"reason": " "})).status_code == 422
    done = await site.http.post(path, data={"reason": "A court asked us to keep it."})
    assert done.status_code == 303
    assert (await site.http.post(path, data={"reason": "Once more"})).status_code == 409
    await settled(site)
    letter = site.post.to("amina@example.org")[-1]
    assert "A court asked us to keep it." in text_of(letter)
    assert "A court" in (await site.http.get(f"{DESK}/{request.id}")).text
    assert (await Person.get(id=world.members[0].id)).erased_at is None


async def test_what_failed_for_good_is_tried_again_by_hand(site: Site) -> None:
    world = await officer(site, site.http)
    made = await asking.ask_copy(world.members[0].id, language="en", actor=MEMBER)
    await settled(site)
    await RightsRequest.filter(id=made.id).update(state="failed", receipt={"tries": 8})
    assert "tried several times" in (await site.http.get(f"{DESK}/{made.id}")).text
    await site.http.post(f"{DESK}/{made.id}/again")
    await settled(site)
    assert (await RightsRequest.get(id=made.id)).state == "done"


async def test_retention_is_rehearsed_and_run_from_its_page(site: Site) -> None:
    await officer(site, site.http)
    page = await site.http.get("/console/hq/retention")
    assert page.status_code == 200 and "Careful" in page.text
    dry = await site.http.post("/console/hq/retention/dry")
    await settled(site)
    assert "nothing was removed" in (await site.http.get(dry.headers["location"])).text
    real = await site.http.post("/console/hq/retention/apply")
    await settled(site)
    assert (await site.http.get(real.headers["location"])).status_code == 200
    states = await RetentionRun.all().order_by("id").values_list("is_dry", "state")
    assert [tuple(each) for each in states] == [(True, "done"), (False, "done")]


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strategies.text(max_size=300), strategies.sampled_from(["copy", "erase", "1/refuse"]))
async def test_garbage_at_the_desk_asks_for_nothing(site: Site, text: str, what: str) -> None:
    if not await Person.all().count():
        await officer(site, site.http)
    answer = await site.http.post(f"{DESK}/{what}", data={"email": text, "reason": text})
    assert answer.status_code in (400, 404, 422), f"{what}: {answer.status_code}"
    assert await RightsRequest.all().count() == 0
