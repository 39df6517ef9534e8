"""Every staff route, tried by everyone: nobody, a member, the wrong chapter, the wrong region."""

import re
from typing import Any

import pytest
from starlette.routing import Route

from advocacy.chapters.models import Chapter
from advocacy.identity import signing_in
from advocacy.identity.permissions import VERBS
from campaigns import wiring
from tests import factories, story
from tests.conftest import Site

VALUES = {"campaign": "keep-it-on", "table": "days", "language": "en", "step": "pause"}

ROLES = {
    "analyst": "hq_analyst",
    "africa": "regional_manager",
    "helper": "campaign_helper",
    "organiser": "chapter_organiser",
    "protector": "data_protection_officer",
}


def staff_routes() -> list[tuple[Route, str, str]]:
    """(route, method, verb) of every route that names a verb."""
    found = []
    for route in wiring.all_routes():
        verb = getattr(getattr(route, "endpoint", None), "verb", None)
        if isinstance(route, Route) and verb:
            found += [(route, each, verb) for each in sorted(route.methods or ()) if each != "HEAD"]
    return found


def path_of(route: Route, world: story.World, chapter: Chapter) -> str:
    """The route's path with things of the world in it, under a chapter's name."""

    def fill(part: "re.Match[str]") -> str:
        name = part.group(1)
        if name == "chapter":
            return chapter.slug
        return VALUES.get(name, str(world.mailing.id))

    return re.sub(r"\{(\w+)(?::\w+)?\}", fill, route.path)


async def sign_in(browser: Any, world: story.World, who: str) -> None:
    """Signs a user of the world in; `member` is somebody without a grant."""
    browser.follow_redirects = False
    if who == "nobody":
        return
    user = world.users.get(who) or await signing_in.user_of("amina@example.org")
    assert user is not None
    answer = await browser.post(signing_in.path_of(await signing_in.issue(user)))
    assert answer.status_code == 303


@pytest.mark.parametrize("who", ["nobody", "member", "other lead", "europe"])
async def test_strangers_to_a_chapter_see_and_change_nothing_of_it(site: Site, who: str) -> None:
    world = await story.tell()
    before = await _snapshot()
    async with site.browser() as browser:
        await sign_in(browser, world, who)
        for route, method, verb in staff_routes():
            if "{chapter}" not in route.path:
                continue
            path = path_of(route, world, world.kenya)
            answer = await browser.request(method, path)
            told = f"{method} {path} ({verb}) as {who}"
            if who == "nobody":
                assert answer.status_code == 303, told
                assert "/sign-in" in answer.headers["location"], told
            else:
                assert answer.status_code == 403, told
            assert "amina@example.org" not in answer.text, told
    assert await _snapshot() == before


@pytest.mark.parametrize("who", ["analyst", "africa", "helper", "organiser", "protector"])
async def test_a_role_opens_exactly_what_its_verbs_allow(site: Site, who: str) -> None:
    world = await story.tell()
    role = ROLES[who]
    async with site.browser() as browser:
        await sign_in(browser, world, who)
        for route, method, verb in staff_routes():
            if "{chapter}" not in route.path:
                continue
            path = path_of(route, world, world.kenya)
            if verb in VERBS[role] and method != "GET":
                continue
            answer = await browser.request(method, path)
            told = f"{method} {path} ({verb}) as {who}: {answer.status_code}"
            if verb in VERBS[role]:
                assert answer.status_code not in (403, 500), told
            else:
                assert answer.status_code == 403, told
            if "members.see" not in VERBS[role]:
                assert "amina@example.org" not in answer.text, told


async def test_a_lead_reaches_other_chapters_things_under_no_name(site: Site) -> None:
    world = await story.tell()
    async with site.browser() as browser:
        await sign_in(browser, world, "other lead")
        for route, method, verb in staff_routes():
            if "{chapter}" not in route.path or not re.search(r"\{(campaign|mailing)", route.path):
                continue
            path = path_of(route, world, world.senegal)
            form = {"version": "1"} if method == "POST" else None
            answer = await browser.request(method, path, data=form)
            assert answer.status_code == 404, f"{method} {path} ({verb}): {answer.status_code}"


async def _snapshot() -> tuple[Any, ...]:
    from campaigns.mailings.models import Delivery, Mailing
    from campaigns.models import Campaign

    return (
        await Campaign.all().order_by("id").values_list("id", "state", "version"),
        await Mailing.all().order_by("id").values_list("id", "state", "version"),
        await Delivery.all().count(),
    )


async def test_a_preview_shows_no_page_of_another_chapter(site: Site) -> None:
    world = await story.tell()
    hidden = await factories.campaign_with_page(world.kenya, state="draft", slug="secret-plan")
    form = {
        "preview": "fr",
        "page": str(hidden.page.id),
        "fr-subject": "Bonjour",
        "fr-body": "[Lire]({link})",
    }
    async with site.browser() as browser:
        await sign_in(browser, world, "other lead")
        shown = await browser.post("/console/senegal/mailings/preview", data=form)
        assert shown.status_code == 200
        assert "secret-plan" not in shown.text
    async with site.browser() as browser:
        await sign_in(browser, world, "lead")
        shown = await browser.post("/console/kenya/mailings/preview", data=form)
        assert "secret-plan" in shown.text
