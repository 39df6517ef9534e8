"""The pages of one's own data, by session and by links from letters; garbage changes nothing."""

from datetime import timedelta
from urllib.parse import quote

from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from advocacy import moment
from advocacy.identity.models import User
from advocacy.members import links
from advocacy.members.models import Person
from advocacy.rights import working
from advocacy.rights.models import RightsRequest
from tests import story
from tests.advocacy.rights.test_correcting import path_in
from tests.advocacy.rights.traces import settled
from tests.conftest import Site
from tests.flows.test_access import sign_in


async def test_a_member_asks_takes_back_by_the_letter_and_is_erased_the_second_time(
    site: Site,
) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await sign_in(browser, world, "member")
        assert (await browser.get("/me/data")).status_code == 200
        unsure = await browser.post("/me/data/erase")
        assert unsure.status_code == 422 and await RightsRequest.all().count() == 0
        asked = await browser.post("/me/data/erase", data={"sure": "y"})
        assert asked.status_code == 303
        twice = await browser.post("/me/data/erase", data={"sure": "y"})
        assert twice.status_code == 409 and "already" in twice.text
    await settled(site)
    keep = path_in(site.post.to("amina@example.org")[0], "/my-data/keep/")
    receipt = path_in(site.post.to("amina@example.org")[0], "/my-data/receipt/")
    async with site.browser() as browser:
        assert (await browser.get(keep)).status_code == 200
        assert (await RightsRequest.get()).state == "waiting", "scanners open links"
        assert (await browser.post(keep)).status_code == 200
        assert (await browser.get(keep)).status_code == 404
        assert (await browser.post(keep)).status_code == 409
        assert "taken back" in (await browser.get(receipt)).text
    assert not (await Person.get(id=world.members[0].id)).erased_at


async def test_after_the_day_the_receipt_is_all_that_opens(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await sign_in(browser, world, "member")
        await browser.post("/me/data/erase", data={"sure": "y"})
        await settled(site)
        receipt = path_in(site.post.to("amina@example.org")[0], "/my-data/receipt/")
        with moment.shifted(timedelta(hours=25)):
            await working.sweep()
            await settled(site)
            page = await browser.get(receipt)
            assert page.status_code == 200 and "amina" not in page.text.lower()
            assert "Digest" in page.text
            assert (await browser.get("/me/data")).status_code == 303, "the session is gone"
            door = await browser.get("/my-data/" + links.preferences_path(1).split("/")[-1])
            assert door.status_code == 404
    assert not await User.exists(canonical="amina@example.org")


async def test_a_link_to_ones_letters_leads_to_ones_data_by_a_letter_only(site: Site) -> None:
    world = await story.tell()
    token = links.preferences_path(world.members[0].id).split("/")[-1]
    page = await site.http.get(f"/my-data/{token}")
    assert page.status_code == 200
    assert "amina@example.org" not in page.text and "Amina" not in page.text
    sent = await site.http.post(f"/my-data/{token}")
    assert sent.status_code == 200
    await settled(site)
    path = path_in(site.post.to("amina@example.org")[0], "/sign-in/")
    inside = await site.http.post(path)
    assert str(inside.url).endswith("/me/data") and "amina@example.org" in inside.text


async def test_a_copy_from_the_button_to_the_file(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await sign_in(browser, world, "member")
        asked = await browser.post("/me/data/copy")
        await settled(site)
        page = await browser.get(asked.headers["location"])
        assert "Your copy is ready" in page.text
        again = await browser.post("/me/data/copy")
        assert again.status_code == 303
    assert world.kenya.id


ANY = strategies.text(max_size=300)


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ANY, ANY, ANY, ANY, strategies.sampled_from(["correct", "address", "erase", "copy"]))
async def test_garbage_in_the_forms_is_refused_and_changes_nothing_by_half(
    site: Site, name: str, language: str, country: str, email: str, what: str
) -> None:
    person = await Person.get_or_none(canonical="amina@example.org")
    if person is None:
        world = await story.tell()
        await sign_in(site.http, world, "member")
        person = world.members[0]
    form = {"given_name": name, "language": language, "country_code": country, "email": email}
    answer = await site.http.post(f"/me/data/{what}", data=form)
    assert answer.status_code in (303, 400, 409, 422, 429), f"{what}: {answer.status_code}"
    await settled(site)
    now = await Person.get(id=person.id)
    assert now.canonical == "amina@example.org" and now.erased_at is None
    assert now.language == person.language, "a language that is none of ours is refused"


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strategies.text(alphabet=strategies.characters(codec="ascii"), max_size=80))
async def test_garbage_for_a_link_opens_nothing(site: Site, token: str) -> None:
    for place in ("", "keep/", "address/", "receipt/"):
        path = f"/my-data/{place}{quote(token, safe='')}"
        for answer in (await site.http.get(path), await site.http.post(path)):
            assert answer.status_code in (200, 400, 404, 405, 429), path
            assert "example.org" not in answer.text
