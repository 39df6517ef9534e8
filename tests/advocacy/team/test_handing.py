"""Handing the leadership over: offered, accepted, declined, taken back; one of two wins."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from advocacy import moment
from advocacy.audit.models import AuditEntry
from advocacy.audit.recording import SYSTEM
from advocacy.audit.verifying import verify
from advocacy.errors import Conflict, DomainError
from advocacy.identity import granting, signing_in
from advocacy.identity.models import Grant, User
from advocacy.identity.permissions import Held, Reader
from advocacy.settings import Settings
from advocacy.team import handing
from advocacy.team.models import Handover
from tests import factories, story
from tests.advocacy.team.test_team_page import enter
from tests.conftest import Site
from tests.postbox import links_in

NEW = "njeri@example.org"


def reader_of(user: User, *held: Held) -> Reader:
    """A reader as the session carries one."""
    return Reader(user.id, user.email, user.canonical, user.name, "en", 0, held)


async def roles_of(email: str) -> list[str]:
    """The roles that an address holds."""
    held = await Grant.filter(user__canonical=email, revoked_at__isnull=True)
    return sorted(each.role for each in held)


async def _offer(site: Site, after: str = "stay") -> tuple[Any, Any, str]:
    world = await story.tell()
    lead = await enter(site, world.users["lead"])
    answer = await lead.post("/console/kenya/team/offer", data={"to": NEW, "after": after})
    assert answer.status_code == 200
    await site.idle()
    (letter,) = site.post.to(NEW)
    (path,) = [each for each in links_in(letter) if "/me/handovers/" in each]
    return lead, await enter(site, await User.get(canonical=NEW)), path[len("http://testserver") :]


async def test_the_roles_swap_when_the_offer_is_accepted(site: Site) -> None:
    lead, njeri, path = await _offer(site)
    assert (await lead.get(path)).status_code == 404, "the offer is not made to the lead"
    assert "Accept the leadership" in (await njeri.get(path)).text
    assert (await njeri.get("/console/kenya")).status_code == 403
    answer = await njeri.post(f"{path}/accept")
    assert answer.status_code == 200
    assert str(answer.url).endswith("/console/kenya")
    assert await roles_of(NEW) == ["chapter_lead"]
    assert await roles_of("lead@example.org") == ["chapter_organiser"]
    assert (await lead.get("/console/kenya/team")).status_code == 403
    await site.idle()
    assert "accepted" in site.post.to("lead@example.org")[-1]["subject"]
    acts = await AuditEntry.filter(chapter="kenya").order_by("id").values_list("act", flat=True)
    assert list(acts)[-5:] == [
        "handover.offered",
        "grant.withdrawn",
        "grant.given",
        "grant.given",
        "handover.accepted",
    ]
    assert (await verify()).broken is None


async def test_who_leaves_the_team_holds_nothing_of_it(site: Site) -> None:
    _lead, njeri, path = await _offer(site, after="leave")
    await njeri.post(f"{path}/accept")
    assert await roles_of("lead@example.org") == []
    assert await roles_of(NEW) == ["chapter_lead"]


async def test_an_offer_is_taken_back_before_it_is_accepted(site: Site) -> None:
    lead, njeri, path = await _offer(site)
    shown = await lead.get("/console/kenya/team")
    assert "Take the offer back" in shown.text
    number = path.rsplit("/", 1)[1]
    taken = await lead.post(f"/console/kenya/team/offers/{number}/take-back")
    assert taken.status_code == 200
    assert (await njeri.post(f"{path}/accept")).status_code == 409
    assert "not open any more" in (await njeri.get(path)).text
    assert await roles_of(NEW) == []
    assert await roles_of("lead@example.org") == ["chapter_lead"]


async def test_who_declines_changes_nothing_and_the_lead_is_told(site: Site) -> None:
    _lead, njeri, path = await _offer(site)
    assert (await njeri.post(f"{path}/decline")).status_code == 200
    assert (await njeri.post(f"{path}/accept")).status_code == 409
    assert await roles_of("lead@example.org") == ["chapter_lead"]
    await site.idle()
    assert "declined" in site.post.to("lead@example.org")[-1]["subject"]


async def test_an_offer_runs_out_and_another_can_be_made(site: Site) -> None:
    lead, njeri, path = await _offer(site)
    again = await lead.post("/console/kenya/team/offer", data={"to": NEW, "after": "stay"})
    assert again.status_code == 409
    with moment.shifted(timedelta(days=15)):
        lead = await enter(site, await User.get(canonical="lead@example.org"))
        njeri = await enter(site, await User.get(canonical=NEW))
        assert (await njeri.post(f"{path}/accept")).status_code == 409
        again = await lead.post("/console/kenya/team/offer", data={"to": NEW, "after": "stay"})
        assert again.status_code == 200
    assert await Handover.all().count() == 2


async def test_another_lead_and_another_chapter_take_no_offer_back(site: Site) -> None:
    _lead, _njeri, path = await _offer(site)
    number = path.rsplit("/", 1)[1]
    kenya = (await Handover.get()).chapter
    second = await enter(site, await factories.user("second@example.org", of=await kenya))
    other = await enter(site, await User.get(canonical="other@example.org"))
    back = f"offers/{number}/take-back"
    assert (await second.post(f"/console/kenya/team/{back}")).status_code == 403
    assert (await other.post(f"/console/senegal/team/{back}")).status_code == 404
    assert (await other.post(f"/console/kenya/team/{back}")).status_code == 403
    assert (await Handover.get()).is_open


async def test_who_leads_no_more_has_nothing_to_hand_over(site: Site) -> None:
    _lead, njeri, path = await _offer(site)
    await granting.withdraw(await Grant.get(user__canonical="lead@example.org"))
    assert (await njeri.post(f"{path}/accept")).status_code == 409
    assert await roles_of(NEW) == []


@pytest.mark.parametrize("first", ["accept", "take back"])
async def test_of_two_at_once_one_wins_and_the_other_is_told(
    database: Settings, first: str
) -> None:
    world = await story.tell()
    lead = world.users["lead"]
    held = Held("chapter_lead", world.kenya.id, "", None)
    reader = reader_of(lead, held)
    made = await handing.offer(world.kenya, NEW, stays=False, by=reader, actor=SYSTEM)
    tries = [
        handing.accept(made.id, user_id=made.to_user_id, actor=SYSTEM),
        handing.take_back(world.kenya, made.id, by=reader, actor=SYSTEM),
        handing.decline(made.id, user_id=made.to_user_id, actor=SYSTEM),
    ]
    ended = await asyncio.gather(
        *(tries if first == "accept" else tries[::-1]), return_exceptions=True
    )
    failures = [each for each in ended if isinstance(each, BaseException)]
    assert len(failures) == 2
    assert all(isinstance(each, Conflict) and each.message for each in failures)
    leads = await Grant.filter(
        chapter=world.kenya, role="chapter_lead", revoked_at__isnull=True
    ).count()
    assert leads == 1, "the chapter has exactly one lead whoever was quicker"
    assert (await verify()).broken is None


async def test_two_offers_at_once_are_one(database: Settings) -> None:
    world = await story.tell()
    reader = reader_of(world.users["lead"], Held("chapter_lead", world.kenya.id, "", None))
    ended = await asyncio.gather(
        *(
            handing.offer(world.kenya, f"p{n}@example.org", stays=True, by=reader, actor=SYSTEM)
            for n in range(4)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, DomainError) for each in ended) == 3
    assert await Handover.filter(state="offered").count() == 1


async def test_a_role_given_by_two_at_once_is_held_once(database: Settings) -> None:
    world = await story.tell()
    user = await signing_in.user_of("amina@example.org")
    assert user is None or user.id
    user = user or await granting.enrol("amina@example.org", "amina@example.org")
    ended = await asyncio.gather(
        *(granting.give(user, "campaign_helper", chapter=world.kenya) for _n in range(4))
    )
    assert sorted(is_new for _held, is_new in ended) == [False, False, False, True]
    assert await AuditEntry.filter(act="grant.given", details__contains=f'"user":{user.id}').count()
    assert await Grant.filter(user=user).count() == 1


async def test_two_directors_who_take_each_other_away_leave_one(database: Settings) -> None:
    one = await Grant.get(user=await factories.user("one@example.org", role="hq_director"))
    two = await Grant.get(user=await factories.user("two@example.org", role="hq_director"))
    ended = await asyncio.gather(
        granting.withdraw(one), granting.withdraw(two), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in ended) == ["Forbidden", "NoneType"]
    assert await Grant.filter(role="hq_director", revoked_at__isnull=True).count() == 1
