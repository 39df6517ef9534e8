"""Accounts and what hangs on them: a merge or an unguarded browser takes nobody's roles."""

from datetime import timedelta

import pytest

from advocacy import moment
from advocacy.audit.recording import SYSTEM
from advocacy.duplicates import merging
from advocacy.errors import Conflict
from advocacy.identity import signing_in
from advocacy.rights import asking
from advocacy.rights.models import RightsRequest
from tests import factories, story
from tests.advocacy.rights.test_erasing import MEMBER
from tests.conftest import Site
from tests.flows.test_access import sign_in

NEW = "elsewhere@example.com"


async def test_an_address_is_changed_by_a_fresh_proof_only(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await sign_in(browser, world, "member")
        with moment.shifted(timedelta(hours=1)):
            away = await browser.post("/me/data/address", data={"email": NEW})
            assert away.status_code == 303
            assert away.headers["location"].startswith("/me/prove")
            assert not await RightsRequest.exists()


async def test_who_was_merged_into_another_does_not_move_the_others_account(site: Site) -> None:
    world = await story.tell()
    director = await factories.member(world.kenya, "director@example.org")
    shadow = await factories.member(world.kenya, "shadow@example.org")
    await merging.merge(director.id, shadow.id, chapter=world.kenya, actor=SYSTEM)
    user = await signing_in.user_of("shadow@example.org")
    assert user is not None
    async with site.browser() as browser:
        await browser.post(signing_in.path_of(await signing_in.issue(user)))
        answer = await browser.post("/me/data/address", data={"email": NEW})
    assert answer.status_code == 422
    assert "could not be changed" in answer.text
    assert not await RightsRequest.exists()


async def test_nobody_with_a_role_is_erased_by_way_of_whom_they_were_merged_into(
    site: Site,
) -> None:
    world = await story.tell()
    director = await factories.member(world.kenya, "director@example.org")
    other = await factories.member(world.kenya, "shadow@example.org")
    await merging.merge(other.id, director.id, chapter=world.kenya, actor=SYSTEM)
    with pytest.raises(Conflict, match="holds a role"):
        await asking.ask_erasure(other.id, language="en", actor=MEMBER)
