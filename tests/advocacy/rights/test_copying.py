"""A copy: everything, for the person alone, for a week."""

import hashlib
import json
from datetime import timedelta

import pytest

from advocacy import moment
from advocacy.errors import Conflict, NotFound
from advocacy.members.ties import all_ties
from advocacy.rights import asking, copying, working
from advocacy.rights.models import RightsRequest
from tests import factories, story
from tests.advocacy.rights.test_erasing import MEMBER
from tests.advocacy.rights.traces import WORD, fill, settled
from tests.conftest import Site
from tests.flows.test_access import sign_in


async def copied(site: Site) -> tuple[story.World, RightsRequest]:
    """The world with a copy of Amina's data, made."""
    world = await story.tell()
    await fill(world, world.members[0])
    asked = await asking.ask_copy(world.members[0].id, language="en", actor=MEMBER)
    await settled(site)
    return world, await RightsRequest.get(id=asked.id)


async def test_a_copy_holds_every_section_and_its_receipt_proves_the_file(site: Site) -> None:
    world, request = await copied(site)
    assert request.state == "done" and request.progress == 100 and request.receipt is not None
    raw = copying.path_of(request).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == request.receipt["digest"]
    read = json.loads(raw)
    assert {tie.name for tie in all_ties()} <= set(read)
    assert read["person"][0]["email"] == "amina@example.org"
    assert read["actions"][0]["comment"] == f"I am {WORD}"
    assert [each["value"] for each in read["notes"] if "value" in each] == [WORD]
    assert {each["chapter"] for each in read["consents"]} >= {world.kenya.name, world.france.name}
    counted = {name: len(read[name]) for name in request.receipt["counts"]}
    assert counted == request.receipt["counts"]
    for other in world.members[1:]:
        assert other.email not in raw.decode()
    secrets = [b"token_hash", b"public_key", b"canonical", b"address_hash"]
    assert not [each for each in secrets if each in raw]
    letter = site.post.to("amina@example.org")[-1]
    assert request.receipt["digest"] in letter.get_body(("plain",)).get_content()


async def test_a_copy_is_opened_by_its_person_alone_and_gone_after_a_week(site: Site) -> None:
    world, request = await copied(site)
    paths = [f"/me/data/{request.id}/{each}" for each in ("file", "read")]
    strangers = ["nobody", "lead", "director"]
    for who in strangers:
        async with site.browser() as browser:
            await sign_in(browser, world, who)
            for path in [*paths, f"/me/data/{request.id}"]:
                answer = await browser.get(path)
                assert answer.status_code in (303, 404), f"{path} as {who}"
                assert WORD not in answer.text
    await factories.user("otieno@example.org", role="hq_analyst")
    async with site.browser() as browser:
        await sign_in(browser, world, "member")
        file = await browser.get(paths[0])
        assert file.status_code == 200 and file.headers["cache-control"] == "private, no-store"
        assert json.loads(file.content)["person"]
        page = await browser.get(paths[1])
        assert page.status_code == 200 and WORD in page.text
        with moment.shifted(timedelta(days=7, minutes=1)):
            for path in paths:
                assert (await browser.get(path)).status_code == 404
            assert copying.folder().joinpath(request.file).exists()
            assert await copying.expire() == 1
            assert not copying.folder().joinpath(request.file).exists()
            assert await copying.expire() == 0
            with pytest.raises(NotFound):
                copying.path_of(await RightsRequest.get(id=request.id))


async def test_one_copy_is_made_at_a_time(site: Site) -> None:
    world = await story.tell()
    await asking.ask_copy(world.members[1].id, language="en", actor=MEMBER)
    with pytest.raises(Conflict):
        await asking.ask_copy(world.members[1].id, language="en", actor=MEMBER)
    await settled(site)
    await asking.ask_copy(world.members[1].id, language="en", actor=MEMBER)


async def test_a_worker_that_dies_leaves_no_half_file_for_anybody(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await story.tell()
    monkeypatch.setattr(working.queue, "_broker", None)
    asked = await asking.ask_copy(world.members[0].id, language="en", actor=MEMBER)

    def die(_writer: object) -> tuple[str, int]:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(copying._Writer, "finish", die)
        with pytest.raises(SystemExit):
            await working.work(asked.id)
    assert not await working.work(asked.id), "the dead one's claim still holds"
    with moment.shifted(timedelta(minutes=3)):
        assert await working.sweep() == 1
        assert await working.work(asked.id)
        request = await RightsRequest.get(id=asked.id)
        assert request.state == "done"
        assert json.loads(copying.path_of(request).read_bytes())["person"]
