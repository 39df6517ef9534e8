"""Corrections: at once for a name, by a letter for an address, and silent about who has one."""

from datetime import timedelta

import pytest

from advocacy import moment
from advocacy.errors import Conflict
from advocacy.identity import signing_in
from advocacy.identity.models import User
from advocacy.members import consent
from advocacy.members.models import Person, Suppression
from advocacy.rights import asking, looking, working
from advocacy.rights.models import RightsRequest
from tests import story
from tests.advocacy.rights.test_erasing import MEMBER
from tests.advocacy.rights.traces import settled
from tests.conftest import Site
from tests.flows.test_access import sign_in
from tests.postbox import links_in

NEW = "amina.okello@example.com"


def path_in(letter: object, part: str) -> str:
    """The path of the one link with a part in it."""
    found = [each for each in links_in(letter) if part in each]  # type: ignore[arg-type]
    return found[0].removeprefix("http://testserver")


async def test_a_name_is_corrected_at_once_with_a_receipt(site: Site) -> None:
    world = await story.tell()
    user = await signing_in.user_of("amina@example.org")
    assert user is not None
    asked = await asking.ask_correction(
        world.members[0].id, {"given_name": "Aminah", "language": "sw"}, language="en", actor=MEMBER
    )
    await settled(site)
    person = await Person.get(id=world.members[0].id)
    assert (person.given_name, person.language) == ("Aminah", "sw")
    known = await User.get(id=user.id)
    assert (known.name, known.language) == (person.full_name, "sw")
    done = await RightsRequest.get(id=asked.id)
    assert done.state == "done" and done.receipt is not None
    assert done.receipt["fields"] == ["given_name", "language"]
    assert "Aminah" not in str(done.receipt), "a receipt tells which, not what"
    assert len(site.post.to("amina@example.org")) == 1


async def test_an_address_is_changed_once_the_new_one_answers(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    await signing_in.user_of("amina@example.org")
    await asking.ask_address(amina.id, NEW, language="en", actor=MEMBER)
    await settled(site)
    assert (await Person.get(id=amina.id)).email == "amina@example.org"
    path = path_in(site.post.to(NEW)[0], "/my-data/address/")
    assert (await site.http.get(path)).status_code == 200
    assert (await Person.get(id=amina.id)).email == "amina@example.org", "scanners open links"
    assert (await site.http.post(path)).status_code == 200
    await settled(site)
    moved = await Person.get(id=amina.id)
    assert (moved.email, moved.canonical) == (NEW, NEW)
    assert moved.address_hash != amina.address_hash
    assert (await User.get(canonical=NEW)).email == NEW
    assert len(site.post.to("amina@example.org")) == 1, "the old address is told"
    assert (await site.http.post(path)).status_code == 409
    kept = await RightsRequest.get(person_id=amina.id)
    assert "amina" not in str(kept.receipt)


async def test_a_refusal_of_letters_goes_along_to_the_new_address(site: Site) -> None:
    world = await story.tell()
    amina = world.members[0]
    await consent.withdraw_all(amina.id, basis="page")
    asked = await asking.ask_address(amina.id, NEW, language="en", actor=MEMBER)
    await asking.confirm_address(await RightsRequest.get(id=asked.id), actor=MEMBER)
    await settled(site)
    moved = await Person.get(id=amina.id)
    assert await Suppression.exists(address_hash=moved.address_hash, reason="unsubscribed_all")


@pytest.mark.parametrize("taken", ["fatou@example.org", "director@example.org", NEW])
async def test_the_page_never_tells_whether_an_address_belongs_to_somebody(
    site: Site, taken: str
) -> None:
    world = await story.tell()
    amina = world.members[0]
    async with site.browser() as browser:
        await sign_in(browser, world, "member")
        answer = await browser.post("/me/data/address", data={"email": taken})
        assert answer.status_code == 303
        await settled(site)
        page = await browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert "We have sent a letter to the new address" in page.text
    assert taken not in page.text
    letter = site.post.to(taken)[0]
    confirms = [each for each in links_in(letter) if "/my-data/address/" in each]
    assert bool(confirms) == (taken == NEW)
    assert (await looking.own(amina.id))[0].state == "waiting"


async def test_of_two_who_want_one_address_the_first_to_answer_gets_it(site: Site) -> None:
    world = await story.tell()
    asked = [
        await asking.ask_address(each.id, NEW, language="en", actor=MEMBER)
        for each in world.members[:2]
    ]
    for each in asked:
        await asking.confirm_address(await RightsRequest.get(id=each.id), actor=MEMBER)
        await settled(site)
    assert await Person.filter(canonical=NEW).count() == 1
    late = await RightsRequest.get(id=asked[1].id)
    assert late.state == "done" and late.receipt is not None
    assert late.receipt["outcome"] == "not_changed"
    assert (await Person.get(id=world.members[1].id)).email == "otieno@example.org"


async def test_a_letter_that_nobody_answers_changes_nothing_and_is_forgotten(site: Site) -> None:
    world = await story.tell()
    asked = await asking.ask_address(world.members[0].id, NEW, language="en", actor=MEMBER)
    await settled(site)
    with moment.shifted(timedelta(days=7, minutes=1)):
        assert await working.work(asked.id)
        over = await RightsRequest.get(id=asked.id)
        assert over.state == "cancelled" and over.receipt == {"reason": "unanswered"}
        with pytest.raises(Conflict):
            await asking.confirm_address(over, actor=MEMBER)
    assert (await Person.get(id=world.members[0].id)).email == "amina@example.org"


async def test_a_second_address_takes_the_place_of_the_first(site: Site) -> None:
    world = await story.tell()
    first = await asking.ask_address(world.members[0].id, NEW, language="en", actor=MEMBER)
    await settled(site)
    await asking.ask_address(world.members[0].id, "other@example.com", language="en", actor=MEMBER)
    gone = await RightsRequest.get(id=first.id)
    assert gone.state == "cancelled" and NEW not in str(gone.receipt)
