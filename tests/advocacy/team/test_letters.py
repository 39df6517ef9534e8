"""Letters about roles: posted once though the queue forgets, and never when no longer true."""

from datetime import timedelta

import pytest

from advocacy import moment, queue
from advocacy.audit.recording import SYSTEM
from advocacy.errors import Misconfigured
from advocacy.identity import granting
from advocacy.identity.models import Grant
from advocacy.identity.permissions import Held
from advocacy.mail import posting
from advocacy.team import expiring, giving, owing
from advocacy.team.models import TeamLetter
from tests import story
from tests.advocacy.team.test_handing import reader_of
from tests.conftest import Site

NEW = "njeri@example.org"


async def _given(monkeypatch: pytest.MonkeyPatch) -> tuple[Grant, TeamLetter]:
    """A role whose letter is owed, while the message about it was lost."""
    world = await story.tell()
    reader = reader_of(world.users["lead"], Held("chapter_lead", world.kenya.id, "", None))
    wish = giving.Wish(NEW, "campaign_helper", None)
    with monkeypatch.context() as lost:
        lost.setattr(queue, "_broker", None)
        made = await giving.give(world.kenya, wish, by=reader, actor=SYSTEM)
    return made, await TeamLetter.get()


async def test_a_letter_whose_message_was_lost_is_posted_by_the_sweep_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made, letter = await _given(monkeypatch)
    await owing.ring_unposted()
    await site.idle()
    assert not site.post.to(NEW), "its own message may still be on its way"
    with moment.shifted(timedelta(minutes=2)):
        await owing.ring_unposted()
        await site.idle()
        assert not await owing.post(letter.id), "a message that comes twice"
    assert len(site.post.to(NEW)) == 1


async def test_a_letter_that_could_not_be_posted_is_tried_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made, letter = await _given(monkeypatch)

    async def fail(*_args: object, **_kwargs: object) -> None:
        raise Misconfigured("no relay")

    with monkeypatch.context() as failing:
        failing.setattr(posting, "post_letter", fail)
        with pytest.raises(Misconfigured):
            await owing.post(letter.id)
    assert await owing.post(letter.id)
    assert len(site.post.to(NEW)) == 1


async def test_a_role_taken_before_its_letter_went_out_is_not_announced(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, letter = await _given(monkeypatch)
    await granting.withdraw(made)
    assert not await owing.post(letter.id)
    assert not site.post.to(NEW)


async def test_a_new_end_is_told_anew_and_a_lifted_one_not_at_all(site: Site) -> None:
    world = await story.tell()
    held = await Grant.get(user=world.users["helper"])
    await granting.prolong(held, moment.now() + timedelta(days=3))
    await expiring.warn()
    await site.idle()
    held = await Grant.get(id=held.id)
    await granting.prolong(held, moment.now() + timedelta(days=9))
    await expiring.warn()
    await site.idle()
    assert len(site.post.to("helper@example.org")) == 2
    await granting.prolong(await Grant.get(id=held.id), None)
    await expiring.warn()
    await site.idle()
    assert len(site.post.to("helper@example.org")) == 2


async def test_a_role_that_ran_out_opens_nothing_and_can_be_given_again(site: Site) -> None:
    world = await story.tell()
    held = await Grant.get(user=world.users["helper"])
    await granting.prolong(held, moment.now() + timedelta(hours=1))
    with moment.shifted(timedelta(hours=2)):
        _again, is_new = await granting.give(
            world.users["helper"], "campaign_helper", chapter=world.kenya
        )
    assert is_new
    assert await Grant.filter(user=world.users["helper"]).count() == 2
    assert await Grant.filter(user=world.users["helper"], revoked_at__isnull=True).count() == 1
