"""The pages of duplicates: comparing, merging and undoing by browser, and what they refuse."""

from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from advocacy.duplicates.models import Merge
from advocacy.members import belonging
from advocacy.members.models import Person
from tests import factories, story
from tests.conftest import Site
from tests.flows.test_access import sign_in

GARBAGE = st.one_of(
    st.text(max_size=30), st.integers().map(str), st.just("\x00"), st.just("9" * 40)
)


async def test_headquarters_merges_a_pair_and_takes_it_back(site: Site) -> None:
    world = await story.tell()
    one = await factories.member(world.kenya, "zuri.k@example.org", given_name="Zuri")
    two = await factories.member(world.kenya, "zuri.k@example.net", given_name="Zuri")
    members = await belonging.member_count(world.kenya.id)
    async with site.browser() as browser:
        await sign_in(browser, world, "director")
        browser.follow_redirects = True
        shown = await browser.get("/console/kenya/duplicates")
        assert "zuri.k@example.net" in shown.text
        path = f"/console/kenya/duplicates/compare?one={one.id}&other={two.id}"
        assert "One person or two?" in (await browser.get(path)).text
        form = {"one": str(one.id), "other": str(two.id), "keep": str(two.id)}
        answer = await browser.post("/console/kenya/duplicates/merge", data=form)
        assert "is one person now" in answer.text
        assert await belonging.member_count(world.kenya.id) == members - 1
        lost = await Person.get(id=one.id)
        assert lost.merged_into_id == two.id
        again = await browser.post("/console/kenya/duplicates/merge", data=form)
        assert again.status_code == 404
        made = await Merge.get()
        answer = await browser.post(f"/console/kenya/merges/{made.id}/undo")
        assert "They are two people again." in answer.text
        assert await belonging.member_count(world.kenya.id) == members
        late = await browser.post(f"/console/kenya/merges/{made.id}/undo")
        assert late.status_code == 409
        answer = await browser.post("/console/kenya/duplicates/apart", data=form)
        assert "No duplicates found" in answer.text


async def test_people_of_other_chapters_are_not_there_to_be_compared(site: Site) -> None:
    world = await story.tell()
    amina, fatou = world.members[0], world.members[2]
    form = {"one": str(amina.id), "other": str(fatou.id), "keep": str(amina.id)}
    async with site.browser() as browser:
        await sign_in(browser, world, "director")
        for what in ("merge", "apart"):
            answer = await browser.post(f"/console/kenya/duplicates/{what}", data=form)
            unknown = await browser.post(
                f"/console/kenya/duplicates/{what}", data={**form, "other": "999999"}
            )
            assert answer.status_code == unknown.status_code == 404
    assert not await Merge.all().count()


@tuned(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.dictionaries(st.sampled_from(["one", "other", "keep", "x"]), GARBAGE, max_size=4))
async def test_garbage_merges_nobody(site: Site, form: dict[str, str]) -> None:
    world = await _world(site)
    async with site.browser() as browser:
        await sign_in(browser, world, "director")
        for what in ("merge", "apart"):
            answer = await browser.post(f"/console/kenya/duplicates/{what}", data=form)
            assert answer.status_code in (400, 404)
        answer = await browser.get("/console/kenya/duplicates/compare", params=form)
        assert answer.status_code in (400, 404)
    assert not await Merge.all().count()


async def _world(site: Site) -> story.World:
    told: story.World | None = getattr(site, "told", None)
    if told is None:
        told = await story.tell()
        site.told = told  # type: ignore[attr-defined]
    return told
